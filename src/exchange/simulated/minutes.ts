import { KLINE_INTERVALS } from '../streams.ts';

export const MINUTE_MS = 60_000;

/** One minute of a symbol's trades. Volumes in base and quote units; ids are those of raw trades. */
export interface Minute {
  openTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quoteVolume: number;
  trades: number;
  takerBuyVolume: number;
  takerBuyQuoteVolume: number;
  firstId: number;
  lastId: number;
}

/** A minute that nobody has traded in yet. */
export function emptyMinute(openTime: number, price: number): Minute {
  return {
    openTime,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    quoteVolume: 0,
    trades: 0,
    takerBuyVolume: 0,
    takerBuyQuoteVolume: 0,
    firstId: -1,
    lastId: -1,
  };
}

/** Several consecutive minutes as one candle that opens at `openTime`; undefined for none. */
export function mergeMinutes(openTime: number, minutes: readonly Minute[]): Minute | undefined {
  const [first] = minutes;
  if (!first) return undefined;
  const merged = { ...first, openTime };
  for (let i = 1; i < minutes.length; i++) {
    const minute = minutes[i];
    if (!minute) continue;
    merged.high = Math.max(merged.high, minute.high);
    merged.low = Math.min(merged.low, minute.low);
    merged.close = minute.close;
    merged.volume += minute.volume;
    merged.quoteVolume += minute.quoteVolume;
    merged.trades += minute.trades;
    merged.takerBuyVolume += minute.takerBuyVolume;
    merged.takerBuyQuoteVolume += minute.takerBuyQuoteVolume;
    if (merged.firstId < 0) merged.firstId = minute.firstId;
    if (minute.lastId >= 0) merged.lastId = minute.lastId;
  }
  return merged;
}

const UNIT_MS = { m: MINUTE_MS, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
// 1970-01-01 was a Thursday; the exchange's weeks begin on Monday.
const FIRST_MONDAY = 4 * UNIT_MS.d;

/** When the candle of `interval` that holds `time` opened; Unix ms, UTC. */
export function intervalStart(interval: string, time: number): number {
  if (interval === '1M') {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  const length = fixedLength(interval);
  const offset = interval === '1w' ? FIRST_MONDAY : 0;
  return Math.floor((time - offset) / length) * length + offset;
}

/** When the candle that opened at `start` ends (its last ms is one less). */
export function intervalEnd(interval: string, start: number): number {
  if (interval !== '1M') return start + fixedLength(interval);
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

function fixedLength(interval: string): number {
  const match = /^(\d+)([mhdw])$/.exec(interval);
  const unit = match?.[2];
  if (!KLINE_INTERVALS.has(interval) || (unit !== 'm' && unit !== 'h' && unit !== 'd' && unit !== 'w')) {
    throw new RangeError(`no such interval: ${interval}`);
  }
  return Number(match?.[1]) * UNIT_MS[unit];
}
