import type { Brief } from '../market/brief.ts';
import { formatPercent, formatPrice } from '../market/format.ts';

/** A figure of the table: its words, and which way it points. */
export interface Cell {
  text: string;
  sign: -1 | 0 | 1;
}

/** A symbol's line in the table of live symbols; null: not known (yet). */
export interface Row {
  symbol: string;
  last: string | null;
  change5m: Cell | null;
  change24h: Cell | null;
  volatility5m: string | null;
  funding: Cell | null;
  /** Seconds since the brief was written; null: there is none. */
  age: number | null;
  stale: boolean;
}

/** A brief older than this is not of now, ms. */
export const STALE_MS = 5_000;

/** A symbol's line, in words of the reader's language; `blind`: no market data arrives at all. */
export function rowOf(
  symbol: string,
  brief: Brief | undefined,
  now: number,
  blind: boolean,
  locale: string,
): Row {
  const age = brief ? Math.max(0, now - brief.writtenAt) : null;
  const change = (value: number | undefined, digits: number): Cell | null =>
    value === undefined
      ? null
      : { text: formatPercent(value, locale, { signed: true, digits }), sign: signOf(value) };
  const five = brief?.windows['5m'];
  const funding = brief?.fundingRate;
  return {
    symbol,
    last: brief?.last === undefined ? null : formatPrice(brief.last, brief.tickSize, locale),
    change5m: change(five?.change, 2),
    change24h: change(brief?.day?.change ?? brief?.windows['24h'].change, 2),
    volatility5m: five?.range === undefined ? null : formatPercent(five.range, locale),
    funding: change(funding === undefined ? undefined : funding * 100, 4),
    age: age === null ? null : Math.round(age / 1_000),
    stale: blind || age === null || age > STALE_MS,
  };
}

function signOf(value: number): -1 | 0 | 1 {
  if (value === 0) return 0;
  return value > 0 ? 1 : -1;
}
