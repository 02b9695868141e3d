import { expect, it } from 'vitest';
import type { Candle } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';

const MINUTE = 60_000;
const DAY = 1_440;
const T0 = Date.UTC(2026, 10, 20);

/** A closed candle of minute `index` that ends at `close`. */
function candle(index: number, close: number): Candle {
  return {
    openTime: T0 + index * MINUTE,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    quoteVolume: close,
    trades: 1,
    takerBuyQuoteVolume: close / 2,
    closed: true,
  };
}

/** Closes that rise and fall by the log returns given, one a minute. */
function closesOf(returns: readonly number[]): number[] {
  let price = 100;
  return [price, ...returns.map((change) => (price *= Math.exp(change)))];
}

function stateAfter(returns: readonly number[]) {
  const state = createSymbolState({ symbol: 'X', tickSize: 0.01 });
  closesOf(returns).forEach((close, index) => {
    state.candle(candle(index, close));
  });
  // The minute after the last one begins.
  state.candle({ ...candle(returns.length + 1, 100), closed: false });
  return state;
}

/**
 * σ by its definition: squares of all returns, each worth half of one that is 24 h younger. The first candle ends where
 * it began, which is a return too.
 */
function defined(later: readonly number[]): number {
  const returns = [0, ...later];
  let squares = 0;
  let weights = 0;
  for (const [index, change] of returns.entries()) {
    const weight = 0.5 ** ((returns.length - 1 - index) / DAY);
    squares += weight * change * change;
    weights += weight;
  }
  return Math.sqrt(squares / weights);
}

const wave = (count: number, size: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => size(index) * (index % 2 === 0 ? 1 : -1));

it('is one deviation of the window by the weighted returns of minutes, also of those that have left the windows', () => {
  // A storm on the first day that weighs less and less, for ever, and never falls off an edge.
  const returns = wave(3 * DAY, (index) => (index < 600 ? 0.004 : 0.0005 + 0.0001 * (index % 7)));
  const sigma = defined(returns);
  const state = stateAfter(returns);
  expect(state.sigma('1m')).toBeCloseTo(sigma * 100, 9);
  expect(state.sigma('4h')).toBeCloseTo(sigma * Math.sqrt(240) * 100, 8);
});

it('is unknown until a day of minutes is known', () => {
  expect(stateAfter(wave(1_200, () => 0.001)).sigma('5m')).toBeUndefined();
  const day = wave(DAY, () => 0.001);
  expect(stateAfter(day).sigma('5m')).toBeCloseTo(defined(day) * Math.sqrt(5) * 100, 9);
});

it('goes on from saved windows', () => {
  const state = stateAfter(wave(2 * DAY, (index) => 0.001 + index / 1e6));
  const restored = createSymbolState({ symbol: 'X', tickSize: 0.01 });
  expect(restored.restore(state.save())).toBe(true);
  expect(restored.sigma('1h')).toBe(state.sigma('1h'));
});
