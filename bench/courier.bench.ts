import { once } from 'node:events';
import { createChatsRepository } from '../src/store/chats.ts';
import { createPost } from '../src/store/post.ts';
import { alert, makeChat } from '../test/courier/support.ts';
import { startRedisServer } from '../test/support/redis-server.ts';
import { startBenchCourier } from './bench-courier.ts';
import { discordDrain } from './discord-drain.ts';
import { startFloodingPlatform } from './flooding-platform.ts';
import { hotChat } from './hot-chat.ts';
import type { Bench, BenchResult } from './model.ts';

const CHATS = 10_000;
/** Telegram's own rate with `-- courier --full` (400 s), else a raised one: what is measured is the use of the rate. */
const PER_SECOND = process.argv.includes('--full') ? 25 : 250;

export const benches: readonly Bench[] = [
  { name: 'courier.drain', run: drain },
  { name: 'courier.drain.discord', run: discordDrain },
  { name: 'courier.hot', run: hotChat },
];

/**
 * One market-wide bark to 10,000 chats: a courier in a process of its own, with the real queue, Redis and HTTP, against
 * a platform that floods as Telegram does. Until every chat has it, from the first post on; and what that is against
 * chats ÷ rate.
 */
async function drain(): Promise<BenchResult[]> {
  const redis = await startRedisServer();
  const platform = await startFloodingPlatform(PER_SECOND);
  const store = redis.connect();
  const chats = createChatsRepository(store);
  const post = createPost({ store, connection: store });
  const courier = await startBenchCourier(redis, platform, { allMs: 1_000 / PER_SECOND, chatMs: 1_000 });
  try {
    const uids: string[] = [];
    for (let i = 0; i < CHATS; i += 500) {
      const some = Array.from({ length: 500 }, (_, n) => makeChat(chats, String(1_000 + i + n)));
      uids.push(...(await Promise.all(some)).map(({ uid }) => uid));
    }
    const at = performance.now();
    // As the relay does: some hundreds at once.
    for (let i = 0; i < uids.length; i += 200) {
      await Promise.all(uids.slice(i, i + 200).map((uid) => post.post(uid, 'hi', [alert(1, uid)])));
    }
    const posted = (performance.now() - at) / 1000;
    await platform.until(CHATS);
    const took = (performance.now() - at) / 1000;
    const ideal = CHATS / PER_SECOND;
    return [
      {
        name: 'courier.drain',
        value: round(took),
        unit: `s for ${CHATS} chats at ${PER_SECOND}/s (posted in ${round(posted)} s)`,
        baseline: ideal,
        ratio: round(took / ideal),
      },
      { name: 'courier.drain.refused', value: platform.refused(), unit: 'answers 429' },
      { name: 'courier.drain.duplicates', value: platform.taken() - CHATS, unit: 'messages' },
    ];
  } finally {
    courier.kill('SIGTERM');
    await once(courier, 'exit');
    await post.close();
    await platform.close();
    await redis.stop();
  }
}

const round = (value: number) => Number(value.toFixed(3));
