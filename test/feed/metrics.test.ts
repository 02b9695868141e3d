import { describe, expect, it } from 'vitest';
import { metricBands, metricReader, metricsAt, valueNow } from '../../src/feed/metrics.ts';
import type { Candle } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import type { SymbolState } from '../../src/market/symbol-state.ts';
import { priceRule } from './support.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 10, 20);
const MINUTES = 1_500;

/** A day of minutes that each rise or fall by a thousandth, σ of a minute 0.1 %, and the last trade at `price`. */
function stateAt(price: number, tickSize = 0.001): SymbolState {
  const state = createSymbolState({ symbol: 'BTCUSDT', tickSize });
  for (let minute = 0; minute < MINUTES; minute++) {
    const close = minute % 2 === 0 ? 100 : 100 * Math.exp(0.001);
    const candle: Candle = {
      openTime: T0 + minute * MINUTE,
      open: 100,
      high: Math.max(100, close),
      low: 100,
      close,
      volume: 1,
      quoteVolume: 100,
      trades: 1,
      takerBuyQuoteVolume: 50,
      closed: true,
    };
    state.candle(candle);
  }
  const time = T0 + MINUTES * MINUTE + 1_000;
  state.trade({
    symbol: 'BTCUSDT',
    id: 1,
    price,
    quantity: 1,
    time,
    eventTime: time,
    buyerIsMaker: false,
  });
  return state;
}

describe('a move in σ', () => {
  it('is the move in % by one deviation of its own window', () => {
    const state = stateAt(103);
    const read = metricReader(state);
    const sigma5m = 0.1 * Math.sqrt(5);
    expect(state.sigma('5m')).toBeCloseTo(sigma5m, 3);
    expect(read({ metric: 'moveUpSigma', window: '5m' })).toBeCloseTo(3 / sigma5m, 1);
    expect(read({ metric: 'moveEitherSigma', window: '5m' })).toBeCloseTo(3 / sigma5m, 1);
    expect(read({ metric: 'rangeSigma', window: '1h' })).toBeCloseTo(3 / (0.1 * Math.sqrt(60)), 1);
  });

  it('is none below 0.15 % or three ticks, however quiet the symbol is', () => {
    expect(metricReader(stateAt(100.1))({ metric: 'moveUpSigma', window: '1m' })).toBe(0);
    expect(metricReader(stateAt(102))({ metric: 'moveUpSigma', window: '1m' })).toBeGreaterThan(10);
    expect(metricReader(stateAt(102, 0.7))({ metric: 'moveUpSigma', window: '1m' })).toBe(0);
  });

  it('lies within its band while a gap is looked at, and is judged by each price of it', () => {
    const state = stateAt(100.2);
    const key = { metric: 'moveUpSigma', window: '5m' } as const;
    const [low, high] = metricBands(state, 100, 102)(key);
    const there = metricsAt(state, 102)(key) ?? Number.NaN;
    expect(there).toBeGreaterThan(8);
    expect(there).toBeGreaterThanOrEqual(low);
    expect(there).toBeLessThanOrEqual(high);
  });
});

describe('a rule with two conditions', () => {
  const rule = priceRule({
    threshold: 101,
    rearm: 100,
    and: { kind: 'move', direction: 'up', threshold: 3, window: '5m', rearm: 2 },
  });

  it('holds only when both do', () => {
    const at = (price: number) => valueNow(rule, metricReader(stateAt(price)));
    expect(at(102)).toMatchObject({ value: 102, beyond: false });
    expect(at(104)).toMatchObject({ value: 104, beyond: true });
  });

  it('is warming while one of its numbers is', () => {
    const state = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.1 });
    state.trade({
      symbol: 'BTCUSDT',
      id: 1,
      price: 110,
      quantity: 1,
      time: T0,
      eventTime: T0,
      buyerIsMaker: false,
    });
    expect(valueNow(rule, metricReader(state))).toBeUndefined();
  });
});
