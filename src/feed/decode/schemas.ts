import { z } from 'zod';
import type { Book, Candle, DayTicker, Liquidation, MarkPrice, Trade } from '../../market/events.ts';

// Frames and REST bodies carry decimals as strings; a plain number is taken too. Further fields are ignored everywhere.
const decimal = z
  .union([z.string().min(1), z.number()])
  .transform(Number)
  .pipe(z.number());
const positive = decimal.pipe(z.number().positive());
const notNegative = decimal.pipe(z.number().nonnegative());
const time = z.number().int().nonnegative();
const symbol = z.string().min(1).max(64);
/** 1 = USD-M, 2 = COIN-M; absent before 2026-06. */
const marketType = z.number().optional();

/** A field that may be empty, or hold something that is no number: then there is none. */
const maybe = decimal.optional().catch(undefined);

export const numbers = { decimal, positive, notNegative, time, symbol };

export const aggTradeSchema = z
  .object({
    e: z.literal('aggTrade'),
    E: time,
    a: time,
    s: symbol,
    p: positive,
    q: positive,
    T: time,
    m: z.boolean(),
    st: marketType,
  })
  .transform(({ st, ...row }): { st: number | undefined; trade: Trade } => ({
    st,
    trade: {
      symbol: row.s,
      id: row.a,
      price: row.p,
      quantity: row.q,
      time: row.T,
      eventTime: row.E,
      buyerIsMaker: row.m,
    },
  }));

/** Dated futures have an empty rate and no next funding. */
export const markPriceSchema = z
  .object({
    e: z.literal('markPriceUpdate'),
    E: time,
    s: symbol,
    p: positive,
    i: maybe,
    r: maybe,
    T: time.optional(),
    st: marketType,
  })
  .transform(({ st, ...row }): { st: number | undefined; mark: MarkPrice } => ({
    st,
    mark: {
      symbol: row.s,
      mark: row.p,
      index: row.i !== undefined && row.i > 0 ? row.i : undefined,
      fundingRate: row.r,
      nextFundingTime: row.T ? row.T : undefined,
      eventTime: row.E,
    },
  }));

export const klineSchema = z
  .object({
    e: z.literal('kline'),
    E: time,
    s: symbol,
    st: marketType,
    k: z.object({
      t: time,
      i: z.string(),
      o: positive,
      c: positive,
      h: positive,
      l: positive,
      v: notNegative,
      n: time,
      x: z.boolean(),
      q: notNegative,
      Q: notNegative,
    }),
  })
  .transform(({ st, E, s, k }) => ({
    st,
    symbol: s,
    eventTime: E,
    interval: k.i,
    candle: {
      openTime: k.t,
      open: k.o,
      high: k.h,
      low: k.l,
      close: k.c,
      volume: k.v,
      quoteVolume: k.q,
      trades: k.n,
      takerBuyQuoteVolume: k.Q,
      closed: k.x,
    } satisfies Candle,
  }));

const level = z.tuple([positive, notNegative]).rest(z.unknown());
const levels = z
  .array(level)
  .transform((rows) => rows.map(([price, quantity]) => [price, quantity] as const));

export const depthSchema = z
  .object({ e: z.literal('depthUpdate'), E: time, s: symbol, b: levels, a: levels, st: marketType })
  .transform(({ st, ...row }): { st: number | undefined; book: Book } => ({
    st,
    book: { symbol: row.s, bids: row.b, asks: row.a, eventTime: row.E },
  }));

/** A forced SELL closes a long. `st` stands inside `o` on the wire, beside it in the documentation. */
export const forceOrderSchema = z
  .object({
    e: z.literal('forceOrder'),
    E: time,
    st: marketType,
    o: z.object({
      s: symbol,
      S: z.enum(['BUY', 'SELL']),
      ap: notNegative,
      z: notNegative,
      T: time,
      st: marketType,
    }),
  })
  .transform(({ st, o }): { st: number | undefined; liquidation: Liquidation } => ({
    st: o.st ?? st,
    liquidation: {
      symbol: o.s,
      closed: o.S === 'SELL' ? 'long' : 'short',
      notional: o.ap * o.z,
      time: o.T,
    },
  }));

export const miniTickerSchema = z
  .object({
    e: z.literal('24hrMiniTicker'),
    E: time,
    s: symbol,
    c: positive,
    o: positive,
    h: positive,
    l: positive,
    q: notNegative,
    st: marketType,
  })
  .transform(({ st, ...row }): { st: number | undefined; ticker: DayTicker } => ({
    st,
    ticker: {
      symbol: row.s,
      last: row.c,
      open: row.o,
      high: row.h,
      low: row.l,
      quoteVolume: row.q,
      eventTime: row.E,
    },
  }));

export const contractInfoSchema = z.object({
  e: z.literal('contractInfo'),
  s: symbol,
  cs: z.string(),
  st: marketType,
});
