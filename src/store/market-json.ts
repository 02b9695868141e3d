import { z } from 'zod';
import { type Brief, WINDOWS, type WindowBrief } from '../market/brief.ts';
import type { Universe } from '../market/events.ts';
import type { MarketOverview, OverviewRow } from '../market/overview.ts';
import type { FeedHealth } from './market.ts';

// What the feed wrote, perhaps by another version: fields added later are dropped, what this version needs must be there.
const number = z.number();
const maybe = number.optional();
const source = z.enum(['live', 'replay', 'simulated']);

const windowSchema = z
  .object({
    coverage: number,
    change: maybe,
    high: maybe,
    low: maybe,
    range: maybe,
    moveUp: maybe,
    moveDown: maybe,
    realisedVolatility: maybe,
    takerBuy: maybe,
    takerSell: maybe,
    trades: maybe,
    volumeRatio: maybe,
    openInterestChange: maybe,
    liquidated: maybe,
    gap: z.boolean(),
  })
  .transform(
    (window): WindowBrief => ({
      ...window,
      change: window.change,
      high: window.high,
      low: window.low,
      range: window.range,
      moveUp: window.moveUp,
      moveDown: window.moveDown,
      realisedVolatility: window.realisedVolatility,
      takerBuy: window.takerBuy,
      takerSell: window.takerSell,
      trades: window.trades,
    }),
  );

const daySchema = z.object({ open: number, high: number, low: number, change: number, quoteVolume: number });

const openInterestSchema = z
  .object({ value: number, notional: maybe, time: number, change1h: maybe })
  .transform((row) => ({ ...row, notional: row.notional, change1h: row.change1h }));

const timesSchema = z
  .object({ trade: maybe, mark: maybe, book: maybe, day: maybe })
  .transform((times) => ({ trade: times.trade, mark: times.mark, book: times.book, day: times.day }));

/** A brief as it is kept. */
export const briefSchema = z
  .object({
    v: z.literal(1),
    symbol: z.string(),
    source,
    tickSize: number,
    time: number,
    writtenAt: number,
    epoch: number,
    last: maybe,
    mark: maybe,
    index: maybe,
    fundingRate: maybe,
    nextFundingTime: maybe,
    bid: maybe,
    ask: maybe,
    bidDepth: maybe,
    askDepth: maybe,
    day: daySchema.optional(),
    openInterest: openInterestSchema.optional(),
    sentiment: number.optional(),
    longShort: z.object({ ratio: number, time: number }).optional(),
    windows: z.record(z.enum(WINDOWS), windowSchema),
    deviation: number.optional(),
    tickStd20: number,
    buySell50: number,
    tradesSeen: number,
    candles: number,
    rejected: number,
    times: timesSchema,
  })
  .transform(
    (brief): Brief => ({
      ...brief,
      last: brief.last,
      mark: brief.mark,
      index: brief.index,
      fundingRate: brief.fundingRate,
      nextFundingTime: brief.nextFundingTime,
      bid: brief.bid,
      ask: brief.ask,
      bidDepth: brief.bidDepth,
      askDepth: brief.askDepth,
      day: brief.day,
      openInterest: brief.openInterest,
    }),
  );

/** The universe as it is kept. */
export const universeSchema = z.object({
  source,
  fetchedAt: number,
  instruments: z.array(
    z.object({ symbol: z.string(), base: z.string(), tickSize: number, status: z.string() }),
  ),
}) satisfies z.ZodType<Universe>;

const overviewRow = z
  .object({
    symbol: z.string(),
    last: number,
    change5m: maybe,
    change1h: maybe,
    change24h: number,
    range24h: number,
    quoteVolume: number,
    fundingRate: maybe,
  })
  .transform(
    (row): OverviewRow => ({
      ...row,
      change5m: row.change5m,
      change1h: row.change1h,
      fundingRate: row.fundingRate,
    }),
  );

/** The overview of the whole market as it is kept. */
export const overviewSchema = z.object({
  v: z.literal(1),
  source,
  time: number,
  writtenAt: number,
  rows: z.array(overviewRow),
}) satisfies z.ZodType<MarketOverview>;

const routeSchema = z
  .object({
    route: z.enum(['market', 'public']),
    state: z.enum(['connecting', 'live', 'silent', 'down']),
    lastDataAt: maybe,
    streams: number,
    silent: z.array(z.string()),
  })
  .transform((route) => ({ ...route, lastDataAt: route.lastDataAt }));

/** The feed's word of itself as it is kept. */
export const healthSchema = z
  .object({
    v: z.literal(1),
    source,
    processId: z.string(),
    at: number,
    startedAt: number,
    routes: z.array(routeSchema),
    lagMs: maybe,
    messages: number,
    messagesPerSecond: number,
    symbols: z.array(z.string()),
    warming: z.array(z.string()),
    rejected: number,
    gaps: number,
    rules: number,
    alerts: number,
    backlog: number.default(0),
    blindSince: maybe,
    refused: z.string().optional(),
  })
  .transform(
    (health): FeedHealth => ({
      ...health,
      lagMs: health.lagMs,
      blindSince: health.blindSince,
      refused: health.refused,
    }),
  );
