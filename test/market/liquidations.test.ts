import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WINDOW_MS, WINDOWS } from '../../src/market/brief.ts';
import { Liquidations } from '../../src/market/liquidations.ts';
import { createSymbolState } from '../../src/market/state.ts';

const START = Date.UTC(2026, 0, 5);

describe('liquidations seen', () => {
  it('are not known before anything was heard, then none, then their sum while they are in the window', () => {
    const seen = new Liquidations();
    expect(seen.seen('5m')).toBeUndefined();
    seen.advance(START);
    expect(seen.seen('5m')).toBe(0);
    seen.add(START + 1_000, 300);
    seen.add(START + 500, 200);
    expect(seen.seen('1m')).toBe(500);
    seen.advance(START + 61_000);
    expect(seen.seen('1m')).toBe(0);
    expect(seen.seen('5m')).toBe(500);
    seen.advance(START + 86_400_000);
    expect(seen.seen('24h')).toBe(0);
  });

  it('are what a naive sum of the same buckets gives', () => {
    const order = fc.record({
      step: fc.nat({ max: 200_000 }),
      back: fc.nat({ max: 90_000 }),
      size: fc.nat(1_000),
    });
    fc.assert(
      fc.property(fc.array(order, { maxLength: 40 }), (orders) => {
        const seen = new Liquidations();
        const all: { time: number; size: number }[] = [];
        let now = START;
        seen.advance(now);
        for (const { step, back, size } of orders) {
          now += step;
          seen.advance(now);
          const time = Math.max(START, now - back);
          seen.add(time, size);
          all.push({ time, size });
          for (const window of WINDOWS) {
            const width = WINDOW_MS[window] <= 900_000 ? 1_000 : 60_000;
            const from = Math.floor(now / width) * width + width - WINDOW_MS[window];
            const sum = all.filter((each) => each.time >= from).reduce((total, each) => total + each.size, 0);
            expect(seen.seen(window)).toBe(sum);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('go on from saved windows, and nonsense changes nothing', () => {
    const state = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.1 });
    const order = { symbol: 'BTCUSDT', closed: 'long', notional: 1_000, time: START } as const;
    state.liquidation(order);
    for (const notional of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      state.liquidation({ ...order, notional });
    state.liquidation({ ...order, time: Number.POSITIVE_INFINITY });
    const restored = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.1 });
    expect(restored.restore(state.save())).toBe(true);
    expect(restored.liquidated('15m')).toBe(1_000);
    expect(restored.liquidated('24h')).toBe(1_000);
  });
});
