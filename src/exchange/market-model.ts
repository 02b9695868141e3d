import type { MarketSource } from '../market/events.ts';

/** A row of `/fapi/v1/klines`, as sent: open time, O, H, L, C, volume, close time, quote volume, trades, taker buys. */
export type KlineRow = readonly (number | string)[];

export interface KlineQuery {
  symbol: string;
  interval: string;
  /** Unix ms, inclusive, compared with the open time. */
  startTime: number | undefined;
  endTime: number | undefined;
  limit: number;
}

export interface AggTradeQuery {
  symbol: string;
  fromId: number | undefined;
  startTime: number | undefined;
  endTime: number | undefined;
  limit: number;
}

/** What is asked of the past of open interest. */
export interface InterestQuery {
  symbol: string;
  /** Width of a row, ms. */
  periodMs: number;
  startTime: number | undefined;
  endTime: number | undefined;
  limit: number;
}

/** A symbol's row of `/fapi/v1/exchangeInfo`; further fields pass as they are. */
export interface Listing {
  readonly symbol: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** A JSON object of a REST answer, in the exchange's own form. */
export type Row = Readonly<Record<string, unknown>>;

/** Where a market's frames go. */
export interface FrameSink {
  /** Sends `data` (JSON text) to every socket that asked for `stream` on its right route; how many there were. */
  push(stream: string, data: string): number;
  /** True while some socket takes frames slower than they come. */
  readonly congested: boolean;
  /** Resolves as soon as no socket lags behind. */
  drained(): Promise<void>;
}

/** The market behind the loopback exchange: simulated, or played from a tape. Answers are in the exchange's own form. */
export interface MarketModel {
  readonly source: Exclude<MarketSource, 'live'>;
  /** The market's clock, Unix ms. */
  now(): number;
  /** Gives the market its way out; called once, before anything is watched. */
  open(sink: FrameSink): void;
  /** The first socket asked for this stream; names that nobody serves come too and stay silent. */
  watch(stream: string): void;
  /** The last socket left this stream. */
  unwatch(stream: string): void;
  /** Stops everything that runs. */
  close(): void;

  listings(): readonly Listing[];
  /** Whether REST knows the symbol; the klines family knows COIN-M symbols too. */
  knows(symbol: string): boolean;
  klines(query: KlineQuery): readonly KlineRow[];
  aggTrades(query: AggTradeQuery): readonly Row[];
  /** The following are undefined for a symbol that has no such figure (settling, or not on the tape). */
  premiumIndex(symbol: string): Row | undefined;
  openInterest(symbol: string): Row | undefined;
  /** Ascending, the newest `limit` of them. */
  openInterestHist(query: InterestQuery): readonly Row[];
  /** The newest row of `/futures/data/globalLongShortAccountRatio`. */
  longShort(symbol: string): Row | undefined;
  dayTicker(symbol: string): Row | undefined;
  depth(symbol: string, limit: number): Row | undefined;
  fundingInfo(): readonly Row[];
}
