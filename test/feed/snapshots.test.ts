import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAhead, packSnapshot, unpackSnapshot } from '../../src/feed/snapshots-format.ts';
import { createSymbolState } from '../../src/market/state.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, startFeedWorld } from './support.ts';

const position = (seq: number, clock = 5) => ({
  seq,
  t: 5,
  books: [{ metric: 'price', window: '1m', t: 5, clock, value: 1 }],
});
const cursor = (seq: number, clock?: number) =>
  JSON.stringify({ v: 1, now: position(seq, clock), before: position(seq, clock) });

describe('a snapshot', () => {
  const state = createSymbolState({ symbol: 'X', tickSize: 0.1 }).save();

  it('comes back as it was', async () => {
    expect(await unpackSnapshot(await packSnapshot({ state, cursor: cursor(7) }))).toEqual({
      state,
      cursor: cursor(7),
    });
  });

  it('is nothing when it is broken, cut, empty, or swells beyond measure', async () => {
    const packed = await packSnapshot({ state, cursor: cursor(7) });
    expect(await unpackSnapshot(packed.subarray(0, 40))).toBeUndefined();
    expect(await unpackSnapshot(Buffer.alloc(0))).toBeUndefined();
    expect(await unpackSnapshot(Buffer.from('not a snapshot'))).toBeUndefined();
    expect(
      await unpackSnapshot(await packSnapshot({ state: Buffer.alloc(2 << 20), cursor: cursor(7) })),
    ).toBe(undefined);
    expect(await unpackSnapshot(await packSnapshot({ state, cursor: 'no cursor' }))).toBeUndefined();
  });

  it('knows which of two cursors is further on', () => {
    expect(isAhead(cursor(8), cursor(7))).toBe(true);
    expect(isAhead(cursor(7), cursor(8))).toBe(false);
    expect(isAhead(cursor(7, 6), cursor(7, 5))).toBe(true);
    expect(isAhead(cursor(7), cursor(7))).toBe(false);
    expect(isAhead('broken', cursor(7))).toBe(false);
    expect(isAhead(cursor(0), 'broken')).toBe(true);
  });
});

describe('a feed that is started again', () => {
  let redis: TestRedis;
  let store: Store;
  let world: FeedWorld;
  let asked: string[];
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    asked = [];
    world = await startFeedWorld(redis, {
      guard(request) {
        if (request.url?.includes('klines'))
          asked.push(new URL(request.url, 'http://x').searchParams.get('limit') ?? '');
        return undefined;
      },
    });
  });
  afterEach(() => world.stop());

  /** Starts a feed, lets it see a trade, and stops it. */
  async function runOnce(): Promise<void> {
    const feed = world.feed();
    await feed.start();
    world.exchange.market.setPrice('BTCUSDT', 90_000);
    await vi.waitFor(async () => expect((await world.market.brief('BTCUSDT'))?.last).toBe(90_000), {
      timeout: 5_000,
    });
    await feed.stop();
    expect(await store.hexists(keys.snapshots(shardOf('BTCUSDT')), 'BTCUSDT')).toBe(1);
    asked.length = 0;
  }

  it('goes on from its saved windows, with one cheap call for what was missed', async () => {
    await runOnce();
    world.exchange.market.setPrice('BTCUSDT', 91_000);
    const feed = world.feed();
    await feed.start();
    // Of the least weight: below a hundred candles.
    expect(asked.map((limit) => Number(limit) < 100)).toEqual([true]);
    await vi.waitFor(
      async () => {
        const brief = await world.market.brief('BTCUSDT');
        expect(brief?.windows['24h'].coverage).toBe(1);
        expect(brief?.windows['15m'].high).toBeGreaterThanOrEqual(91_000);
      },
      { timeout: 5_000 },
    );
  });

  it.each(['broken', 'of another market'])('starts cold when what was saved is %s', async (how) => {
    await runOnce();
    const key = keys.snapshots(shardOf('BTCUSDT'));
    const saved = await store.hgetBuffer(key, 'BTCUSDT');
    if (!saved) throw new Error('nothing was saved');
    if (how === 'broken') {
      await store.hset(key, 'BTCUSDT', saved.subarray(0, saved.length - 9));
    } else {
      const snapshot = await unpackSnapshot(saved);
      if (!snapshot) throw new Error('what was saved cannot be read');
      const state = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.1 });
      state.restore(snapshot.state);
      const time = state.time;
      state.trade({
        symbol: 'BTCUSDT',
        id: 9e12,
        price: 90_000,
        quantity: 1,
        time,
        eventTime: time,
        buyerIsMaker: true,
      });
      await store.hset(key, 'BTCUSDT', await packSnapshot({ ...snapshot, state: state.save() }));
    }
    const feed = world.feed();
    await feed.start();
    expect(Math.max(...asked.map(Number))).toBeGreaterThan(99);
    world.exchange.market.setPrice('BTCUSDT', 90_500);
    await vi.waitFor(async () => expect((await world.market.brief('BTCUSDT'))?.last).toBe(90_500), {
      timeout: 5_000,
    });
  });
});
