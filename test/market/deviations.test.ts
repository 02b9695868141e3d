import { describe, expect, it } from 'vitest';
import { deviationOver, inDeviations } from '../../src/market/deviations.ts';

describe('a change counted in deviations', () => {
  const price = { last: 100, tickSize: 0.01 };

  it('grows with the square root of the window', () => {
    expect(deviationOver('1m', 0.1)).toBe(0.1);
    expect(deviationOver('4h', 0.1)).toBeCloseTo(0.1 * Math.sqrt(240), 12);
  });

  it('keeps its sign', () => {
    expect(inDeviations(-0.6, 0.2, price)).toBeCloseTo(-3, 12);
  });

  it('is nothing below 0.15 % and below three ticks, however calm the symbol', () => {
    expect(inDeviations(0.149, 0.001, price)).toBe(0);
    expect(inDeviations(0.15, 0.001, price)).toBeCloseTo(150, 9);
    expect(inDeviations(0.29, 0.001, { last: 100, tickSize: 0.1 })).toBe(0);
    expect(inDeviations(0.31, 0.001, { last: 100, tickSize: 0.1 })).toBeCloseTo(310, 9);
  });

  it('is not known before the deviation is, nor of a price that never moved', () => {
    expect(inDeviations(1, undefined, price)).toBeUndefined();
    expect(inDeviations(1, 0, price)).toBeUndefined();
    expect(inDeviations(undefined, 1, price)).toBeUndefined();
    expect(inDeviations(1, 1, { last: undefined, tickSize: 1 })).toBeUndefined();
  });
});
