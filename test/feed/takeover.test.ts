import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedTimings } from '../../src/feed/timings.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { createFeedProcess, type FeedProcess } from '../chaos/feed-crew.ts';
import { createScript, type Script } from '../chaos/feed-script.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';

/** How long a busy machine may take; how long a take-over takes is what `feed.takeover` measures. */
const PATIENCE_MS = 25_000;
const SOON = { timeout: PATIENCE_MS, interval: 50 };
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];

let redis: TestRedis;
let store: Store;
let exchange: TestExchange;
let script: Script;
let feeds: FeedProcess[];

beforeEach(async () => {
  redis = await startTestRedis();
  store = redis.connect();
  exchange = await startTestExchange({ volatility: 0 });
  script = createScript(store, exchange, SYMBOLS);
  feeds = [];
});
afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.stop()));
  await exchange.close();
  await redis.stop();
});

/** Starts both, and sets the rules as soon as the shards are shared and every symbol has been saved once. */
async function begin(
  timings: Partial<FeedTimings> = {},
): Promise<{ victim: FeedProcess; heir: FeedProcess; hit: string[] }> {
  const { address } = redis;
  if (address.type !== 'socket') throw new Error('no socket');
  feeds = await Promise.all(
    ['a', 'b'].map((name) =>
      createFeedProcess({
        name,
        redisSocket: address.path,
        exchange,
        symbols: SYMBOLS,
        timings: { dialSpacingMs: 20, dialEveryMs: 20, ...timings },
      }),
    ),
  );
  await Promise.all(feeds.map((feed) => feed.launch()));
  await script.begin();
  await vi.waitFor(async () => {
    for (const symbol of SYMBOLS)
      expect(await store.hexists(keys.snapshots(shardOf(symbol)), symbol)).toBe(1);
  }, SOON);
  const owners = await Promise.all(SYMBOLS.map((symbol) => script.owner(symbol)));
  const victimName = owners[0]?.startsWith('a') ? 'a' : 'b';
  const [victim, heir] = victimName === 'a' ? feeds : feeds.toReversed();
  if (!victim || !heir) throw new Error('no feeds');
  return { victim, heir, hit: SYMBOLS.filter((_, i) => owners[i]?.startsWith(victimName)) };
}

async function crossAll(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    for (const symbol of SYMBOLS) script.cross(symbol);
    await sleep(30);
  }
}

/** Every expected episode is there, once, and nothing else. */
async function expectExact(): Promise<void> {
  await script.settle(PATIENCE_MS);
  expect(await script.faults()).toEqual({ lost: [], wrong: [] });
}

describe('two feeds in processes of their own', () => {
  it('miss and double nothing when one is killed, and when it comes back', async () => {
    const { victim, hit } = await begin();
    expect(hit.length).toBeGreaterThan(0);
    await crossAll(3);
    await expectExact();

    await crossAll(1);
    await victim.kill();
    await crossAll(4);
    await expectExact();

    // The new one gets its share handed over in the middle of the market.
    const back = victim.launch();
    const moving = setInterval(() => void crossAll(1), 100);
    await back;
    clearInterval(moving);
    await crossAll(2);
    await expectExact();
    expect((await script.barks()).length).toBeGreaterThan(20);
  });

  it('refuse what a paused one decides after it was replaced', async () => {
    const { victim, hit } = await begin();
    await crossAll(1);
    await expectExact();
    victim.pause();
    await crossAll(2);
    await expectExact();
    await crossAll(2);
    victim.wake();
    await crossAll(2);
    await expectExact();
    // By its own clock or by the epoch in the store, whichever it looks at first.
    const refused = /shard is owned by another feed now|shard left before all its alert state was written/;
    await vi.waitFor(() => expect(victim.log.join('')).toMatch(refused), SOON);
    // It is alive again and gets its share back.
    await vi.waitFor(async () => expect(await script.owner(hit[0] ?? '')).toMatch(victim.name), {
      ...SOON,
      timeout: 3 * PATIENCE_MS,
    });
    await crossAll(2);
    await expectExact();
  }, 120_000);

  it('tell late and once what one could not fetch, though it is killed before it can', async () => {
    const { victim, heir, hit } = await begin({ repairMs: 1_000, arrearsMs: 300 });
    const [symbol = ''] = hit;
    const owed = () => store.hlen(keys.arrears(shardOf(symbol)));
    exchange.refuse(503, 'requests');
    const trades = `${symbol.toLowerCase()}@aggTrade`;
    exchange.market.freeze(trades);
    script.cross(symbol);
    script.cross(symbol);
    exchange.market.thaw(trades);
    await vi.waitFor(async () => expect(await owed()).toBe(1), SOON);
    // What comes after the gap is told at once, so that nothing but what was kept of it can tell of the gap.
    script.cross(symbol);
    // By the symbol's own rule, and by the one on all.
    await vi.waitFor(async () => expect(await script.barks()).toHaveLength(2), SOON);
    await victim.kill();
    await vi.waitFor(async () => expect(await script.owner(symbol)).toMatch(heir.name), SOON);
    expect(await script.barks()).toHaveLength(2);
    exchange.serve();
    await expectExact();
    expect(await script.barks()).toHaveLength(4);
    await vi.waitFor(async () => expect(await owed()).toBe(0), SOON);
  });
});
