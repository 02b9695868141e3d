import { WINDOW_MS, type Window } from '../../src/market/brief.ts';
import type { Candle, Trade } from '../../src/market/events.ts';

/** What a window must show, recomputed from all trades (ascending ids) that were ever taken in. */
export interface Expected {
  high: number;
  low: number;
  buy: number;
  sell: number;
  trades: number;
  start: number | undefined;
  /** Price at the end of each bucket, the one before the window first; undefined before the first trade. */
  ends: (number | undefined)[];
}

/** Width of the buckets that a window is measured in, ms. */
export function bucketOf(window: Window): number {
  return WINDOW_MS[window] <= 900_000 ? 1_000 : 60_000;
}

/** Unix ms at which the window ending at `time` begins. */
export function startOf(window: Window, time: number): number {
  const width = bucketOf(window);
  return (Math.floor(time / width) + 1) * width - WINDOW_MS[window];
}

export function expectWindow(trades: readonly Trade[], window: Window, time: number): Expected {
  const width = bucketOf(window);
  const from = startOf(window, time);
  const inside = trades.filter((trade) => trade.time >= from);
  const ends: (number | undefined)[] = [];
  for (let end = from; end <= from + WINDOW_MS[window]; end += width) ends.push(standing(trades, width, end));
  const start = ends[0];
  const prices = inside.map((trade) => trade.price);
  if (start !== undefined) prices.push(start);
  const newest = trades.at(-1);
  if (newest) prices.push(newest.price);
  const sum = (list: Trade[]) => list.reduce((total, trade) => total + trade.price * trade.quantity, 0);
  return {
    high: Math.max(...prices),
    low: Math.min(...prices),
    buy: sum(inside.filter((trade) => !trade.buyerIsMaker)),
    sell: sum(inside.filter((trade) => trade.buyerIsMaker)),
    trades: inside.length,
    start,
    ends,
  };
}

/** Price of the newest trade in the newest bucket that has one and ends by `end`. */
function standing(trades: readonly Trade[], width: number, end: number): number | undefined {
  let found: Trade | undefined;
  for (const trade of trades) {
    if (trade.time >= end) continue;
    if (!found || Math.floor(trade.time / width) >= Math.floor(found.time / width)) found = trade;
  }
  return found?.price;
}

/** The closed candles that an exchange would make of these trades; quiet minutes repeat the last close. */
export function candlesOf(trades: readonly Trade[], from: number, to: number): Candle[] {
  const candles: Candle[] = [];
  for (let openTime = from; openTime < to; openTime += 60_000) {
    const own = trades.filter((trade) => trade.time >= openTime && trade.time < openTime + 60_000);
    const before = standing(trades, 60_000, openTime) ?? own[0]?.price;
    if (before === undefined) continue;
    const prices = own.map((trade) => trade.price);
    const sum = (list: Trade[]) => list.reduce((total, trade) => total + trade.price * trade.quantity, 0);
    candles.push({
      openTime,
      open: prices[0] ?? before,
      high: Math.max(...(prices.length ? prices : [before])),
      low: Math.min(...(prices.length ? prices : [before])),
      close: prices.at(-1) ?? before,
      volume: own.reduce((total, trade) => total + trade.quantity, 0),
      quoteVolume: sum(own),
      trades: own.length,
      takerBuyQuoteVolume: sum(own.filter((trade) => !trade.buyerIsMaker)),
      closed: true,
    });
  }
  return candles;
}
