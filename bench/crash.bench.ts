import { toTransition } from '../src/feed/notices.ts';
import { ShardWriter } from '../src/feed/writer.ts';
import { silentLog } from '../src/kit/log.ts';
import { createSymbolState } from '../src/market/state.ts';
import { createCommits } from '../src/store/commits.ts';
import { keys, SHARDS, shardOf } from '../src/store/keys.ts';
import type { Store } from '../src/store/redis.ts';
import { startTestRedis } from '../test/support/redis.ts';
import { CRASHED, fill, MILLION, symbols } from './million-rules.ts';
import type { Bench, BenchResult } from './model.ts';

export const benches: readonly Bench[] = [{ name: 'rules.crash', run: crash }];

/**
 * Half of a million rules over 500 symbols fire at once, the market being a fifth lower with the next trade of each: seconds
 * until every firing, its state and its notice are written through the feed's writers into a real Redis and on its disk.
 */
async function crash(): Promise<BenchResult> {
  const redis = await startTestRedis();
  try {
    const store = redis.connect();
    // What it has acknowledged is on its disk.
    await store.config('SET', 'appendfsync', 'always');
    const commits = createCommits(store);
    const engine = fill(MILLION);
    const writers = Array.from(
      { length: SHARDS },
      (_, shard) =>
        new ShardWriter(shard, 1, {
          commits,
          log: silentLog(),
          signal: new AbortController().signal,
          mayWrite: () => true,
          onCommitted: () => undefined,
          onLost: () => undefined,
        }),
    );
    const start = performance.now();
    for (const symbol of symbols) {
      const transitions = engine.tick(symbol, 2, 2, () => CRASHED);
      const scene = {
        state: createSymbolState({ symbol, tickSize: 0.1 }),
        tickSize: 0.1,
        source: 'live',
        previous: undefined,
        late: false,
        now: Date.now(),
      } as const;
      writers[shardOf(symbol)]?.push({
        symbol,
        cursor: engine.cursor(symbol),
        transitions: transitions.map((each) => toTransition(each, scene)),
      });
    }
    await Promise.all(writers.map((writer) => writer.idle()));
    const value = Number(((performance.now() - start) / 1_000).toPrecision(4));
    await expectBarks(store, MILLION / 2);
    return { name: 'rules.crash', value, unit: 's' };
  } finally {
    await redis.stop();
  }
}

async function expectBarks(store: Store, expected: number): Promise<void> {
  let barks = 0;
  for (let shard = 0; shard < SHARDS; shard++) barks += await store.xlen(keys.outbox(shard));
  if (barks !== expected) throw new Error(`${barks} barks are in the outboxes`);
}
