import { describe, expect, it } from 'vitest';
import { WINDOWS } from '../../src/market/brief.ts';
import type { Candle } from '../../src/market/events.ts';
import { keys } from '../../src/store/keys.ts';
import { createMarketRepository, type MarketRepository } from '../../src/store/market.ts';
import type { Store } from '../../src/store/redis.ts';
import { makeBareBrief, makeBareWindow, sameWindows } from '../support/briefs.ts';
import { ManualClock } from '../support/clock.ts';
import { useRedis } from '../support/each-test.ts';
import { makeHealth } from '../support/samples.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 1);

let store: Store;
let market: MarketRepository;
const clock = new ManualClock(1_000_000);

useRedis((redis) => {
  store = redis.connect();
  market = createMarketRepository(store, clock);
});

function candle(minute: number, close = 100 + minute): Candle {
  return {
    openTime: START + minute * MINUTE,
    open: close - 0.25,
    high: close + 1.0000001,
    low: close - 1,
    close,
    volume: 12.345,
    quoteVolume: 1234.5678,
    trades: 42,
    takerBuyQuoteVolume: 617.2839,
    closed: true,
  };
}

const candles = (from: number, count: number) => Array.from({ length: count }, (_, i) => candle(from + i));

describe('candles', () => {
  it('come back exactly as they were written, from the asked time on', async () => {
    await market.writeCandles('BTCUSDT', candles(0, 1500));
    expect(await market.candles('BTCUSDT', START)).toEqual(candles(0, 1500));
    expect(await market.candles('BTCUSDT', START + 1497 * MINUTE - 1)).toEqual(candles(1497, 3));
    expect(await market.candles('BTCUSDT', START + 1500 * MINUTE)).toEqual([]);
  });

  it('are corrected by writing them again, in any order', async () => {
    await market.writeCandles('BTCUSDT', candles(0, 10));
    await market.writeCandles('BTCUSDT', [candle(4, 7)]);
    const read = await market.candles('BTCUSDT', 0);
    expect(read).toHaveLength(10);
    expect(read[4]).toEqual(candle(4, 7));
  });

  it('keep seven days and never mistake an old lap for a new one', async () => {
    const week = 7 * 1440;
    await market.writeCandles('BTCUSDT', candles(0, week));
    await market.writeCandles('BTCUSDT', [candle(week + 5)]);
    const read = await market.candles('BTCUSDT', 0);
    expect(read[0]?.openTime).toBe(START + 6 * MINUTE);
    expect(read.at(-1)).toEqual(candle(week + 5));
    expect(read).toHaveLength(week - 6 + 1);
  });

  it('leave out minutes that nobody wrote, and those that still run', async () => {
    await market.writeCandles('币安人生USDT', [candle(0), candle(3), { ...candle(4), closed: false }]);
    const read = await market.candles('币安人生USDT', 0);
    expect(read.map((each) => each.openTime)).toEqual([START, START + 3 * MINUTE]);
    expect(await market.candles('ETHUSDT', 0)).toEqual([]);
  });
});

const brief = makeBareBrief({
  last: 86_117.8,
  fundingRate: -0.0001,
  openInterest: { value: 1, notional: undefined, time: 2, change1h: undefined },
  windows: sameWindows(makeBareWindow({ coverage: 0.5, high: 2, low: 1, takerBuy: 3, trades: 1 })),
  times: { trade: 1, mark: undefined, book: undefined, day: undefined },
});

describe('briefs', () => {
  it('come back whole, with what is not known as undefined', async () => {
    await market.writeBrief(brief);
    expect(await market.brief('BTCUSDT')).toStrictEqual(brief);
    expect(Object.keys((await market.brief('BTCUSDT'))?.windows ?? {})).toEqual([...WINDOWS]);
    expect([...(await market.briefs(['ETHUSDT', 'BTCUSDT'])).keys()]).toEqual(['BTCUSDT']);
  });

  it('of another form are as good as none', async () => {
    await store.set(keys.brief('BTCUSDT'), JSON.stringify({ ...brief, v: 2 }));
    expect(await market.brief('BTCUSDT')).toBeUndefined();
    await store.set(keys.brief('BTCUSDT'), 'garbage');
    expect(await market.brief('BTCUSDT')).toBeUndefined();
  });
});

it('keeps the universe and the health', async () => {
  const universe = {
    source: 'simulated' as const,
    fetchedAt: 1,
    instruments: [{ symbol: '龙虾USDT', base: '龙虾', tickSize: 0.001, status: 'TRADING' }],
  };
  await market.writeUniverse(universe);
  expect(await market.universe()).toEqual(universe);
  const health = makeHealth({
    lagMs: undefined,
    routes: [{ route: 'market', state: 'live', lastDataAt: undefined, streams: 4, silent: [] }],
  });
  await market.writeHealth(health);
  expect(await market.health()).toStrictEqual(health);
});

describe('interest', () => {
  it('lasts as long as the longest wish for a symbol', async () => {
    await market.want('BTCUSDT', 10_000);
    await market.want('BTCUSDT', 1_000);
    await market.want('ETHUSDT', 1_000);
    expect(await market.wanted(clock.now() + 500)).toEqual(['ETHUSDT', 'BTCUSDT']);
    expect(await market.wanted(clock.now() + 5_000)).toEqual(['BTCUSDT']);
    expect(await market.wanted(clock.now() + 10_001)).toEqual([]);
  });
});
