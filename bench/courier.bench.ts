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

/** Telegram's own rate. */
const TELEGRAM = 25;
const CHATS = 10_000;
/** With `-- courier --full` Telegram's own (400 s), else a raised one. */
const PER_SECOND = process.argv.includes('--full') ? TELEGRAM : 250;

export const benches: readonly Bench[] = [
  { name: 'courier.drain', run: () => drain('courier.drain', CHATS, PER_SECOND) },
  // The true rate meets the queue's own rhythm (Redis ends waits every 100 ms), which a raised one hides.
  { name: 'courier.drain.few', run: () => drain('courier.drain.few', 500, TELEGRAM) },
  { name: 'courier.drain.discord', run: discordDrain },
  { name: 'courier.hot', run: hotChat },
];

/**
 * One market-wide bark to many chats: a courier in a process of its own, with the real queue, Redis and HTTP, against
 * a platform that floods as Telegram does. Until every chat has it, from the first post on; and what that is against
 * chats ÷ rate.
 */
async function drain(name: string, count: number, perSecond: number): Promise<BenchResult[]> {
  const redis = await startRedisServer();
  const platform = await startFloodingPlatform(perSecond);
  const store = redis.connect();
  const chats = createChatsRepository(store);
  const post = createPost({ store, connection: store });
  const courier = await startBenchCourier(redis, platform, { allMs: 1_000 / perSecond, chatMs: 1_000 });
  try {
    const uids: string[] = [];
    for (let i = 0; i < count; i += 500) {
      const some = Array.from({ length: 500 }, (_, n) => makeChat(chats, String(1_000 + i + n)));
      uids.push(...(await Promise.all(some)).map(({ uid }) => uid));
    }
    const at = performance.now();
    // As the relay does: some hundreds at once.
    for (let i = 0; i < uids.length; i += 200) {
      await Promise.all(uids.slice(i, i + 200).map((uid) => post.post(uid, 'hi', [alert(1, uid)])));
    }
    const posted = (performance.now() - at) / 1000;
    await platform.until(count);
    const took = (performance.now() - at) / 1000;
    const ideal = count / perSecond;
    return [
      {
        name,
        value: round(took),
        unit: `s for ${count} chats at ${perSecond}/s (posted in ${round(posted)} s)`,
        baseline: ideal,
        ratio: round(took / ideal),
      },
      { name: `${name}.refused`, value: platform.refused(), unit: 'answers 429' },
      { name: `${name}.duplicates`, value: platform.taken() - count, unit: 'messages' },
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
