import { describe, expect, it } from 'vitest';
import { dayBefore } from '../../src/clerk/local-time.ts';

describe('the day a report is about', () => {
  it('is the one before in the zone, across months and clock changes', () => {
    expect(dayBefore(Date.parse('2026-11-22T15:30:00Z'), 'Asia/Seoul')).toBe('2026-11-22');
    expect(dayBefore(Date.parse('2028-03-01T12:00:00Z'), 'UTC')).toBe('2028-02-29');
    // New York: 25-hour day on 2026-11-01, 23-hour day on 2026-03-08.
    expect(dayBefore(Date.parse('2026-11-02T05:30:00Z'), 'America/New_York')).toBe('2026-11-01');
    expect(dayBefore(Date.parse('2026-03-09T04:10:00Z'), 'America/New_York')).toBe('2026-03-08');
  });
});
