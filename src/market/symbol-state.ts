import type { Brief, Window } from './brief.ts';
import type {
  Book,
  Candle,
  DayTicker,
  Liquidation,
  MarketSource,
  MarkPrice,
  OpenInterest,
  Trade,
} from './events.ts';

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
  /** Smallest step of the price. */
  readonly tickSize: number;
  /**
   * Fills the windows from closed 1-minute candles, ascending, before or between live events. The minute in which the
   * trades begin needs its closed candle too (from the stream or here), or the windows wait until it has left them.
   */
  warm(candles: readonly Candle[]): void;
  trade(trade: Trade): TradeOutcome;
  /** The last price at a moment, without the trades that made it: of a symbol of which only tickers are heard. */
  glimpse(time: number, price: number): void;
  /** Nothing was heard from `from` to `to`, Unix ms. */
  unseen(from: number, to: number): void;
  mark(mark: MarkPrice): void;
  /** A running or closed 1-minute candle. */
  candle(candle: Candle): void;
  book(book: Book): void;
  day(ticker: DayTicker): void;
  openInterest(openInterest: OpenInterest): void;
  /** Takes older figures of open interest in between those that are known. */
  pastOpenInterest(samples: readonly OpenInterest[]): void;
  /** The newest analysis' 0–100; undefined: there is none that still counts. */
  sentiment: number | undefined;
  /** Accounts long for each that is short. */
  longShort(figure: NonNullable<Brief['longShort']>): void;
  liquidation(liquidation: Liquidation): void;
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
  /** Taker buy notional ÷ taker sell notional of the window; undefined when not known, or while either is zero. */
  takerRatio(window: Window): number | undefined;
  /** Liquidated notional seen in the window, quote units: a lower bound. Undefined before anything was heard. */
  liquidated(window: Window): number | undefined;
  /** Change of open interest inside the window, in %; undefined while not known. */
  interestChange(window: Window): number | undefined;
  /** Rate of the coming funding in %; undefined while no mark price tells it. */
  readonly funding: number | undefined;
  /**
   * One standard deviation over the window in %: the root of the mean squared 1-minute log return of the last 24 h
   * (exponentially weighted, half-life 24 h) × √(minutes of the window). Undefined until a day of minutes is known.
   */
  sigma(window: Window): number | undefined;
  /** One standard deviation of log returns over 15 minutes, in %; for re-arm distances. Undefined while not known. */
  sigma15m(): number | undefined;
  brief(writer: { source: MarketSource; epoch: number; writtenAt: number }): Brief;
  /** All that trades and candles have built up, as bytes with version and checksum, ~150 KB. */
  save(): Buffer;
  /**
   * Goes on from saved bytes in place of what is known; false, and nothing changed, when they are broken or of another
   * version. Mark price, book and day are not kept: they come anew within a second, and an old mark would judge new prints.
   */
  restore(saved: Uint8Array): boolean;
}
