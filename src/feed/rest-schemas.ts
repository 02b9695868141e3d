import { z } from 'zod';
import type { Candle } from '../market/events.ts';
import { numbers } from './decode/schemas.ts';

const { decimal, positive, notNegative, time, symbol } = numbers;

export const errorBody = z.object({ code: z.number(), msg: z.string() });

export const serverTime = z.object({ serverTime: time });

const filter = z.object({ filterType: z.string(), tickSize: positive.optional().catch(undefined) });

/** A row of exchangeInfo. `underlyingType` is absent before 2021. */
export const listing = z.object({
  symbol,
  contractType: z.string().default(''),
  status: z.string(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  underlyingType: z.string().optional(),
  onboardDate: z.number().optional().catch(undefined),
  pricePrecision: z.number().int().min(0).max(20).default(8),
  filters: z.array(filter.catch({ filterType: '', tickSize: undefined })).default([]),
});
export type Listing = z.infer<typeof listing>;

export const exchangeInfo = z.object({ symbols: z.array(z.unknown()) });

/** `[openTime, o, h, l, c, volume, closeTime, quoteVolume, trades, takerBuyBase, takerBuyQuote, …]`. */
const klineRow = z
  .tuple([
    time,
    positive,
    positive,
    positive,
    positive,
    notNegative,
    time,
    notNegative,
    time,
    notNegative,
    notNegative,
  ])
  .rest(z.unknown());

/** Ascending candles with the close time of each; `closed` is for the caller to say, who knows the market's time. */
export const klines = z.array(klineRow).transform((rows) =>
  rows.map((row): { candle: Omit<Candle, 'closed'>; closeTime: number } => ({
    closeTime: row[6],
    candle: {
      openTime: row[0],
      open: row[1],
      high: row[2],
      low: row[3],
      close: row[4],
      volume: row[5],
      quoteVolume: row[7],
      trades: row[8],
      takerBuyQuoteVolume: row[10],
    },
  })),
);

export const openInterest = z.object({ symbol, openInterest: notNegative, time });

/** Open interest every five minutes, ascending. */
export const openInterestHist = z.array(
  z
    .object({ symbol, sumOpenInterest: notNegative, timestamp: time })
    .transform((row) => ({ symbol: row.symbol, openInterest: row.sumOpenInterest, time: row.timestamp })),
);

export const longShort = z.array(
  z
    .object({ longShortRatio: positive, timestamp: time })
    .transform((row) => ({ ratio: row.longShortRatio, time: row.timestamp })),
);

export const premiumIndex = z
  .object({
    symbol,
    markPrice: positive,
    indexPrice: decimal.optional().catch(undefined),
    lastFundingRate: decimal.optional().catch(undefined),
    nextFundingTime: time.optional(),
    time,
  })
  .transform((row) => ({
    symbol: row.symbol,
    mark: row.markPrice,
    index: row.indexPrice !== undefined && row.indexPrice > 0 ? row.indexPrice : undefined,
    fundingRate: row.lastFundingRate,
    nextFundingTime: row.nextFundingTime ? row.nextFundingTime : undefined,
    eventTime: row.time,
  }));

export const aggTrades = z.array(
  z
    .object({ a: time, p: positive, q: positive, T: time, m: z.boolean() })
    .transform((row) => ({ id: row.a, price: row.p, quantity: row.q, time: row.T, buyerIsMaker: row.m })),
);
