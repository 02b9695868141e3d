const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The day of `time` in a zone, YYYY-MM-DD. */
export function localDay(time: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(time);
}

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

/** The day `count` days after (before, when negative) a day, both YYYY-MM-DD: calendar days have no zone and no summer time. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/**
 * When a zone's clocks show a minute of a day, Unix ms: the first time where they show it twice, and as long after the
 * leap where they leave it out.
 */
export function localMoment(day: string, minute: number, timezone: string): number {
  const wall = Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS;
  const before = wall - offsetAt(wall - DAY_MS, timezone);
  const after = wall - offsetAt(wall + DAY_MS, timezone);
  const shown = [before, after].filter((time) => time + offsetAt(time, timezone) === wall);
  return shown.length > 0 ? Math.min(...shown) : before;
}

/** The next time after `now` at which a zone's clocks show HH:MM, Unix ms. */
export function nextLocalTime(now: number, timeOfDay: string, timezone: string): number {
  const minute = minuteOf(timeOfDay);
  const today = localDay(now, timezone);
  const first = localMoment(today, minute, timezone);
  return first > now ? first : localMoment(addDays(today, 1), minute, timezone);
}

/** HH:MM as minutes since midnight. */
export function minuteOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number);
  return hours * 60 + minutes;
}

/** What a zone's clocks show less UTC, in whole minutes as ms. */
export function offsetAt(time: number, timezone: string): number {
  const shown = Date.parse(`${localDay(time, timezone)}T00:00:00Z`) + minuteOfDay(time, timezone) * MINUTE_MS;
  return shown - Math.floor(time / MINUTE_MS) * MINUTE_MS;
}
