import type { MarketSource } from './events.ts';

/** One perpetual in the overview of the whole market. Changes and ranges are in %; undefined: not known (yet). */
export interface OverviewRow {
  symbol: string;
  last: number;
  /** Last against the price 5 and 60 minutes ago, as far as the feed has been watching. */
  change5m: number | undefined;
  change1h: number | undefined;
  /** Last against the price 24 h ago, and (high − low) ÷ low of these 24 h, by the exchange's own ticker. */
  change24h: number;
  range24h: number;
  /** Turnover of 24 h, USDT. */
  quoteVolume: number;
  /** Fraction per funding interval (0.0001 = 0.01 %). */
  fundingRate: number | undefined;
}

/** Every trading USDT coin perpetual at one moment, in figures of the exchange's tickers. */
export interface MarketOverview {
  v: 1;
  source: MarketSource;
  /** Market time: the newest event time seen, Unix ms. */
  time: number;
  /** Wall clock at which it was written, Unix ms. */
  writtenAt: number;
  rows: readonly OverviewRow[];
}

/** The spans over which the overview knows changes. */
export const OVERVIEW_SPANS = ['5m', '1h', '24h'] as const;
export type OverviewSpan = (typeof OVERVIEW_SPANS)[number];

/** A row's change over a span, in %. */
export function changeOver(row: OverviewRow, span: OverviewSpan): number | undefined {
  if (span === '24h') return row.change24h;
  return span === '1h' ? row.change1h : row.change5m;
}

/** The `count` rows with the greatest figure, the greatest first; rows without the figure are left out. */
export function greatest(
  rows: readonly OverviewRow[],
  figure: (row: OverviewRow) => number | undefined,
  count: number,
): OverviewRow[] {
  return rows
    .flatMap((row) => {
      const value = figure(row);
      return value === undefined ? [] : [{ row, value }];
    })
    .sort((a, b) => b.value - a.value || (a.row.symbol < b.row.symbol ? -1 : 1))
    .slice(0, count)
    .map(({ row }) => row);
}
