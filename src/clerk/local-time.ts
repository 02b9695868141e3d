import { localDay } from '../store/budget.ts';

const DAY_MS = 86_400_000;

/** Minutes since local midnight in a zone, 0…1439. */
export function minuteOfDay(time: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(time);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return value('hour') * 60 + value('minute');
}

/** The local day before the one of `time`, YYYY-MM-DD. */
export function dayBefore(time: number, timezone: string): string {
  const today = localDay(time, timezone);
  // Noon of the day before in UTC terms: calendar arithmetic on the date itself is free of DST.
  return new Date(Date.parse(`${today}T12:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}
