import { createCourier } from '../src/courier/courier.ts';
import { createDiscordSender } from '../src/discord/sender.ts';
import { systemClock } from '../src/kit/clock.ts';
import { silentLog } from '../src/kit/log.ts';
import { createChatsRepository } from '../src/store/chats.ts';
import { createLimiter } from '../src/store/limiter.ts';
import { createMailbox } from '../src/store/mailbox.ts';
import { createPost } from '../src/store/post.ts';
import { alert, makeChat } from '../test/courier/support.ts';
import { startRedisServer } from '../test/support/redis-server.ts';
import { startFakeDiscord } from '../test/world/discord.ts';
import type { BenchResult } from './model.ts';

const CHANNELS = 1_000;
/** As `RATES` says, of Discord's 50. */
const PER_SECOND = 40;

/**
 * One market-wide bark to 1,000 Discord channels by two couriers, each with the library's own idea of the limits,
 * against a Discord that keeps its limit of the whole bot and those of the channels.
 */
export async function discordDrain(): Promise<BenchResult[]> {
  const redis = await startRedisServer();
  const world = await startFakeDiscord();
  const store = redis.connect();
  const chats = createChatsRepository(store);
  const mailbox = createMailbox(store);
  const post = createPost({ store, connection: store });
  const couriers = [1, 2].map(() =>
    createCourier({
      address: { type: 'url', url: redis.url },
      mailbox,
      chats,
      limiter: createLimiter(store),
      senders: [
        createDiscordSender({
          token: world.token,
          apiUrl: world.apiUrl,
          chat: {
            present: (notices) => ({
              text: [{ type: 'text', line: notices.map(({ eventId }) => eventId) }],
              buttons: [],
            }),
          },
        }),
      ],
      post,
      clock: systemClock,
      log: silentLog(),
    }),
  );
  try {
    const uids: string[] = [];
    for (let n = 0; n < CHANNELS; n++) {
      const channel = world.addChannel(world.guild, { name: `alerts-${n}` });
      uids.push((await makeChat(chats, channel.id, 'discord')).uid);
    }
    await Promise.all(couriers.map((courier) => courier.start()));
    const at = performance.now();
    await Promise.all(uids.map((uid) => post.post(uid, 'hi', [alert(1, uid)])));
    const posts = () => world.state.requests.filter(({ path }) => path.endsWith('/messages'));
    await world.waitFor(
      'all are told',
      () => posts().filter(({ status }) => status === 200).length >= CHANNELS,
      120_000,
    );
    const took = (performance.now() - at) / 1000;
    const ideal = CHANNELS / PER_SECOND;
    return [
      {
        name: 'courier.drain.discord',
        value: round(took),
        unit: `s for ${CHANNELS} channels at ${PER_SECOND}/s, two couriers`,
        baseline: ideal,
        ratio: round(took / ideal),
      },
      {
        name: 'courier.drain.discord.refused',
        value: posts().filter(({ status }) => status === 429).length,
        unit: 'answers 429',
      },
      {
        name: 'courier.drain.discord.duplicates',
        value: posts().filter(({ status }) => status === 200).length - CHANNELS,
        unit: 'messages',
      },
    ];
  } finally {
    await Promise.all(couriers.map((courier) => courier.close()));
    await post.close();
    await world.stop();
    await redis.stop();
  }
}

const round = (value: number) => Number(value.toFixed(3));
