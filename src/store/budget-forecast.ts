import { addDays } from '../kit/local-time.ts';
import type { NanoUsd } from '../kit/money.ts';

/** How many of the last full days the pace is taken from. */
const PACE_DAYS = 7;

/**
 * What the month of the last day will have cost at its end: what is spent, and for each day to come (and for today, if
 * it has cost less so far) the mean of the last seven full days on which the AI was in use. `daily` ascends without
 * holes, ends today, and reaches back to the first of the month and over the days of the pace. Undefined: no full day yet.
 */
export function forecastMonth(daily: readonly { day: string; costNano: NanoUsd }[]): {
  spentNano: NanoUsd;
  forecastNano: NanoUsd | undefined;
} {
  const today = daily.at(-1);
  if (!today) return { spentNano: 0, forecastNano: undefined };
  const month = today.day.slice(0, 7);
  const spentNano = daily
    .filter((each) => each.day.startsWith(month))
    .reduce((sum, each) => sum + each.costNano, 0);
  const first = daily.findIndex((each) => each.costNano > 0);
  const full = first === -1 ? [] : daily.slice(first, -1).slice(-PACE_DAYS);
  if (full.length === 0) return { spentNano, forecastNano: undefined };
  const pace = full.reduce((sum, each) => sum + each.costNano, 0) / full.length;
  const daysLeft = daysInMonth(month) - Number(today.day.slice(8));
  const restOfToday = Math.max(0, pace - today.costNano);
  return { spentNano, forecastNano: Math.round(spentNano + restOfToday + pace * daysLeft) };
}

/** The first day that `forecastMonth` needs to know for a forecast made on a day, YYYY-MM-DD. */
export function forecastFrom(day: string): string {
  const pace = addDays(day, -PACE_DAYS);
  const first = `${day.slice(0, 7)}-01`;
  return pace < first ? pace : first;
}

function daysInMonth(month: string): number {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).getUTCDate();
}
