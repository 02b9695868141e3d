import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { DayTicker, MarketSource } from '../market/events.ts';
import type { OverviewRow } from '../market/overview.ts';
import type { MarketRepository } from '../store/market.ts';
import type { FeedEvent } from './decode/events.ts';

const MINUTE_MS = 60_000;
/** Minutes kept per symbol: an hour, and a few more so that a short gap does not hide it. */
const KEPT = 64;
/** A price may be so many minutes older than asked for. */
const TOLERATED = 2;

interface Row {
  ticker: DayTicker;
  fundingRate: number | undefined;
  /** Last price at the beginning of each minute, by minute modulo `KEPT`; NaN where the symbol was not known. */
  prices: Float64Array;
}

/**
 * The whole market in small: the newest ticker and funding rate of every symbol, and its price at the beginning of each
 * of the last 64 minutes. About 700 bytes a symbol, whatever happens. Times are market time.
 */
export class OverviewKeeper {
  readonly #rows = new Map<string, Row>();
  /** Which minute each place of the rings holds. */
  readonly #minutes = new Float64Array(KEPT).fill(Number.NaN);
  readonly #isListed: (symbol: string) => boolean;
  #minute = 0;
  time = 0;

  /** `isListed`: only such symbols are kept. */
  constructor(isListed: (symbol: string) => boolean) {
    this.#isListed = isListed;
  }

  handle(event: FeedEvent): void {
    if (event.type === 'days') for (const ticker of event.tickers) this.#ticker(ticker);
    else if (event.type === 'marks') {
      for (const { symbol, fundingRate } of event.marks) {
        const row = this.#rows.get(symbol);
        if (row) row.fundingRate = fundingRate;
      }
    }
  }

  /** What is known of every listed symbol; those that left the list are forgotten. */
  rows(): OverviewRow[] {
    for (const symbol of this.#rows.keys()) if (!this.#isListed(symbol)) this.#rows.delete(symbol);
    return [...this.#rows].map(([symbol, { ticker, fundingRate, prices }]) => ({
      symbol,
      last: ticker.last,
      change5m: this.#change(prices, ticker.last, 5),
      change1h: this.#change(prices, ticker.last, 60),
      change24h: percent(ticker.last, ticker.open),
      range24h: percent(ticker.high, ticker.low),
      quoteVolume: ticker.quoteVolume,
      fundingRate,
    }));
  }

  #ticker(ticker: DayTicker): void {
    this.#advance(ticker.eventTime);
    const row = this.#rows.get(ticker.symbol);
    if (row) row.ticker = ticker;
    else if (this.#isListed(ticker.symbol)) {
      const prices = new Float64Array(KEPT).fill(Number.NaN);
      this.#rows.set(ticker.symbol, { ticker, fundingRate: undefined, prices });
    }
  }

  /** At the first event of a minute the last prices before it are noted: the stream names only symbols that moved. */
  #advance(time: number): void {
    if (time <= this.time) return;
    this.time = time;
    const minute = Math.floor(time / MINUTE_MS);
    if (minute === this.#minute) return;
    // After a silence the prices known are not those of this minute's beginning.
    const follows = minute === this.#minute + 1;
    this.#minute = minute;
    if (!follows) return;
    const place = minute % KEPT;
    this.#minutes[place] = minute;
    for (const { ticker, prices } of this.#rows.values()) prices[place] = ticker.last;
  }

  #change(prices: Float64Array, last: number, minutes: number): number | undefined {
    for (let age = minutes; age <= minutes + TOLERATED; age++) {
      const minute = this.#minute - age;
      const place = ((minute % KEPT) + KEPT) % KEPT;
      const price = prices[place];
      if (this.#minutes[place] === minute && price !== undefined && !Number.isNaN(price)) {
        return percent(last, price);
      }
    }
    return undefined;
  }
}

/** Writes the overview every few seconds while this feed is the one that `speaks` for the market. */
export function publishOverview(options: {
  keeper: OverviewKeeper;
  market: Pick<MarketRepository, 'writeOverview'>;
  source: MarketSource;
  speaks: () => boolean;
  clock: Clock;
  log: Log;
  everyMs: number;
}): Loop {
  const { keeper, market, source, speaks, clock, log, everyMs } = options;
  let written = 0;
  return startLoop(
    'market overview',
    everyMs,
    async () => {
      if (keeper.time === written || !speaks()) return;
      written = keeper.time;
      await market.writeOverview({
        v: 1,
        source,
        time: keeper.time,
        writtenAt: clock.now(),
        rows: keeper.rows(),
      });
    },
    log,
  );
}

function percent(value: number, base: number): number {
  return (value / base - 1) * 100;
}
