import type { MarketSource } from './events.ts';

/** The windows every metric is kept for; no others exist. */
export const WINDOWS = ['1m', '5m', '15m', '1h', '4h', '24h'] as const;
export type Window = (typeof WINDOWS)[number];

export const WINDOW_MS: Readonly<Record<Window, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '24h': 86_400_000,
};

/** One rolling window of a symbol. Figures are undefined where nothing was measured. */
export interface WindowBrief {
  /** Share of the window that data covers, 0…1; below 1 the window is still warming. */
  coverage: number;
  /** Last price against the price at the window's start, in %. */
  change: number | undefined;
  high: number | undefined;
  low: number | undefined;
  /** (high − low) / low in %: the metric `volatility`. */
  range: number | undefined;
  /** Last against the window's low, in % ≥ 0: the metric `move`, upwards. */
  moveUp: number | undefined;
  /** Last against the window's high, in % ≤ 0: the metric `move`, downwards. */
  moveDown: number | undefined;
  /** Annualised realised volatility in %: sqrt(Σ r²) × sqrt(year ÷ window), r = log returns on a time grid. */
  realisedVolatility: number | undefined;
  /** Taker buy and sell notional in USDT. */
  takerBuy: number | undefined;
  takerSell: number | undefined;
  /** Aggregate trades where seen live, single fills where candles fill in. */
  trades: number | undefined;
  /** Notional of the window ÷ the usual notional of such a window. */
  volumeRatio?: number | undefined;
  /** Change of open interest in %. */
  openInterestChange?: number | undefined;
  /** Liquidated notional seen, USDT: a lower bound. */
  liquidated?: number | undefined;
  /** A hole in the data lies within the window. */
  gap: boolean;
}

/** What is known of a symbol at one moment: the compact table a person or the AI reads. */
export interface Brief {
  v: 1;
  symbol: string;
  source: MarketSource;
  tickSize: number;
  /** Market time: the newest event time seen, Unix ms. */
  time: number;
  /** Wall clock at which it was written, Unix ms; its age tells a stale brief. */
  writtenAt: number;
  /** Feed lease epoch of the writer. */
  epoch: number;
  last: number | undefined;
  mark: number | undefined;
  index: number | undefined;
  /** Fraction per funding interval. */
  fundingRate: number | undefined;
  nextFundingTime: number | undefined;
  bid: number | undefined;
  ask: number | undefined;
  /** Sum of price × quantity of the levels received (at most 20 a side), USDT. */
  bidDepth: number | undefined;
  askDepth: number | undefined;
  /** Rolling 24 h as the exchange counts it; `change` in %. */
  day: { open: number; high: number; low: number; change: number; quoteVolume: number } | undefined;
  /** Base units and USDT at the mark price; `change1h` in %. */
  openInterest:
    | { value: number; notional: number | undefined; time: number; change1h: number | undefined }
    | undefined;
  /** Of the newest AI reading that still counts, where a rule watches it: 0–100. */
  sentiment?: number | undefined;
  /** Accounts that hold longs ÷ accounts that hold shorts, of all accounts. */
  longShort?: { ratio: number; time: number } | undefined;
  windows: Readonly<Record<Window, WindowBrief>>;
  /** One standard deviation of a minute in %, as rules in σ count it; absent until a day of minutes is known. */
  deviation?: number | undefined;
  /** The tutorial's figure: population standard deviation of the last 20 prices, 4 decimals; 0 below 20. */
  tickStd20: number;
  /** The tutorial's figure: buys ÷ sells of the last 50 trades, 4 decimals; 1 below 50. */
  buySell50: number;
  /** Trades seen since the start (at most counted to what memory holds: a plain counter). */
  tradesSeen: number;
  /** Closed 1-minute candles known. */
  candles: number;
  /** Prints rejected as bad (too far from the mark price). */
  rejected: number;
  /** Market time of the newest event of each kind, Unix ms. */
  times: {
    trade: number | undefined;
    mark: number | undefined;
    book: number | undefined;
    day: number | undefined;
  };
}
