/** Prices in round steps. */
export interface PriceScale {
  low: number;
  high: number;
  /** Distance of the grid lines; a multiple of the tick size. */
  step: number;
  /** Where the grid lines are, ascending. */
  marks: readonly number[];
}

const ROUND = [1, 2, 2.5, 5, 10] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Steps of a time axis: those that divide the day, then whole days. */
const TIME_STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * DAY_MS),
];

/**
 * A scale that holds `low` to `high` with some air and about `most` grid lines at most; the lines are at round
 * multiples that prices in steps of `tickSize` can take. A market that stands still gets a scale of some ticks.
 */
export function priceScale(low: number, high: number, tickSize: number, most: number): PriceScale {
  const least = Math.max(4 * tickSize, high * 0.0002);
  const air = Math.max(high - low, least) * 0.06;
  const middle = (low + high) / 2;
  const half = Math.max(high - low, least) / 2 + air;
  const [bottom, top] = [Math.max(0, middle - half), middle + half];
  const step = roundStep((top - bottom) / most, tickSize);
  const marks: number[] = [];
  const [first, last] = [Math.ceil(bottom / step), Math.floor(top / step)];
  // Counted in whole steps: adding floats would drift off the round prices.
  for (let i = first; i <= last; i++) marks.push(Number((i * step).toPrecision(12)));
  return { low: bottom, high: top, step, marks };
}

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that is at least `least` and a whole number of ticks. */
function roundStep(least: number, tickSize: number): number {
  const begin = Math.floor(Math.log10(Math.max(least, tickSize)));
  for (let power = begin; ; power++) {
    for (const digit of ROUND) {
      const step = Number((digit * 10 ** power).toPrecision(12));
      const ticks = step / tickSize;
      if (step >= least && ticks > 0.999 && Math.abs(ticks - Math.round(ticks)) < 1e-6 * ticks) return step;
    }
    // A tick size that divides no round number (none is known): its own multiples, then.
    if (power > begin + 6) return Math.ceil(least / tickSize) * tickSize;
  }
}

/** A mark of a time axis. */
export interface TimeMark {
  time: number;
  /** Begins a day in the zone, and is written as a date. */
  isDay: boolean;
}

/**
 * Round moments of a zone's wall clock between two times (Unix ms), at most `most` of them. `offsetAt` is the zone's
 * distance from UTC at a moment, ms: it changes with summer time, and a mark stays on the round hour.
 */
export function timeMarks(
  from: number,
  to: number,
  most: number,
  offsetAt: (time: number) => number,
): TimeMark[] {
  const step = TIME_STEPS_MS.find((each) => (to - from) / each <= most) ?? 200 * DAY_MS;
  const marks: TimeMark[] = [];
  let wall = Math.ceil((from + offsetAt(from)) / step) * step;
  for (;;) {
    // The offset is asked where the mark is about to be: between two marks it may change.
    const guess = wall - offsetAt(wall - offsetAt(from));
    const time = wall - offsetAt(guess);
    if (time > to) return marks;
    // An hour that summer time skips falls on the next one.
    if (time >= from && time !== marks.at(-1)?.time) marks.push({ time, isDay: wall % DAY_MS === 0 });
    wall += step;
  }
}
