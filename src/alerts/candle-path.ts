import type { Candle } from '../market/events.ts';

/** Points that each candle is read as. */
export const POINTS_PER_CANDLE = 4;
const MINUTE_MS = 60_000;
/** When each point of a candle is taken to have been, ms from its opening. */
const OFFSETS = [0, 20_000, 40_000, MINUTE_MS - 1] as const;

/** Which extreme of a candle came first: the one nearer to its open, or the farther one. */
export type ExtremeOrder = 'nearer-first' | 'farther-first';

/** Prices in the order of time, four for each 1-minute candle; and what was traded. */
export interface PricePath {
  readonly length: number;
  /** Unix ms, ascending. */
  readonly times: Float64Array;
  readonly prices: Float64Array;
  /** All that was traded up to each point, and of it by takers who bought, quote units: evenly within each minute. */
  readonly traded: Float64Array;
  readonly bought: Float64Array;
  /** Time that candles are missing for between the first point and each one, ms. */
  readonly missing: Float64Array;
  /** End of the last candle, Unix ms; 0 where there is none. */
  readonly end: number;
}

/**
 * Closed 1-minute candles (ascending; others, repeated and unsound ones are passed over) as a path of prices: open,
 * nearer extreme, farther extreme, close. A price that reached both extremes and went the shorter way first has moved
 * least, so of the two readings that a candle allows this is the likelier one. What a candle cannot know: when within the
 * minute its extremes were, whether the farther one came first after all, and how often the price went to and fro.
 */
export function pathOf(candles: readonly Candle[], order: ExtremeOrder = 'nearer-first'): PricePath {
  const times = new Float64Array(candles.length * POINTS_PER_CANDLE);
  const prices = new Float64Array(candles.length * POINTS_PER_CANDLE);
  const traded = new Float64Array(candles.length * POINTS_PER_CANDLE);
  const bought = new Float64Array(candles.length * POINTS_PER_CANDLE);
  const missing = new Float64Array(candles.length * POINTS_PER_CANDLE);
  let tradedBefore = 0;
  let boughtBefore = 0;
  let length = 0;
  let end = 0;
  let missed = 0;
  for (const candle of candles) {
    if (!candle.closed || candle.openTime < end || !isSound(candle)) continue;
    const { openTime, open, high, low, close } = candle;
    if (end > 0) missed += openTime - end;
    const lowNearer = open - low < high - open || (open - low === high - open && close >= open);
    // Where the open is an extreme itself, there is no other order.
    const lowFirst = lowNearer === (order === 'nearer-first' || open === low || open === high);
    prices[length] = open;
    prices[length + 1] = lowFirst ? low : high;
    prices[length + 2] = lowFirst ? high : low;
    prices[length + 3] = close;
    for (const offset of OFFSETS) {
      const share = offset / (MINUTE_MS - 1);
      times[length] = openTime + offset;
      traded[length] = tradedBefore + share * candle.quoteVolume;
      bought[length] = boughtBefore + share * candle.takerBuyQuoteVolume;
      missing[length] = missed;
      length += 1;
    }
    tradedBefore += candle.quoteVolume;
    boughtBefore += candle.takerBuyQuoteVolume;
    end = openTime + MINUTE_MS;
  }
  return { length, times, prices, traded, bought, missing, end };
}

/** Index of the candle's first point that a point belongs to. */
export function candleStart(point: number): number {
  return point - (point % POINTS_PER_CANDLE);
}

function isSound({ openTime, open, high, low, close }: Candle): boolean {
  const inside = open >= low && open <= high && close >= low && close <= high;
  return openTime > 0 && low > 0 && high < Number.POSITIVE_INFINITY && inside;
}
