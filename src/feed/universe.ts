import type { Clock } from '../kit/clock.ts';
import type { Instrument, MarketSource, Universe } from '../market/events.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Rest } from './rest.ts';
import type { Listing } from './rest-schemas.ts';

/** States a perpetual does not come back from. */
const ENDED = new Set(['PRE_DELIVERING', 'DELIVERING', 'DELIVERED', 'PRE_SETTLE', 'SETTLING', 'CLOSE']);

/** The perpetuals that may be watched, as of the last look at the exchange. */
export interface UniverseWatch {
  /** Fetches, keeps and writes the list. Throws what Rest throws. */
  refresh(signal?: AbortSignal): Promise<void>;
  get(symbol: string): Instrument | undefined;
  symbols(): string[];
  /** The exchange lists this symbol as settled, delivered or closed. */
  ended(symbol: string): boolean;
  /** Every perpetual of the newest list, whatever its status. */
  rows(): readonly Perpetual[];
  /** How many symbols of the list before are missing in the newest one. */
  lost(): number;
  /** Number of the newest list, 0 before the first; and when it came, monotonic ms. */
  readonly serial: number;
  readonly fetchedAt: number;
  /** False until the first list is there. */
  readonly known: boolean;
}

/** A perpetual as the exchange lists it. */
export interface Perpetual extends Instrument {
  /** When it began to trade, or will, Unix ms. */
  onboardAt: number | undefined;
}

/** USDT coin perpetuals; those that trade and those that do not. Traditional, dated, pre-market and USDC ones are left out. */
export function coinPerpetuals(listings: readonly Listing[]): Perpetual[] {
  return listings
    .filter(
      (row) =>
        row.contractType === 'PERPETUAL' &&
        row.quoteAsset === 'USDT' &&
        (row.underlyingType === undefined || row.underlyingType === 'COIN'),
    )
    .map((row) => ({
      symbol: row.symbol,
      base: row.baseAsset,
      status: row.status,
      tickSize:
        row.filters.find((filter) => filter.filterType === 'PRICE_FILTER')?.tickSize ??
        10 ** -row.pricePrecision,
      onboardAt: row.onboardDate,
    }));
}

export function createUniverseWatch(options: {
  rest: Rest;
  market: MarketRepository;
  source: MarketSource;
  clock: Clock;
}): UniverseWatch {
  const { rest, market, source, clock } = options;
  let trading = new Map<string, Instrument>();
  let gone = new Set<string>();
  let known = false;
  let rows: readonly Perpetual[] = [];
  let lost = 0;
  let serial = 0;
  let fetchedAt = 0;
  return {
    async refresh(signal) {
      const perpetuals = coinPerpetuals(await rest.exchangeInfo(signal));
      const instruments = perpetuals.filter((each) => each.status === 'TRADING');
      trading = new Map(instruments.map((each) => [each.symbol, each]));
      gone = new Set(perpetuals.filter((each) => ENDED.has(each.status)).map((each) => each.symbol));
      const listed = new Set(perpetuals.map((each) => each.symbol));
      lost = rows.filter((each) => !listed.has(each.symbol)).length;
      rows = perpetuals;
      serial += 1;
      fetchedAt = performance.now();
      known = true;
      const universe: Universe = {
        source,
        fetchedAt: clock.now(),
        instruments: instruments.map(({ symbol, base, status, tickSize }) => ({
          symbol,
          base,
          status,
          tickSize,
        })),
      };
      await market.writeUniverse(universe);
    },
    get: (symbol) => trading.get(symbol),
    symbols: () => [...trading.keys()],
    ended: (symbol) => gone.has(symbol),
    rows: () => rows,
    lost: () => lost,
    get serial() {
      return serial;
    },
    get fetchedAt() {
      return fetchedAt;
    },
    get known() {
      return known;
    },
  };
}
