import { WINDOW_MS, type Window } from './brief.ts';

/** Below this, in %, a move is none, however many deviations it is. */
const FLOOR_PERCENT = 0.15;
/** Nor below so many steps of the price. */
const FLOOR_TICKS = 3;

/** One standard deviation over a window, of that of one minute (square root of time), in the same unit. */
export function deviationOver(window: Window, ofMinute: number): number {
  return ofMinute * Math.sqrt(WINDOW_MS[window] / WINDOW_MS['1m']);
}

/**
 * A change in % as multiples of `deviation`, that of its window in %; 0 where it is too small to be a move at all.
 * Undefined while one of the three is not known, or the deviation is 0.
 */
export function inDeviations(
  value: number | undefined,
  deviation: number | undefined,
  { last, tickSize }: { last: number | undefined; tickSize: number },
): number | undefined {
  if (value === undefined || last === undefined || deviation === undefined || !(deviation > 0)) {
    return undefined;
  }
  const floor = Math.max(FLOOR_PERCENT, ((FLOOR_TICKS * tickSize) / last) * 100);
  return Math.abs(value) < floor ? 0 : value / deviation;
}
