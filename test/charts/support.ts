import type { ChartCandle } from '../../src/charts/aggregate.ts';
import type { ChartRequest } from '../../src/charts/request.ts';
import type { Candle } from '../../src/market/events.ts';
import { CHART_INTERVAL_MS, type ChartPicture } from '../../src/notice/picture.ts';

export const NOON = Date.parse('2026-11-24T12:00:00Z');

/** A picture of BTCUSDT in English, changed as a test needs it. */
export function makePicture(change: Partial<ChartPicture> = {}): ChartPicture {
  return {
    type: 'chart',
    symbol: 'BTCUSDT',
    interval: '15m',
    tickSize: 0.1,
    source: 'live',
    language: 'en-US',
    timezone: 'UTC',
    words: { title: 'BTCUSDT · 15 min', volume: 'Volume, USDT', zone: 'UTC', source: 'SIMULATED' },
    alt: 'BTCUSDT, candles of 15 min',
    ...change,
  };
}

/** A walk of `count` candles around `price` that ends at noon; the same for the same arguments. */
export function makeCandles(count: number, intervalMs: number, price = 65_000): ChartCandle[] {
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const first = Math.floor(NOON / intervalMs) * intervalMs - (count - 1) * intervalMs;
  let last = price;
  return Array.from({ length: count }, (_, i) => {
    const open = last;
    const close = open * (1 + (random() - 0.5) * 0.006);
    last = close;
    const high = Math.max(open, close) * (1 + random() * 0.002);
    const low = Math.min(open, close) * (1 - random() * 0.002);
    return { openTime: first + i * intervalMs, open, high, low, close, volume: random() ** 2 * 4e7 };
  });
}

/** A whole request for the picture, with 120 candles unless told otherwise. */
export function makeRequest(picture: Partial<ChartPicture> = {}, count = 120, price = 65_000): ChartRequest {
  const whole = makePicture(picture);
  const candles = makeCandles(count, CHART_INTERVAL_MS[whole.interval], price);
  return { picture: whole, candles, last: candles.at(-1)?.close ?? price };
}

/** 1-minute candles of the market as the feed stores them, up to noon. */
export function makeMinutes(count: number, price = 65_000): Candle[] {
  return makeCandles(count, 60_000, price).map(({ volume, ...candle }) => ({
    ...candle,
    volume: volume / candle.close,
    quoteVolume: volume,
    trades: 10,
    takerBuyQuoteVolume: volume / 2,
    closed: true,
  }));
}
