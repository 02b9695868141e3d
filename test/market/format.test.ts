import { describe, expect, it } from 'vitest';
import { formatCompact, formatPercent, formatPrice, tickDecimals } from '../../src/market/format.ts';

describe('numbers for people', () => {
  it('gives a price the decimals of its tick', () => {
    expect([10, 1, 0.1, 0.01, 0.05, 0.25, 1e-7, 0, Number.NaN].map(tickDecimals)).toEqual([
      0, 0, 1, 2, 2, 2, 7, 2, 2,
    ]);
    expect(formatPrice(68392.5, 0.1, 'en')).toBe('68,392.5');
    expect(formatPrice(68392.5, 0.01, 'ko')).toBe('68,392.50');
    expect(formatPrice(0.0000123, 1e-7, 'en')).toBe('0.0000123');
  });

  it('shows percent with a sign where asked, never −0', () => {
    expect(formatPercent(2.5, 'en')).toBe('2.50%');
    expect(formatPercent(2.5, 'en', { signed: true })).toBe('+2.50%');
    expect(formatPercent(-0.001, 'en', { signed: true })).toBe('0.00%');
    expect(formatPercent(-0.001, 'en')).toBe('0.00%');
    expect(formatPercent(0.0123, 'en', { digits: 4 })).toBe('0.0123%');
  });

  it('shortens amounts in the reader’s own units', () => {
    expect(formatCompact(1_234_567, 'en')).toBe('1.23M');
    expect(formatCompact(1_234_567, 'ko')).toBe('123만');
    expect(formatCompact(950, 'en')).toBe('950');
  });
});
