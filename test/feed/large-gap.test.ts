import { describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/alerts/engine.ts';
import { Pipeline } from '../../src/feed/pipeline.ts';
import { createRepair } from '../../src/feed/repair.ts';
import type { Rest } from '../../src/feed/rest.ts';
import { RuleBook } from '../../src/feed/rule-book.ts';
import { DEFAULT_TIMINGS } from '../../src/feed/timings.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Candle } from '../../src/market/events.ts';
import { ManualClock } from '../support/clock.ts';
import { makeTrade } from '../support/samples.ts';
import { priceRule } from './support.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 24, 12) + 10 * MINUTE + 30_000;
const START = NOW - 9 * MINUTE;

/** The minutes of the gap: still, but for the one that opens `back` minutes before the running one. */
function candles(from: number, high: { back: number; price: number }): Candle[] {
  const running = Math.floor(NOW / MINUTE) * MINUTE;
  const all: Candle[] = [];
  for (let openTime = from; openTime <= running; openTime += MINUTE) {
    const top = openTime === running - high.back * MINUTE ? high.price : 86_100;
    const still = { open: 86_100, low: 86_100, close: 86_100, volume: 1, quoteVolume: 86_100, trades: 1 };
    all.push({ ...still, openTime, high: top, takerBuyQuoteVolume: 0, closed: openTime < running });
  }
  return all;
}

async function repaired(high: { back: number; price: number }, lateMs = DEFAULT_TIMINGS.lateMs) {
  const unused = () => Promise.reject(new Error('not asked for'));
  const aggTrades = vi.fn(unused);
  const rest: Rest = {
    exchangeInfo: unused,
    openInterest: unused,
    openInterestHist: unused,
    longShort: unused,
    premiumIndex: unused,
    clockOffset: unused,
    refused: () => undefined,
    weight: () => 0,
    aggTrades,
    klines: async (_symbol, { startTime }) => candles(startTime ?? 0, high),
  };
  const book = new RuleBook(createEngine(), silentLog());
  const fired: { late: boolean; value: number; time: number }[] = [];
  const pipeline = new Pipeline({
    book,
    onTransitions(_watch, transitions, late) {
      for (const { firing } of transitions) {
        if (firing) fired.push({ late, value: firing.value, time: firing.time });
      }
    },
    onGap: (watch) => repair.begin(watch),
    onClosedCandle: () => undefined,
    onContract: () => undefined,
    onTrades50: () => undefined,
    onLag: () => undefined,
  });
  const repair = createRepair({
    rest,
    engine: book.engine,
    pipeline,
    commits: { arrears: async () => new Map() },
    shards: { writerOf: () => undefined },
    timings: { ...DEFAULT_TIMINGS, reorderMs: 1, lateMs },
    clock: new ManualClock(NOW),
    clockOffset: () => 0,
    onTransitions: () => undefined,
    keep: () => undefined,
    log: silentLog(),
    signal: new AbortController().signal,
  });
  book.add(priceRule({ mode: 'repeat' }), undefined);
  const watch = pipeline.watch({ symbol: 'BTCUSDT', base: 'BTC', tickSize: 0.1, status: 'TRADING' });
  pipeline.fill(watch, []);
  pipeline.handle({ type: 'trade', trade: makeTrade(1, START, 86_100) });
  pipeline.handle({ type: 'trade', trade: makeTrade(50_000, NOW, 86_100) });
  expect(watch.gapped).toBe(true);
  await vi.waitFor(() => expect(watch.gapped).toBe(false));
  expect(aggTrades).not.toHaveBeenCalled();
  pipeline.handle({ type: 'trade', trade: makeTrade(50_001, NOW + 1, 86_100) });
  return { fired, watch };
}

describe('a gap too large for its trades', () => {
  it('is read from candles: a level that one of them reached is told once, late, in its minute', async () => {
    const { fired, watch } = await repaired({ back: 4, price: 90_500 });
    const opened = Math.floor(NOW / MINUTE) * MINUTE - 4 * MINUTE;
    expect(fired).toEqual([{ late: true, value: 90_500, time: expect.any(Number) }]);
    expect(fired[0]?.time).toBeGreaterThanOrEqual(opened);
    expect(fired[0]?.time).toBeLessThan(opened + MINUTE);
    expect(watch.state.last).toBe(86_100);
  });

  it('changes nothing where no candle reached a level', async () => {
    expect((await repaired({ back: 4, price: 89_900 })).fired).toEqual([]);
  });

  it('is not told where it lies too long ago', async () => {
    expect((await repaired({ back: 4, price: 90_500 }, 2 * MINUTE)).fired).toEqual([]);
  });
});
