/** What the market tells us, after decoding. All times are Unix ms of the exchange; prices in the quote coin. */

/** Where the numbers come from; said in every answer that is not live. */
export type MarketSource = 'live' | 'replay' | 'simulated';

/** One aggregate trade: fills of one taker order at one price. `id` grows by exactly 1 per symbol. */
export interface Trade {
  symbol: string;
  id: number;
  price: number;
  /** Base units. */
  quantity: number;
  time: number;
  eventTime: number;
  /** True: the buyer was the maker, so the taker sold. */
  buyerIsMaker: boolean;
}

/** Mark price once a second, with the coming funding. */
export interface MarkPrice {
  symbol: string;
  mark: number;
  index: number | undefined;
  /** Fraction for one funding interval (0.0001 = 0.01 %); undefined when the symbol has none. */
  fundingRate: number | undefined;
  nextFundingTime: number | undefined;
  eventTime: number;
}

/** A 1-minute candle; `closed` is false while its minute runs. */
export interface Candle {
  openTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** Base units. */
  volume: number;
  /** Quote units (USDT). */
  quoteVolume: number;
  trades: number;
  takerBuyQuoteVolume: number;
  closed: boolean;
}

/** The best levels of the order book, best first: [price, base quantity]. Replaces the former one whole. */
export interface Book {
  symbol: string;
  bids: readonly (readonly [number, number])[];
  asks: readonly (readonly [number, number])[];
  eventTime: number;
}

/** Rolling 24 h figures. */
export interface DayTicker {
  symbol: string;
  last: number;
  open: number;
  high: number;
  low: number;
  quoteVolume: number;
  eventTime: number;
}

/** Open contracts in base units. */
export interface OpenInterest {
  symbol: string;
  openInterest: number;
  time: number;
}

/** A forced order, as far as the exchange tells: one a second and symbol at most. */
export interface Liquidation {
  symbol: string;
  /** What was closed: a long is sold, a short is bought back. */
  closed: 'long' | 'short';
  /** Quote units, filled. */
  notional: number;
  time: number;
}

/** A perpetual as the exchange lists it. Symbols may be non-ASCII. */
export interface Instrument {
  symbol: string;
  base: string;
  tickSize: number;
  /** The exchange's word: TRADING, SETTLING, PENDING_TRADING … */
  status: string;
}

/** All tradable USDT coin perpetuals of this moment. */
export interface Universe {
  source: MarketSource;
  /** Unix ms (wall clock) when it was fetched. */
  fetchedAt: number;
  instruments: readonly Instrument[];
}
