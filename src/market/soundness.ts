import type { Candle } from './events.ts';

/** Beyond the year 2096 a time is nonsense; below it, seconds stay small integers. */
const MAX_TIME = 4e12;

/** Is it a moment that could be, Unix ms? */
export function isTime(time: number): boolean {
  return time > 0 && time < MAX_TIME;
}

/** Can these be the figures of a minute? */
export function isSound(candle: Candle): boolean {
  const { openTime, open, high, low, close, quoteVolume, takerBuyQuoteVolume } = candle;
  return (
    isTime(openTime) &&
    low > 0 &&
    high < Infinity &&
    open >= low &&
    open <= high &&
    close >= low &&
    close <= high &&
    quoteVolume >= 0 &&
    quoteVolume < Infinity &&
    takerBuyQuoteVolume >= 0
  );
}
