import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS } from '../support/wait.ts';
import { channelPayload, createApi, type FakeState, messagePayload, userPayload } from './discord/api.ts';
import { type FakeGateway, serveGateway } from './discord/gateway.ts';
import {
  ADMIN_PERMISSIONS,
  CHANNEL_TYPES,
  type FakeChannel,
  type FakeFault,
  type FakeGuild,
  type FakeInteraction,
  type FakeMessage,
  type FakeUser,
  LOADING,
  MEMBER_PERMISSIONS,
  PERMISSIONS,
  snowflake,
} from './discord/model.ts';
import { visibleText } from './discord/rules.ts';

export type { FakeChannel, FakeGuild, FakeInteraction, FakeMessage, FakeUser } from './discord/model.ts';
export { CHANNEL_TYPES, EPHEMERAL, PERMISSIONS } from './discord/model.ts';
export { liveMarkup, pings, visibleText } from './discord/rules.ts';

/** A strict loopback Discord: REST and gateway, with one server, one channel, an administrator and a member. */
export interface FakeDiscord {
  /** For `DISCORD_API_URL`. */
  readonly apiUrl: string;
  /** The only token that is accepted. */
  readonly token: string;
  readonly state: FakeState;
  readonly gateway: FakeGateway;
  readonly guild: FakeGuild;
  readonly channel: FakeChannel;
  readonly admin: FakeUser;
  readonly member: FakeUser;
  /** What a client did that the real Discord would not take kindly; a test ends with this empty. */
  readonly violations: string[];

  addUser(user?: Partial<FakeUser>): FakeUser;
  addGuild(name: string): FakeGuild;
  addChannel(
    guild: FakeGuild,
    channel?: Partial<Pick<FakeChannel, 'name' | 'type' | 'botPermissions'>>,
  ): FakeChannel;
  addThread(parent: FakeChannel, name: string): FakeChannel;
  /** The direct channel between a user and the bot. */
  directChannel(user: FakeUser): FakeChannel;
  deleteChannel(channel: FakeChannel): void;
  /** The bot is thrown out (or Discord has an outage of this server). */
  removeGuild(guild: FakeGuild, unavailable?: boolean): void;

  /** A person sends a registered command; options as text, a channel option as its id. */
  command(
    name: string,
    options?: Readonly<Record<string, string>>,
    where?: { user?: FakeUser; channel?: FakeChannel },
  ): FakeInteraction;
  /** A person types into an option; the others are already filled. */
  autocomplete(
    name: string,
    option: string,
    typed: string,
    where?: { user?: FakeUser; channel?: FakeChannel },
  ): FakeInteraction;
  /** Somebody uses a command that he brought along (user install) in a server or a chat where the bot is not. */
  visit(
    name: string,
    options: Readonly<Record<string, string>>,
    user: FakeUser,
    where: 'server' | 'chat',
  ): FakeInteraction;
  /** A person presses a button that this message carries. */
  press(message: FakeMessage, customId: string, user?: FakeUser): FakeInteraction;
  /** A person chooses a role in the list that this message carries. */
  choose(message: FakeMessage, roleId: string, user?: FakeUser): FakeInteraction;
  /** A person fills in the form that a press was answered with. */
  fill(pressed: FakeInteraction, typed: string, user?: FakeUser): FakeInteraction;

  /** The next `times` requests that match go wrong. */
  fault(fault: Omit<FakeFault, 'times'> & { times?: number }): void;
  /** The first value that is not undefined or false, looked for whenever something happens. */
  waitFor<T>(what: string, find: () => T | undefined | false, timeoutMs?: number): Promise<T>;
  /** The message that answers an interaction: its original once filled, or the first follow-up. */
  answered(interaction: FakeInteraction, timeoutMs?: number): Promise<FakeMessage>;
  /** The first message posted in a channel (not as an answer) whose visible words match. */
  posted(channel: FakeChannel, words?: RegExp, timeoutMs?: number): Promise<FakeMessage>;
  stop(): Promise<void>;
}

export interface FakeDiscordOptions {
  token?: string;
  heartbeatMs?: number;
  rateLimit?: { limit: number; windowMs: number };
  /** Recommended connections. */
  shards?: number;
  ackMs?: number;
  tokenMs?: number;
}

/** Everything a reader sees of a message, escapes resolved: content, then embeds. */
export function wordsOf(message: FakeMessage): string {
  const embeds = (message.embeds ?? []).flatMap(({ title, description }) => [title ?? '', description ?? '']);
  return visibleText([message.content, ...embeds].filter(Boolean).join('\n'));
}

