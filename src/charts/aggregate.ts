import type { Candle } from '../market/events.ts';

/** A candle of any length, as it is drawn. Prices in the quote coin, `volume` in quote units (USDT). */
export interface ChartCandle {
  openTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/**
 * Joins 1-minute candles (ascending) into candles of `intervalMs`, which begin at multiples of it since 1970, UTC, as
 * the exchange's own do. Minutes that are missing leave their candle smaller, and intervals without any are left out.
 * The first candle is left out if history begins in its middle, unless it is the only one: its open would be a lie.
 */
export function aggregateCandles(minutes: readonly Candle[], intervalMs: number): ChartCandle[] {
  const joined: ChartCandle[] = [];
  for (const minute of minutes) {
    const openTime = Math.floor(minute.openTime / intervalMs) * intervalMs;
    const last = joined.at(-1);
    if (last && last.openTime === openTime) {
      last.high = Math.max(last.high, minute.high);
      last.low = Math.min(last.low, minute.low);
      last.close = minute.close;
      last.volume += minute.quoteVolume;
    } else {
      const { open, high, low, close, quoteVolume } = minute;
      joined.push({ openTime, open, high, low, close, volume: quoteVolume });
    }
  }
  const [first] = joined;
  const isWhole = first !== undefined && first.openTime === minutes[0]?.openTime;
  return isWhole || joined.length < 2 ? joined : joined.slice(1);
}
