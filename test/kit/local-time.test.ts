import { describe, expect, it } from 'vitest';
import { addDays, localDay, localMoment, minuteOfDay, nextLocalTime } from '../../src/kit/local-time.ts';

const iso = (time: number) => new Date(time).toISOString();

describe('local days and times', () => {
  it('changes the day with the zone, not with UTC', () => {
    const time = Date.parse('2026-11-22T15:30:00Z');
    expect(localDay(time, 'UTC')).toBe('2026-11-22');
    expect(localDay(time, 'Asia/Seoul')).toBe('2026-11-23');
    expect(minuteOfDay(time, 'Asia/Seoul')).toBe(30);
  });

  it('counts calendar days over months and leap years', () => {
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });

  it('finds when a zone shows a time, also on the two odd days of the year', () => {
    const at = (day: string, minute: number, zone: string) => iso(localMoment(day, minute, zone));
    expect(at('2026-11-24', 8 * 60, 'Asia/Seoul')).toBe('2026-11-23T23:00:00.000Z');
    expect(at('2026-07-01', 8 * 60, 'Asia/Kolkata')).toBe('2026-07-01T02:30:00.000Z');
    // New York springs from 02:00 to 03:00 on 2026-03-08, and falls from 02:00 to 01:00 on 2026-11-01.
    expect(at('2026-03-08', 8 * 60, 'America/New_York')).toBe('2026-03-08T12:00:00.000Z');
    expect(at('2026-03-08', 150, 'America/New_York')).toBe('2026-03-08T07:30:00.000Z');
    expect(at('2026-11-01', 90, 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
    expect(at('2026-11-01', 8 * 60, 'America/New_York')).toBe('2026-11-01T13:00:00.000Z');
  });

  it('finds the next morning: today’s, or tomorrow’s over a change of clocks', () => {
    const zone = 'America/New_York';
    expect(iso(nextLocalTime(Date.parse('2026-03-07T12:00:00Z'), '08:00', zone))).toBe(
      '2026-03-07T13:00:00.000Z',
    );
    expect(iso(nextLocalTime(Date.parse('2026-03-07T13:00:00Z'), '08:00', zone))).toBe(
      '2026-03-08T12:00:00.000Z',
    );
  });
});
