import { describe, expect, it } from 'vitest';
import { forecastFrom, forecastMonth } from '../../src/store/budget-forecast.ts';

/** Days that end at one, with these costs. */
function until(last: string, ...costs: number[]) {
  return costs.map((costNano, i) => {
    const time = Date.parse(`${last}T00:00:00Z`) - (costs.length - 1 - i) * 86_400_000;
    return { day: new Date(time).toISOString().slice(0, 10), costNano };
  });
}

describe('the forecast of a month', () => {
  it('is what is spent, and the mean of the full days for each day to come and the rest of today', () => {
    // 24 November: six days left; 100 a day, 40 of today's spent.
    const daily = until('2026-11-24', 0, 0, 100, 100, 100, 40);
    expect(forecastMonth(daily)).toEqual({ spentNano: 340, forecastNano: 340 + 60 + 6 * 100 });
  });

  it('takes its pace from the last seven full days, of the month before as well', () => {
    const daily = until('2026-11-01', 9_999, 70, 70, 70, 70, 70, 70, 70, 30);
    expect(forecastMonth(daily)).toEqual({ spentNano: 30, forecastNano: 70 * 30 });
  });

  it('counts no day before the first use, and no less for a dear today', () => {
    expect(forecastMonth(until('2026-02-27', 0, 0, 10, 50))).toEqual({ spentNano: 60, forecastNano: 70 });
  });

  it('is not ventured before a full day has passed', () => {
    expect(forecastMonth(until('2026-11-24', 0, 0, 50))).toEqual({ spentNano: 50, forecastNano: undefined });
    expect(forecastMonth([])).toEqual({ spentNano: 0, forecastNano: undefined });
  });

  it('needs the days since the first of the month, and seven before today at least', () => {
    expect(forecastFrom('2026-11-24')).toBe('2026-11-01');
    expect(forecastFrom('2026-11-03')).toBe('2026-10-27');
  });
});
