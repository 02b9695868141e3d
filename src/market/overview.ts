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

/** A listing that hardly trades jumps on every print: below this turnover of 24 h (USDT) it counts for nothing. */
export const LEAST_TURNOVER = 1_000_000;

/** Rules on all symbols are about those with at least this turnover of 24 h, USDT. */
export const ALL_TURNOVER = 50_000_000;

/** The rows that trade enough to be told of. */
export function active(rows: readonly OverviewRow[]): OverviewRow[] {
  return rows.filter((row) => row.quoteVolume >= LEAST_TURNOVER);
}

/** What stands out in a market: each list the strongest first. */
export interface Standouts {
  up: readonly OverviewRow[];
  down: readonly OverviewRow[];
  volatile: readonly OverviewRow[];
  /** Highest and lowest coming funding rates; those of the other sign are left out. */
  fundingHigh: readonly OverviewRow[];
  fundingLow: readonly OverviewRow[];
}

/** Picks up to `count` rows of each kind, by the changes over a span. */
export function standouts(rows: readonly OverviewRow[], span: OverviewSpan, count: number): Standouts {
  const change = (row: OverviewRow) => changeOver(row, span);
  const funding = (row: OverviewRow) => row.fundingRate;
  return {
    up: greatest(rows, (row) => positive(change(row), 1), count),
    down: greatest(rows, (row) => positive(change(row), -1), count),
    volatile: greatest(rows, (row) => row.range24h, count),
    fundingHigh: greatest(rows, (row) => positive(funding(row), 1), count),
    fundingLow: greatest(rows, (row) => positive(funding(row), -1), count),
  };
}

function positive(value: number | undefined, side: 1 | -1): number | undefined {
  return value !== undefined && side * value > 0 ? side * value : undefined;
}
