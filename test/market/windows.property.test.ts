import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WINDOW_MS, WINDOWS } from '../../src/market/brief.ts';
import type { Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import type { SymbolState } from '../../src/market/symbol-state.ts';
import { bucketOf, candlesOf, expectWindow, startOf } from './oracle.ts';

const T0 = 1_771_214_417_300;
const writer = { source: 'live', epoch: 1, writtenAt: 0 } as const;

const step = fc.record({
  // Mostly milliseconds, sometimes silence of minutes or hours, sometimes a trade whose time lies a little back.
  pause: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) },
    { weight: 6, arbitrary: fc.integer({ min: 1_000, max: 20_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 20_000, max: 1_200_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1_200_000, max: 100_000_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: -90_000, max: -1 }) },
  ),
  factor: fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: 0.99, max: 1.01, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0.5, 1.3, 1e6, Number.NaN, -1, 0, Number.POSITIVE_INFINITY) },
  ),
  quantity: fc.double({ min: 0.001, max: 100, noNaN: true }),
  maker: fc.boolean(),
  repeat: fc.boolean(),
});
const walk = fc.array(step, { minLength: 2, maxLength: 120 });

/** Plays a walk, keeping the trades that ought to be taken in. */
function play(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], state: SymbolState) {
  const taken: Trade[] = [];
  let id = 100;
  let time = T0;
  for (const { pause, factor, quantity, maker, repeat } of steps) {
    const newest = taken.at(-1);
    const price = (newest?.price ?? 100) * (newest ? factor : 1);
    const at = Math.max(T0, time + pause);
    time = Math.max(time, at);
    id++;
    const trade = { symbol: 'X', id, price, quantity, time: at, eventTime: at, buyerIsMaker: maker };
    const referenceTime = taken.reduce((latest, { time }) => Math.max(latest, time), 0);
    const far = newest && at - referenceTime <= 60_000 && Math.abs(Math.log(price / newest.price)) > 0.1;
    const believed = Number.isFinite(price) && price > 0 && !far;
    expect(state.trade(trade)).toEqual({ type: believed ? 'accepted' : 'bad-print' });
    if (believed) taken.push(trade);
    if (repeat) expect(state.trade({ ...trade, price: 1 })).toEqual({ type: 'old' });
  }
  return taken;
}

const close = (actual: number | undefined, wanted: number) => {
  expect(actual).toBeDefined();
  expect(Math.abs((actual ?? 0) - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted)));
};

function compare(
  state: SymbolState,
  taken: readonly Trade[],
  windows = WINDOWS as readonly (typeof WINDOWS)[number][],
) {
  const first = taken[0];
  if (!first) return;
  const brief = state.brief(writer);
  for (const window of windows) {
    const width = bucketOf(window);
    const begins = Math.floor(startOf(window, state.time) / width);
    const joined = Math.floor(first.time / width);
    if (begins <= joined) {
      expect(state.range(window)).toBeUndefined();
      expect(brief.windows[window].coverage).toBeLessThan(1);
      continue;
    }
    // The very first second is known in part only: its price cannot stand for its end.
    if (begins === joined + 1) continue;
    const want = expectWindow(taken, window, state.time);
    const last = taken.at(-1)?.price ?? 0;
    const shown = brief.windows[window];
    expect(shown.coverage).toBeCloseTo(1, 12);
    expect(shown.high).toBe(want.high);
    expect(shown.low).toBe(want.low);
    expect(state.range(window)).toBe(((want.high - want.low) / want.low) * 100);
    expect(state.moveUp(window)).toBe(((last - want.low) / want.low) * 100);
    expect(state.moveDown(window)).toBe(((last - want.high) / want.high) * 100);
    close(shown.takerBuy, want.buy);
    close(shown.takerSell, want.sell);
    expect(shown.trades).toBe(want.trades);
    if (want.start !== undefined) close(shown.change, (last / want.start - 1) * 100);
    const squares = want.ends.reduce<number>((sum, end, i) => {
      const before = want.ends[i - 1];
      return end !== undefined && before !== undefined ? sum + Math.log(end / before) ** 2 : sum;
    }, 0);
    close(shown.realisedVolatility, Math.sqrt(squares * (31_536_000_000 / WINDOW_MS[window])) * 100);
    const extremes = state.extremes(window);
    expect(extremes?.highTime).toBeGreaterThanOrEqual(startOf(window, state.time));
    expect(extremes?.lowTime).toBeLessThanOrEqual(state.time);
  }
}

