import type { MarketSource } from '../market/events.ts';

/** The intervals that candles are drawn in. */
export const CHART_INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;
export type ChartInterval = (typeof CHART_INTERVALS)[number];

export const CHART_INTERVAL_MS: Readonly<Record<ChartInterval, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
};

/**
 * A picture that goes with a text, as data: small, the same for all chats that see the same, and without a byte of
 * image. Whoever shows it asks `Pictures` for the bytes. All words in it are already in the reader's language.
 */
export type Picture = ChartPicture | BarsPicture;

/** Candles with volume, and what is marked in them. */
export interface ChartPicture {
  type: 'chart';
  symbol: string;
  interval: ChartInterval;
  /** The symbol's price step. */
  tickSize: number;
  source: MarketSource;
  /** BCP 47, for figures and dates. */
  language: string;
  /** IANA zone of the time axis. */
  timezone: string;
  words: {
    title: string;
    /** What the lower bars are. */
    volume: string;
    /** Name of the zone, as people call it. */
    zone: string;
    /** Written across the picture unless the market is live. */
    source: string;
    /** At the title's other end, in place of how much the price changed. */
    figure?: string;
  };
  /** For those who cannot see it. */
  alt: string;
  /** A price level that was crossed or is waited for. */
  level?: number;
  /** The time that a rule's window spanned, Unix ms. */
  window?: { from: number; to: number };
  /** Where an alert fired. */
  trigger?: { time: number; price: number; direction: 'up' | 'down' };
  /** How much time is drawn, ms; absent: 120 candles. */
  span?: number;
  /** Where a rule would have barked, in the order of time. */
  paws?: readonly { time: number; price: number }[];
}

/** What the AI cost on each of some days, as bars. */
export interface BarsPicture {
  type: 'bars';
  /** BCP 47; it chooses the forms of the glyphs. */
  language: string;
  words: {
    title: string;
    /** The sum of all, as it is written. */
    total: string;
    /** What the line is, with its amount. */
    line: string;
  };
  /** A day each, in order; money in nano-USD. The last one is not over yet. */
  bars: readonly { label: string; nano: number }[];
  /** What a day may cost at most, nano-USD; absent: no limit. */
  line?: number;
  /** For those who cannot see it. */
  alt: string;
}

/** A picture's bytes and what is in it. The same object is given to all who ask for the same picture within seconds. */
export interface DrawnPicture {
  png: Buffer;
  /** Of a chart: how much of it there was. */
  history?: History;
}

/** The candles of a chart. */
export interface History {
  /** Opening time of the first candle, Unix ms. */
  from: number;
  /** How many candles there are, and how many there would be with enough history. */
  candles: number;
  wanted: number;
}

/** Where pictures come from. */
export interface Pictures {
  /**
   * Draws it, or gives what was drawn for somebody else a few seconds ago; the same object always as it was first drawn. Undefined: there is nothing to draw yet.
   * Throws OperationalError: `wait` when too many wait already, `retry` when it failed or took too long.
   */
  draw(picture: Picture): Promise<DrawnPicture | undefined>;
}
