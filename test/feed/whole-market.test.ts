import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BASE_STREAMS } from '../../src/feed/routes.ts';
import { keys, SHARDS } from '../../src/store/keys.ts';
import { createWeightBudget } from '../../src/store/weight.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 20_000, interval: 50 };
const FURTHER = 68;
const ALL = 12 + FURTHER;

let redis: TestRedis;
let world: FeedWorld;
let asked: string[];

beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  asked = [];
  world = await startFeedWorld(redis, {
    furtherCoins: FURTHER,
    guard: (request) => {
      if (request.url?.startsWith('/fapi')) asked.push(request.url);
      return undefined;
    },
  });
});
afterEach(() => world.stop());

const subscribed = () => new Set([...world.exchange.connections].flatMap((each) => [...each.subscriptions]));
const FAST_DIALS = { dialSpacingMs: 5, openInterestEveryMs: 60_000, snapshotEveryMs: 60_000 };

describe('a feed of the whole market', () => {
  it('warms every trading perpetual by three cheap calls, tells how far it is, and carries at most 200 streams a socket', async () => {
    const feed = world.feed({
      symbols: 'all',
      timings: FAST_DIALS,
      weight: createWeightBudget(redis.connect()),
    });
    const reasons: string[] = [];
    const watching = setInterval(() => reasons.push(...feed.ready().reasons), 5);
    await feed.start();
    clearInterval(watching);
    expect(reasons.some((reason) => /^\d+ of 80 symbols are warming$/.test(reason))).toBe(true);
    const health = await vi.waitFor(async () => {
      const found = await world.market.health();
      expect(found?.warming).toEqual([]);
      return found;
    }, SOON);
    expect(health?.symbols).toHaveLength(ALL);
    expect(asked.filter((url) => url.includes('klines')).every((url) => url.includes('limit=499'))).toBe(
      true,
    );
    expect(asked.filter((url) => url.includes('klines'))).toHaveLength(3 * ALL);
    await vi.waitFor(() => {
      const held = [...world.exchange.connections].map((each) => each.subscriptions.size);
      expect(Math.max(...held)).toBeLessThanOrEqual(200);
      expect(held.reduce((sum, size) => sum + size)).toBe(BASE_STREAMS.length + 4 * ALL);
    }, SOON);
    for (const connection of world.exchange.connections)
      expect(connection.peakPerSecond).toBeLessThanOrEqual(10);
  }, 30_000);

  it('is warm again after a restart with one cheap call a symbol at most', async () => {
    const first = world.feed({ source: 'live', symbols: 'all', timings: FAST_DIALS });
    await first.start();
    const store = redis.connect();
    const saved = () =>
      Promise.all(Array.from({ length: SHARDS }, (_, shard) => store.hlen(keys.snapshots(shard))));
    await vi.waitFor(async () => expect((await saved()).reduce((sum, count) => sum + count)).toBe(ALL), SOON);
    await first.stop();
    asked = [];
    const again = world.feed({ source: 'live', symbols: 'all', timings: FAST_DIALS });
    await again.start();
    expect(again.ready()).toEqual({ ready: true, reasons: [] });
    const candles = asked.filter((url) => url.includes('klines'));
    expect(new Set(candles.map((url) => new URL(url, 'http://x').searchParams.get('symbol'))).size).toBe(
      candles.length,
    );
    expect(candles.every((url) => /limit=\d\d?&/.test(url))).toBe(true);
    expect(asked.filter((url) => url.includes('aggTrades'))).toEqual([]);
    // Open interest of all at once would take the weight that gaps may need.
    expect(asked.filter((url) => url.includes('openInterest')).length).toBeLessThan(ALL);
    await vi.waitFor(async () => expect((await world.market.health())?.warming).toEqual([]), SOON);
  }, 30_000);

  it('follows listings and settlements as they are announced', async () => {
    const feed = world.feed({ symbols: 'all', timings: FAST_DIALS });
    await feed.start();
    expect(subscribed()).not.toContain('soonusdt@aggTrade');
    await world.rules.save(priceRule({ symbol: 'SIM7USDT', threshold: 1e9, rearm: 1e8 }), 10);
    world.exchange.market.setStatus('SOONUSDT', 'TRADING');
    await vi.waitFor(() => expect(subscribed()).toContain('soonusdt@aggTrade'), SOON);
    world.exchange.market.setStatus('SIM7USDT', 'SETTLING');
    await vi.waitFor(() => expect(subscribed()).not.toContain('sim7usdt@aggTrade'), SOON);
    await vi.waitFor(
      () =>
        expect(world.post.posted.map(({ notice }) => notice)).toMatchObject([
          { type: 'rule-ended', reason: 'delisted' },
        ]),
      SOON,
    );
    expect(feed.ready().ready).toBe(true);
  }, 30_000);
});
