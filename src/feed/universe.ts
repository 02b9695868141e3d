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
  /** False until the first list is there. */
  readonly known: boolean;
}

/** USDT coin perpetuals; those that trade and those that do not. Traditional, dated, pre-market and USDC ones are left out. */
export function coinPerpetuals(listings: readonly Listing[]): Instrument[] {
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
  return {
    async refresh(signal) {
      const perpetuals = coinPerpetuals(await rest.exchangeInfo(signal));
      const instruments = perpetuals.filter((each) => each.status === 'TRADING');
      trading = new Map(instruments.map((each) => [each.symbol, each]));
      gone = new Set(perpetuals.filter((each) => ENDED.has(each.status)).map((each) => each.symbol));
      known = true;
      const universe: Universe = { source, fetchedAt: clock.now(), instruments };
      await market.writeUniverse(universe);
    },
    get: (symbol) => trading.get(symbol),
    symbols: () => [...trading.keys()],
    ended: (symbol) => gone.has(symbol),
    get known() {
      return known;
    },
  };
}
