import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceScale, timeMarks } from '../../src/charts/scale.ts';

const HOUR_MS = 3_600_000;

describe('a price axis', () => {
  it('has round steps that the market can trade at, within its range, and a handful of them', () => {
    const ticks = fc.constantFrom(0.0000001, 0.00001, 0.001, 0.01, 0.1, 0.25, 0.5, 1, 10);
    fc.assert(
      fc.property(
        ticks,
        fc.integer({ min: 40, max: 1_000_000 }),
        fc.double({ min: 0, max: 0.5 }),
        (tick, n, width) => {
          const low = n * tick;
          const high = low * (1 + (Number.isNaN(width) ? 0 : width));
          const scale = priceScale(low, high, tick, 6);
          expect(scale.low).toBeLessThanOrEqual(low);
          expect(scale.high).toBeGreaterThanOrEqual(high);
          expect(scale.marks.length).toBeLessThanOrEqual(7);
          expect(scale.marks.length).toBeGreaterThanOrEqual(1);
          for (const mark of scale.marks) {
            expect(Math.abs(mark / scale.step - Math.round(mark / scale.step))).toBeLessThan(1e-6);
            expect(mark).toBeGreaterThanOrEqual(scale.low * (1 - 1e-9));
            expect(mark).toBeLessThanOrEqual(scale.high * (1 + 1e-9));
          }
          const inTicks = scale.step / tick;
          expect(Math.abs(inTicks - Math.round(inTicks))).toBeLessThan(1e-5 * inTicks);
        },
      ),
    );
  });

  it('of a market that stands still is not empty', () => {
    const { low, high, marks } = priceScale(65_000, 65_000, 0.1, 6);
    expect(high).toBeGreaterThan(low);
    expect(marks).toContain(65_000);
  });

  it('takes steps that people count in', () => {
    expect(priceScale(64_200, 66_700, 0.1, 6).step).toBe(500);
    expect(priceScale(0.1981, 0.2042, 0.00001, 6).step).toBe(0.002);
    expect(priceScale(100, 130, 0.25, 6).marks).toEqual([100, 110, 120, 130]);
  });
});

describe('a time axis', () => {
  const utc = () => 0;
  const seoul = () => 9 * HOUR_MS;
  const at = (text: string) => Date.parse(text);
  const texts = (marks: { time: number }[]) =>
    marks.map(({ time }) => new Date(time).toISOString().slice(5, 16));

  it('has marks at round moments of the zone, and tells its midnights', () => {
    const marks = timeMarks(at('2026-11-23T07:00:00Z'), at('2026-11-24T13:00:00Z'), 7, seoul);
    expect(texts(marks)).toEqual(['11-23T09:00', '11-23T15:00', '11-23T21:00', '11-24T03:00', '11-24T09:00']);
    expect(marks.map(({ isDay }) => isDay)).toEqual([false, true, false, false, false]);
  });

  it('counts in days where the range is long', () => {
    const marks = timeMarks(at('2026-11-01T00:00:00Z'), at('2026-11-20T00:00:00Z'), 7, utc);
    expect(marks.every(({ isDay }) => isDay)).toBe(true);
    expect(marks.length).toBeLessThanOrEqual(8);
  });

  it('stays on the round hour over a change of summer time, without a mark twice', () => {
    // Berlin leaves summer time at 2026-10-25T01:00Z (UTC+2 → +1) and enters it at 2027-03-28T01:00Z.
    const berlin = (time: number) =>
      (time >= at('2026-10-25T01:00:00Z') && time < at('2027-03-28T01:00:00Z') ? 1 : 2) * HOUR_MS;
    const wall = (time: number) => new Date(time + berlin(time)).toISOString().slice(11, 16);
    const autumn = timeMarks(at('2026-10-24T16:00:00Z'), at('2026-10-25T10:00:00Z'), 7, berlin);
    expect(autumn.map(({ time }) => wall(time))).toEqual([
      '18:00',
      '21:00',
      '00:00',
      '03:00',
      '06:00',
      '09:00',
    ]);
    const spring = timeMarks(at('2027-03-27T23:00:00Z'), at('2027-03-28T04:00:00Z'), 7, berlin);
    expect(spring.map(({ time }) => wall(time))).toEqual([
      '00:00',
      '01:00',
      '03:00',
      '04:00',
      '05:00',
      '06:00',
    ]);
  });

  it('never has more marks than asked for, and all in range and order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.integer({ min: 60_000, max: 200 * 24 * HOUR_MS }),
        fc.integer({ min: -12, max: 14 }),
        (from, span, hours) => {
          const marks = timeMarks(from, from + span, 7, () => hours * HOUR_MS).map(({ time }) => time);
          expect(marks.length).toBeLessThanOrEqual(8);
          expect(marks.every((time) => time >= from && time <= from + span)).toBe(true);
          expect(marks).toEqual([...new Set(marks)].toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