/** The buttons of a message, row by row. */
export function buttonsOf(message: FakeMessage): { label: string; custom_id: string; style: number }[] {
  return (message.components ?? []).flatMap((row) =>
    row.components.flatMap((it) => (it.type === 2 ? [it] : [])),
  );
}

/** The lists of roles that a message carries. */
export function roleListsOf(message: FakeMessage): { custom_id: string }[] {
  return (message.components ?? []).flatMap((row) =>
    row.components.flatMap((it) => (it.type === 6 ? [it] : [])),
  );
}

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
  const people = new Map<string, FakeUser>();
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
      const user = people.get(userId);
      return user && directChannel(user);
    },
    shards: options.shards ?? 1,
    // Roughly what Discord's headers say of a channel.
    rateLimit: options.rateLimit ?? { limit: 5, windowMs: 5_000 },
    ackMs: options.ackMs ?? 3_000,
    tokenMs: options.tokenMs ?? 900_000,
    changed,
    violation,
  });
  const bot = { id: state.applicationId, username: 'Sheepdog' };
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

  function guildPayload(guild: FakeGuild) {
    const channels = [...state.channels.values()].filter((it) => it.guildId === guild.id);
    const isThread = (it: FakeChannel) => it.type === CHANNEL_TYPES.publicThread;
    return {
      id: guild.id,
      name: guild.name,
      preferred_locale: 'en-US',
      roles: [
        { id: guild.id, name: '@everyone', permissions: String(MEMBER_PERMISSIONS), position: 0 },
        { id: guild.adminRoleId, name: 'admin', permissions: String(ADMIN_PERMISSIONS), position: 1 },
      ],
      channels: channels.filter((it) => !isThread(it)).map(withOverwrite),
      threads: channels.filter(isThread).map(channelPayload),
      members: [{ user: { ...userPayload(bot), bot: true }, roles: [] }],
      unavailable: false,
    };
  }

  /** What the bot may not do in a channel stands there as an overwrite against it. */
  function withOverwrite(channel: FakeChannel) {
    const deny = MEMBER_PERMISSIONS & ~channel.botPermissions;
    const overwrite = { id: bot.id, type: 1, allow: '0', deny: String(deny) };
    return { ...channelPayload(channel), permission_overwrites: deny === 0n ? [] : [overwrite] };
  }

  function addUser(user: Partial<FakeUser> = {}): FakeUser {
    const whole = {
      id: snowflake(),
      username: 'ada',
      locale: 'en-US',
      permissions: MEMBER_PERMISSIONS,
      ...user,
    };
    people.set(whole.id, whole);
    return whole;
  }

  function addGuild(name: string): FakeGuild {
    const guild = { id: snowflake(), name, adminRoleId: snowflake() };
    state.guilds.set(guild.id, guild);
    gateway.dispatch('GUILD_CREATE', guildPayload(guild));
    return guild;
  }

  function keepChannel(channel: Partial<FakeChannel>, event?: string): FakeChannel {
    const whole: FakeChannel = {
      id: snowflake(),
      type: CHANNEL_TYPES.text,
      name: 'general',
      guildId: undefined,
      parentId: undefined,
      botPermissions: MEMBER_PERMISSIONS,
      locked: false,
      recipient: undefined,
      ...channel,
    };
    state.channels.set(whole.id, whole);
    if (event)
      gateway.dispatch(event, event === 'CHANNEL_CREATE' ? withOverwrite(whole) : channelPayload(whole));
    return whole;
  }

  function directChannel(user: FakeUser): FakeChannel {
    const known = [...state.channels.values()].find((it) => it.recipient?.id === user.id);
    return known ?? keepChannel({ type: CHANNEL_TYPES.dm, name: user.username, recipient: user });
  }

  function sendInteraction(
    kind: FakeInteraction['kind'],
    { user, channel }: { user: FakeUser; channel: FakeChannel },
    data: object,
    message?: FakeMessage,
    visiting?: 'server' | 'chat',
  ): FakeInteraction {
    const interaction: FakeInteraction = {
      id: snowflake(),
      token: `interaction-token-${snowflake()}`,
      kind,
      channelId: channel.id,
      sentAt: performance.now(),
      acknowledgedAt: undefined,
      callback: undefined,
      refusals: [],
      original: message,
      followUps: [],
      choices: undefined,
      form: undefined,
    };
    state.interactions.set(interaction.token, interaction);
    const guild = channel.guildId === undefined ? undefined : state.guilds.get(channel.guildId);
    const isAdmin = (user.permissions & (PERMISSIONS.manageGuild | PERMISSIONS.manageChannels)) !== 0n;
    const roles = guild && isAdmin ? [guild.adminRoleId] : [];
    gateway.dispatch('INTERACTION_CREATE', {
      id: interaction.id,
      application_id: state.applicationId,
      type: { command: 2, button: 3, select: 3, autocomplete: 4, modal: 5 }[kind],
      token: interaction.token,
      version: 1,
      data,
      channel_id: channel.id,
      channel: channelPayload(channel),
      app_permissions: String(channel.botPermissions),
      entitlements: [],
      authorizing_integration_owners: visiting ? { 1: user.id } : guild ? { 0: guild.id } : { 0: '0' },
      attachment_size_limit: 10_485_760,
      context: visiting === 'chat' ? 2 : guild || visiting ? 0 : 1,
      locale: user.locale,
      ...(visiting === 'server'
        ? {
            guild_id: snowflake(),
            guild_locale: 'en-US',
            member: { user: userPayload(user), roles: [], permissions: String(user.permissions) },
          }
        : guild
          ? {
              guild_id: guild.id,
              guild_locale: 'en-US',
              member: { user: userPayload(user), roles, permissions: String(user.permissions) },
            }
          : { user: userPayload(user) }),
      ...(message ? { message: messagePayload(message) } : {}),
    });
    return interaction;
  }

  function place(where: { user?: FakeUser; channel?: FakeChannel }) {
    return { user: where.user ?? admin, channel: where.channel ?? channel };
  }

  /** Fills a registered command's options as a client would, or refuses what a client could not send. */
  function commandData(
    name: string,
    values: Readonly<Record<string, string>>,
    user: FakeUser,
    focused?: string,
  ) {
    const command = state.commands.find((it) => it.name === name);
    if (command === undefined) throw new Error(`/${name} is not registered`);
    const resolved: Record<string, object> = {};
    const options = Object.entries(values).map(([key, value]) => {
      const option = command.options?.find((it) => it.name === key);
      if (option === undefined) throw new Error(`/${name} has no option ${key}`);
      if (option.choices && !option.choices.some((it) => it.value === value)) {
        throw new Error(`/${name} ${key} offers no ${value}`);
      }
      if (focused === key && !option.autocomplete) throw new Error(`/${name} ${key} does not autocomplete`);
      if (option.type === 7) resolved[value] = resolvedChannel(value, option.channel_types, user);
      return { name: key, type: option.type, value, ...(focused === key ? { focused: true } : {}) };
    });
    const channels = Object.keys(resolved).length > 0 ? { resolved: { channels: resolved } } : {};
    return { id: snowflake(), name, type: 1, options, ...channels };
  }

  function resolvedChannel(id: string, types: readonly number[] | undefined, user: FakeUser) {
    const picked = state.channels.get(id);
    if (picked === undefined) throw new Error(`no channel ${id}`);
    if (types && !types.includes(picked.type))
      throw new Error(`a channel of type ${picked.type} is not offered`);
    const { permission_overwrites: _, recipients: __, ...partial } = channelPayload(picked);
    return {
      ...partial,
      permissions: String(user.permissions),
      app_permissions: String(picked.botPermissions),
    };
  }

  function waitFor<T>(what: string, find: () => T | undefined | false, timeoutMs = PATIENCE_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const value = find();
        if (value === undefined || value === false) return;
        clearTimeout(timer);
        events.off('change', look);
        resolve(value);
      };
      const timer = setTimeout(() => {
        events.off('change', look);
        reject(new Error(`not within ${timeoutMs} ms: ${what}`));
      }, timeoutMs);
      events.on('change', look);
      look();
    });
  }

  const answersOf = () =>
    new Set([...state.interactions.values()].flatMap(({ original, followUps }) => [original, ...followUps]));

  const admin = addUser({ username: 'shepherd', permissions: ADMIN_PERMISSIONS });
  const member = addUser({ username: 'lamb' });
  const guild = addGuild('Kennel');
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
    addUser,
    addGuild,
    addChannel: (owner, wish = {}) => keepChannel({ guildId: owner.id, ...wish }, 'CHANNEL_CREATE'),
    addThread: (parent, name) =>
      keepChannel(
        { guildId: parent.guildId, parentId: parent.id, name, type: CHANNEL_TYPES.publicThread },
        'THREAD_CREATE',
      ),
    directChannel,
    deleteChannel(gone) {
      state.channels.delete(gone.id);
      gateway.dispatch(gone.type === CHANNEL_TYPES.publicThread ? 'THREAD_DELETE' : 'CHANNEL_DELETE', {
        id: gone.id,
        type: gone.type,
        guild_id: gone.guildId,
        parent_id: gone.parentId,
      });
    },
    removeGuild(gone, unavailable = false) {
      if (!unavailable) {
        state.guilds.delete(gone.id);
        for (const it of state.channels.values()) if (it.guildId === gone.id) state.channels.delete(it.id);
      }
      gateway.dispatch('GUILD_DELETE', unavailable ? { id: gone.id, unavailable } : { id: gone.id });
    },
    command(name, values = {}, where = {}) {
      const at = place(where);
      return sendInteraction('command', at, commandData(name, values, at.user));
    },
    autocomplete(name, option, typed, where = {}) {
      const at = place(where);
      return sendInteraction('autocomplete', at, commandData(name, { [option]: typed }, at.user, option));
    },
    visit(name, values, user, where) {
      const command = state.commands.find((it) => it.name === name);
      const isOffered =
        command?.integration_types?.includes(1) && command.contexts?.includes(where === 'chat' ? 2 : 0);
      if (!isOffered) throw new Error(`/${name} cannot be brought along`);
      // A place that the bot has never heard of.
      const at: FakeChannel = {
        id: snowflake(),
        type: where === 'chat' ? CHANNEL_TYPES.dm : CHANNEL_TYPES.text,
        name: 'elsewhere',
        guildId: undefined,
        parentId: undefined,
        botPermissions: 0n,
        locked: false,
        recipient: undefined,
      };
      return sendInteraction(
        'command',
        { user, channel: at },
        commandData(name, values, user),
        undefined,
        where,
      );
    },
    choose(message, roleId, user = admin) {
      const [list] = roleListsOf(message);
      const at = state.channels.get(message.channelId);
      if (message.deleted || list === undefined || at?.guildId === undefined) {
        throw new Error('the message carries no list of roles');
      }
      const role = { id: roleId, name: 'traders', permissions: '0', position: 1 };
      const data = {
        custom_id: list.custom_id,
        component_type: 6,
        values: [roleId],
        resolved: { roles: { [roleId]: role } },
      };
      return sendInteraction('select', { user, channel: at }, data, message);
    },
    fill(pressed, typed, user = admin) {
      const { form, original } = pressed;
      const at = state.channels.get(pressed.channelId);
      if (form === undefined || at === undefined) throw new Error('no form was opened');
      const components = form.components.map(({ components: [field] }) => ({
        type: 1,
        components: [{ type: 4, custom_id: field?.custom_id, value: typed }],
      }));
      return sendInteraction(
        'modal',
        { user, channel: at },
        { custom_id: form.custom_id, components },
        original,
      );
    },
    press(message, customId, user = admin) {
      if (message.deleted || !buttonsOf(message).some((it) => it.custom_id === customId)) {
        throw new Error(`the message carries no button ${customId}`);
      }
      const at = state.channels.get(message.channelId);
      if (at === undefined) throw new Error('the channel is gone');
      return sendInteraction(
        'button',
        { user, channel: at },
        { custom_id: customId, component_type: 2 },
        message,
      );
    },
    fault: (fault) => void state.faults.push({ times: 1, ...fault }),
    waitFor,
    answered: (interaction, timeoutMs) =>
      waitFor(
        'an answer',
        () => {
          const { original, followUps } = interaction;
          const [said] = followUps;
          if (said) return said;
          if (!original || original.deleted || original.flags & LOADING) return undefined;
          // A button's message was there before: it answers by having changed.
          return interaction.kind === 'command' || original.changedAt > interaction.sentAt
            ? original
            : undefined;
        },
        timeoutMs,
      ),
    posted: (where, words = /(?:)/, timeoutMs) =>
      waitFor(
        `a message in #${where.name}`,
        () => {
          const answers = answersOf();
          return state.messages.find(
            (it) => it.channelId === where.id && !answers.has(it) && words.test(wordsOf(it)),
          );
        },
        timeoutMs,
      ),
    async stop() {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
