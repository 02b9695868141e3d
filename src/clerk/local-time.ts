import { addDays, localDay } from '../kit/local-time.ts';

/** The local day before the one of `time`, YYYY-MM-DD. */
export function dayBefore(time: number, timezone: string): string {
  return addDays(localDay(time, timezone), -1);
}
