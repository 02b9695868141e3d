import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WINDOWS } from '../../src/market/brief.ts';
import type { Candle, Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import type { SymbolState } from '../../src/market/symbol-state.ts';

const M0 = 1_771_214_400_000;
const MINUTE = 60_000;
const writer = { source: 'live', epoch: 3, writtenAt: 7 } as const;

const fresh = () => createSymbolState({ symbol: 'X', tickSize: 0.1 });

const trade = (id: number, time: number, price: number): Trade => ({
  symbol: 'X',
  id,
  time,
  eventTime: time,
  price,
  quantity: 1,
  buyerIsMaker: id % 3 === 0,
});

const candle = (openTime: number, price: number): Candle => ({
  openTime,
  open: price,
  high: price + 1,
  low: price - 1,
  close: price,
  volume: 10,
  quoteVolume: 10 * price,
  trades: 5,
  takerBuyQuoteVolume: 4 * price,
  closed: true,
});

function warm(): SymbolState {
  const state = fresh();
  state.warm(Array.from({ length: 1440 }, (_, i) => candle(M0 - (1440 - i) * MINUTE, 100 + (i % 7))));
  return state;
}

/** Trades with quiet stretches, jumps, holes in the ids and prints that are off the market. */
const steps = fc.array(
  fc.record({
    skip: fc.nat({ max: 2 }),
    after: fc.oneof(fc.nat({ max: 900 }), fc.nat({ max: 90_000 })),
    price: fc.oneof(fc.double({ min: 98, max: 106, noNaN: true }), fc.constant(9_999)),
  }),
  { maxLength: 120 },
);

function run(
  state: SymbolState,
  from: number,
  part: { skip: number; after: number; price: number }[],
  start: number,
) {
  let [id, time] = [from, start];
  for (const step of part) {
    id += 1 + (step.skip === 2 ? 1 : 0);
    time += step.after;
    state.trade(trade(id, time, step.price));
  }
  return { id, time };
}

describe('a saved state', () => {
  it('goes on exactly as the one it was taken of', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const kept = warm();
        kept.openInterest({ symbol: 'X', openInterest: 5, time: M0 });
        const { id, time } = run(kept, 0, before, M0);
        const restored = fresh();
        expect(restored.restore(kept.save())).toBe(true);
        expect(restored.lastTradeId).toBe(kept.lastTradeId);
        run(kept, id, after, time);
        run(restored, id, after, time);
        expect(restored.brief(writer)).toEqual(kept.brief(writer));
        for (const window of WINDOWS) expect(restored.extremes(window)).toEqual(kept.extremes(window));
        expect(restored.sigma15m()).toBe(kept.sigma15m());
      }),
      { numRuns: 60 },
    );
  });

  it('replaces what came meanwhile, and lets no old mark price judge new prints', () => {
    const kept = warm();
    kept.trade(trade(1, M0 + 100, 101));
    kept.mark({
      symbol: 'X',
      mark: 101,
      index: undefined,
      fundingRate: undefined,
      nextFundingTime: undefined,
      eventTime: M0 + 200,
    });
    const restored = fresh();
    restored.trade(trade(900, M0 + 9_000, 500));
    expect(restored.restore(kept.save())).toBe(true);
    expect(restored.last).toBe(101);
    expect(restored.brief(writer).mark).toBeUndefined();
    // 9 % and again 9 % within a minute: further from the old mark than a print may be, but not from the trade before.
    expect(restored.trade(trade(2, M0 + 300, 110)).type).toBe('accepted');
    expect(restored.trade(trade(3, M0 + 400, 119)).type).toBe('accepted');
  });

  it('is refused when any byte is wrong, or it is cut, empty or of another version', () => {
    const saved = warm().save();
    const refused = (bytes: Uint8Array) => {
      const state = fresh();
      expect(state.restore(bytes)).toBe(false);
      expect(state.last).toBeUndefined();
    };
    fc.assert(
      fc.property(fc.nat({ max: saved.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const broken = Buffer.from(saved);
        broken[at] = (broken[at] ?? 0) ^ flip;
        refused(broken);
      }),
      { numRuns: 100 },
    );
    refused(saved.subarray(0, saved.length - 1));
    refused(Buffer.concat([saved, Buffer.alloc(1)]));
    refused(Buffer.alloc(0));
    const newer = Buffer.from(saved);
    newer.writeUInt32LE(saved.readUInt32LE(4) + 1, 4);
    refused(newer);
  });
});
