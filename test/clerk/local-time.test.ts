import { describe, expect, it } from 'vitest';
import { dayBefore, minuteOfDay } from '../../src/clerk/local-time.ts';
import { localDay } from '../../src/store/budget.ts';

describe('local days', () => {
  it('changes the day with the zone, not with UTC', () => {
    const time = Date.parse('2026-11-22T15:30:00Z');
    expect(localDay(time, 'UTC')).toBe('2026-11-22');
    expect(localDay(time, 'Asia/Seoul')).toBe('2026-11-23');
    expect(dayBefore(time, 'Asia/Seoul')).toBe('2026-11-22');
    expect(minuteOfDay(time, 'Asia/Seoul')).toBe(30);
  });

  it('finds the day before across months and clock changes', () => {
    expect(dayBefore(Date.parse('2028-03-01T12:00:00Z'), 'UTC')).toBe('2028-02-29');
    // New York: 25-hour day on 2026-11-01, 23-hour day on 2026-03-08.
    expect(dayBefore(Date.parse('2026-11-02T05:30:00Z'), 'America/New_York')).toBe('2026-11-01');
    expect(dayBefore(Date.parse('2026-03-09T04:10:00Z'), 'America/New_York')).toBe('2026-03-08');
  });
});