describe('windows equal a recomputation from all trades', () => {
  it('through silence, late times, repeated ids and bad prints', () => {
    fc.assert(
      fc.property(walk, fc.nat(), (steps, cut) => {
        const state = createSymbolState({ symbol: 'X', tickSize: 0.1 });
        const half = steps.slice(0, cut % steps.length);
        // Reading between must leave no trace.
        const twin = createSymbolState({ symbol: 'X', tickSize: 0.1 });
        compare(twin, play(half, twin));
        compare(state, play(steps, state));
      }),
      { numRuns: 1_000 },
    );
  });

  it('read after every single trade', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 40 }), (steps) => {
        const state = createSymbolState({ symbol: 'X', tickSize: 0.1 });
        for (let n = 1; n <= steps.length; n++) {
          const fresh = createSymbolState({ symbol: 'X', tickSize: 0.1 });
          const taken = play(steps.slice(0, n), fresh);
          if (n === 1) play(steps.slice(0, 1), state);
          const newest = taken.at(-1);
          if (n > 1 && newest && newest.id > (state.lastTradeId ?? 0)) state.trade(newest);
          else if (n > 1) state.trade({ ...(newest ?? fail()), id: 100 + n, price: Number.NaN });
          compare(fresh, taken);
          for (const window of WINDOWS) expect(state.range(window)).toBe(fresh.range(window));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('after a hole that closed candles mended, to the minute', () => {
    const calm = fc.record({
      pause: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 900_000 })),
      factor: fc.double({ min: 0.999, max: 1.001, noNaN: true }),
      maker: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(calm, { minLength: 41, maxLength: 100 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        (steps, kept, lost) => {
          let time = T0;
          let price = 100;
          const trades = steps.map(({ pause, factor, maker }, i): Trade => {
            time += pause;
            price *= factor;
            return { symbol: 'X', id: i, price, quantity: 2, time, eventTime: time, buyerIsMaker: maker };
          });
          const state = createSymbolState({ symbol: 'X', tickSize: 0.1 });
          for (const trade of trades.slice(0, kept)) state.trade(trade);
          const [back, ...rest] = trades.slice(kept + lost);
          if (!back) throw new Error('the walk is too short');
          expect(state.trade(back)).toEqual({ type: 'gap', missing: lost });
          for (const trade of rest) state.trade(trade);
          // The hole may still lie in the running minute: it is over with the next one.
          const running = Math.floor(time / 60_000 + 1) * 60_000;
          const last = { ...trades[trades.length - 1], symbol: 'X', quantity: 1, price, buyerIsMaker: false };
          const next: Trade = { ...last, id: trades.length, time: running, eventTime: running };
          state.trade(next);
          const joined = Math.floor((trades[0]?.time ?? 0) / 60_000) * 60_000;
          state.warm(candlesOf(trades, joined, running));
          const all = [...trades, next];
          for (const window of ['1h', '4h', '24h'] as const) {
            const shown = state.brief(writer).windows[window];
            if (startOf(window, running) < joined) {
              expect(shown.coverage).toBeLessThan(1);
              continue;
            }
            const want = expectWindow(all, window, running);
            expect(shown.coverage).toBeCloseTo(1, 12);
            expect(shown.gap).toBe(false);
            expect(shown.high).toBe(want.high);
            expect(shown.low).toBe(want.low);
            close(shown.takerBuy, want.buy);
            close(shown.takerSell, want.sell);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

function fail(): never {
  throw new Error('no trade was taken in');
}
