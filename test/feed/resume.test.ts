import { expect, it } from 'vitest';
import { createEngine } from '../../src/alerts/engine.ts';
import { Pipeline } from '../../src/feed/pipeline.ts';
import { createRepair } from '../../src/feed/repair.ts';
import type { Rest } from '../../src/feed/rest.ts';
import { RuleBook } from '../../src/feed/rule-book.ts';
import type { SymbolWatch } from '../../src/feed/symbol-watch.ts';
import { DEFAULT_TIMINGS } from '../../src/feed/timings.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Candle, Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import { ManualClock } from '../support/clock.ts';
import { makeTrade } from '../support/samples.ts';

const MINUTE = 60_000;
const SAVED_AT = Date.UTC(2026, 10, 24, 12, 0, 10);
const NOW = SAVED_AT + 2 * MINUTE;
const LAST_ID = 700;

const candle = (openTime: number, high: number): Candle => ({
  openTime,
  open: 100,
  high,
  low: 99,
  close: 100,
  volume: 1,
  quoteVolume: 100,
  trades: 1,
  takerBuyQuoteVolume: 50,
  closed: openTime + MINUTE <= NOW,
});

/** Windows that were saved after trade 700, restored now; `heard` came meanwhile. Tells which calls that took. */
async function goOn(...heard: Trade[]): Promise<{ watch: SymbolWatch; calls: string[]; kept: number[] }> {
  const saved = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.1 });
  saved.trade(makeTrade(LAST_ID, SAVED_AT, 100));
  const calls: string[] = [];
  const kept: number[] = [];
  const unused = () => Promise.reject(new Error('not asked for'));
  const rest: Rest = {
    exchangeInfo: unused,
    openInterest: unused,
    openInterestHist: unused,
    longShort: unused,
    premiumIndex: unused,
    clockOffset: unused,
    refused: () => undefined,
    weight: () => 0,
    async klines(_symbol, { limit, startTime = 0 }) {
      calls.push(`klines ${limit}`);
      return Array.from({ length: 3 }, (_, minute) => candle(startTime + minute * MINUTE, 101 + minute));
    },
    async aggTrades() {
      calls.push('aggTrades');
      return [];
    },
  };
  const book = new RuleBook(createEngine(), silentLog());
  const pipeline = new Pipeline({
    book,
    onTransitions: () => undefined,
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
    timings: { ...DEFAULT_TIMINGS, reorderMs: 1 },
    clock: new ManualClock(NOW),
    clockOffset: () => 0,
    onTransitions: () => undefined,
    keep: (_symbol, candles) => kept.push(...candles.map(({ openTime }) => openTime)),
    log: silentLog(),
    signal: new AbortController().signal,
  });
  const watch = pipeline.watch({ symbol: 'BTCUSDT', base: 'BTC', tickSize: 0.1, status: 'TRADING' });
  for (const each of heard) pipeline.handle({ type: 'trade', trade: each });
  pipeline.resume(watch, saved.save());
  await repair.resume(watch);
  return { watch, calls, kept };
}

it('asks for nothing when the first trade heard follows the last one saved', async () => {
  const { watch, calls } = await goOn(makeTrade(LAST_ID + 1, NOW, 105), makeTrade(LAST_ID + 2, NOW, 106));
  expect(calls).toEqual([]);
  expect(watch.gapped).toBe(false);
  expect(watch.state.last).toBe(106);
  expect(watch.takeHole()).toBeUndefined();
});

it('closes the gap with one call of the least weight when trades are missing, and keeps those candles', async () => {
  const { watch, calls, kept } = await goOn(makeTrade(LAST_ID + 5, NOW, 100.5));
  expect(calls).toEqual(['klines 4']);
  expect(watch.gapped).toBe(false);
  expect(watch.state.last).toBe(100.5);
  const minute = Math.floor(SAVED_AT / MINUTE) * MINUTE;
  expect(kept).toEqual([minute, minute + MINUTE]);
  // Nothing is left to fetch later: the running minute's candle closes in the stream.
  watch.candle({ ...candle(minute + 2 * MINUTE, 103), closed: true }, NOW + MINUTE);
  watch.state.mark({
    symbol: 'BTCUSDT',
    mark: 100,
    index: 100,
    fundingRate: 0,
    nextFundingTime: 0,
    eventTime: NOW + 3 * MINUTE,
  });
  expect(watch.takeHole()).toBeUndefined();
});

it('closes it as well when nobody knows whether a trade is missing', async () => {
  const { watch, calls } = await goOn();
  expect(calls).toEqual(['klines 4']);
  expect(watch.gapped).toBe(false);
});
