import { addDays, localDay, minuteOf, minuteOfDay } from '../kit/local-time.ts';

/** What comes more than this after its time of day says that it is late. */
const LATE_MINUTES = 10;
const DAY_MINUTES = 1_440;

/** The local day before the one of `time`, YYYY-MM-DD. */
export function dayBefore(time: number, timezone: string): string {
  return addDays(localDay(time, timezone), -1);
}

/** Is `now` well after a time of day (HH:MM) at which something was to be told? */
export function isLate(at: string | undefined, now: number, timezone: string): boolean {
  if (at === undefined) return false;
  return (minuteOfDay(now, timezone) - minuteOf(at) + DAY_MINUTES) % DAY_MINUTES > LATE_MINUTES;
}
