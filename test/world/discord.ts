import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi, type FakeState } from './discord/api.ts';
import type { FakeDiscord, FakeDiscordOptions } from './discord/fake.ts';
import { serveGateway } from './discord/gateway.ts';
import { createInteractions } from './discord/interactions.ts';
import { ADMIN_PERMISSIONS, snowflake } from './discord/model.ts';
import { userPayload } from './discord/payloads.ts';
import { createPlaces } from './discord/places.ts';
import { createWaits } from './discord/waits.ts';

export type { FakeDiscord, FakeDiscordOptions } from './discord/fake.ts';
export type { FakeChannel, FakeGuild, FakeInteraction, FakeMessage, FakeUser } from './discord/model.ts';
export { CHANNEL_TYPES, EPHEMERAL, PERMISSIONS } from './discord/model.ts';
export { liveMarkup, pings, visibleText } from './discord/rules.ts';
export { buttonsOf, roleListsOf, wordsOf } from './discord/shown.ts';

/** Starts a fake Discord on a free loopback port. */
export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const token = options.token ?? 'MTA5NzY1NDMyMTA5ODc2NTQzMg.GfAkEt.not-a-real-token-only-for-loopback-tests';
  const events = new EventEmitter().setMaxListeners(0);
  const violations: string[] = [];
  const state: FakeState = {
    applicationId: snowflake(),
    guilds: new Map(),
    channels: new Map(),
    messages: [],
    interactions: new Map(),
    commands: [],
    commandWrites: 0,
    requests: [],
    faults: [],
    repeats: [],
  };
  const bot = { id: state.applicationId, username: 'Sheepdog' };
  const { guildPayload, userOf, keepChannel, ...places } = createPlaces({
    state,
    bot,
    dispatch: (type, data) => gateway.dispatch(type, data),
  });
  const changed = () => void events.emit('change');
  const violation = (what: string) => void violations.push(what);
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      violation(`the fake failed: ${error}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const gatewayUrl = `ws://127.0.0.1:${port}/gateway`;
  const handle = createApi({
    state,
    token,
    gatewayUrl: () => gatewayUrl,
    directChannelWith: (userId) => {
      const user = userOf(userId);
      return user && places.directChannel(user);
    },
    shards: options.shards ?? 1,
    // Roughly what Discord's headers say of a channel.
    rateLimit: options.rateLimit ?? { limit: 5, windowMs: 5_000 },
    ackMs: options.ackMs ?? 3_000,
    tokenMs: options.tokenMs ?? 900_000,
    changed,
    violation,
  });
  const gateway = serveGateway({
    server,
    token,
    heartbeatMs: options.heartbeatMs ?? 41_250,
    changed,
    violation,
    ready: (sessionId) => ({
      ready: {
        v: 10,
        user: { ...userPayload(bot), bot: true },
        guilds: [...state.guilds.keys()].map((id) => ({ id, unavailable: true })),
        session_id: sessionId,
        resume_gateway_url: gatewayUrl,
        shard: [0, 1],
        application: { id: state.applicationId, flags: 0 },
      },
      after: [...state.guilds.values()].map((guild) => ['GUILD_CREATE', guildPayload(guild)]),
    }),
  });

  const admin = places.addUser({ username: 'shepherd', permissions: ADMIN_PERMISSIONS });
  const member = places.addUser({ username: 'lamb' });
  const guild = places.addGuild('Kennel');
  const channel = keepChannel({ guildId: guild.id });

  return {
    apiUrl: `http://127.0.0.1:${port}/api`,
    token,
    state,
    gateway,
    guild,
    channel,
    admin,
    member,
    violations,
    ...places,
    ...createInteractions({ state, admin, channel, dispatch: gateway.dispatch }),
    ...createWaits(state, events),
    fault: (fault) => void state.faults.push({ times: 1, ...fault }),
    async stop() {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
