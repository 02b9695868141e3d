import type { Brief, Window } from './brief.ts';
import type { Book, Candle, DayTicker, MarketSource, MarkPrice, OpenInterest, Trade } from './events.ts';

/** What became of a trade: taken in, already known (or older), not believed, or taken in after a hole of `missing` ids. */
export type TradeOutcome =
  | { type: 'accepted' }
  | { type: 'old' }
  | { type: 'bad-print' }
  | { type: 'gap'; missing: number };

/** Where the price was within a window. */
export interface Extremes {
  high: number;
  highTime: number;
  low: number;
  lowTime: number;
  last: number;
}

/** Everything known of one symbol, in fixed memory. Pure: time comes from the events. */
export interface SymbolState {
  readonly symbol: string;
  /** Fills the windows from closed 1-minute candles, ascending, before or between live events. */
  warm(candles: readonly Candle[]): void;
  trade(trade: Trade): TradeOutcome;
  mark(mark: MarkPrice): void;
  /** A running or closed 1-minute candle. */
  candle(candle: Candle): void;
  book(book: Book): void;
  day(ticker: DayTicker): void;
  openInterest(openInterest: OpenInterest): void;
  /** Newest accepted event time, Unix ms; 0 before any. */
  readonly time: number;
  readonly last: number | undefined;
  readonly lastTradeId: number | undefined;
  /** (high − low) / low in %; undefined while the window is not covered. */
  range(window: Window): number | undefined;
  /** Last against the window's low, % ≥ 0. */
  moveUp(window: Window): number | undefined;
  /** Last against the window's high, % ≤ 0. */
  moveDown(window: Window): number | undefined;
  extremes(window: Window): Extremes | undefined;
  /** Notional of the window ÷ its usual notional (mean of the known 24 h); undefined when not known. */
  volumeRatio(window: Window): number | undefined;
  /** One standard deviation of log returns over 15 minutes, in %; for re-arm distances. Undefined while not known. */
  sigma15m(): number | undefined;
  brief(writer: { source: MarketSource; epoch: number; writtenAt: number }): Brief;
}

export function createSymbolState(_options: {
  symbol: string;
  tickSize: number;
  /** A print further from the mark price than this is rejected, as |ln(price/mark)|; default 0.1. */
  maxDeviation?: number;
}): SymbolState {
  throw new Error('not built yet');
}
