import { setTimeout as sleep } from 'node:timers/promises';
import { keys, shardOf } from '../src/store/keys.ts';
import { createFeedProcess } from '../test/chaos/feed-crew.ts';
import { createScript, LEVELS } from '../test/chaos/feed-script.ts';
import { startTestRedis } from '../test/support/redis.ts';
import { startTestExchange } from '../test/world/exchange.ts';
import type { Bench, BenchResult } from './model.ts';

const RUNS = 5;

export const benches: readonly Bench[] = [{ name: 'feed.takeover', run: takeOver }];

/**
 * Two feeds in processes of their own with the intervals of production, one of them killed with -9: until the other has
 * handled a trade of the dead one's symbols, in which a rule then barks. Median and worst of five.
 */
async function takeOver(): Promise<BenchResult[]> {
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) seconds.push(await once());
  seconds.sort((a, b) => a - b);
  return [
    { name: 'feed.takeover', value: seconds[RUNS >> 1] ?? Number.NaN, unit: 's' },
    { name: 'feed.takeover.worst', value: seconds.at(-1) ?? Number.NaN, unit: 's' },
  ];
}

async function once(): Promise<number> {
  const redis = await startTestRedis();
  const store = redis.connect();
  const exchange = await startTestExchange({ volatility: 0 });
  const symbols = Object.keys(LEVELS);
  const script = createScript(store, exchange, symbols);
  const { address } = redis;
  if (address.type !== 'socket') throw new Error('the test Redis has no socket');
  const feeds = await Promise.all(
    ['a', 'b'].map((name) =>
      createFeedProcess({ name, redisSocket: address.path, exchange, symbols, timings: {} }),
    ),
  );
  try {
    await Promise.all(feeds.map((feed) => feed.launch()));
    await script.begin();
    for (const symbol of symbols) {
      while ((await store.hexists(keys.snapshots(shardOf(symbol)), symbol)) === 0) await sleep(50);
    }
    const [symbol = ''] = symbols;
    const owner = await script.owner(symbol);
    const victim = feeds.find((feed) => owner?.startsWith(feed.name));
    await victim?.kill();
    const killed = performance.now();
    script.cross(symbol);
    await script.settle(60_000);
    return Math.round(performance.now() - killed) / 1000;
  } finally {
    await Promise.all(feeds.map((feed) => feed.stop()));
    await exchange.close();
    await redis.stop();
  }
}
