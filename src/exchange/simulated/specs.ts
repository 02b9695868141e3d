import type { Listing } from '../market-model.ts';

/** What sort of row of the exchange a symbol is; only `coin` is a USDT coin perpetual. */
export type Kind = 'coin' | 'usdc' | 'tradfi' | 'quarter' | 'coin-m';

/** One simulated symbol: how it is listed and how its price behaves. */
export interface Spec {
  symbol: string;
  kind: Kind;
  pair: string;
  base: string;
  quote: string;
  /** Price at which the live path begins. */
  price: number;
  /** Price and quantity grids, as text: their decimals are those of every number sent. */
  tick: string;
  step: string;
  /** Standard deviation of a year's log return. */
  sigma: number;
  /** Correlation with the market as a whole (BTC's own is near 1). */
  rho: number;
  /** Aggregate trades a second on a calm day. */
  tradesPerSecond: number;
  /** Quote volume of a calm day. */
  dayQuote: number;
  fundingHours: 4 | 8;
  subTypes: readonly string[];
}

type Row = [
  symbol: string,
  base: string,
  price: number,
  tick: string,
  step: string,
  sigma: number,
  rho: number,
  tradesPerSecond: number,
  dayQuote: number,
  fundingHours: 4 | 8,
  subType: string,
];

const COINS: readonly Row[] = [
  ['BTCUSDT', 'BTC', 86_117.8, '0.10', '0.001', 0.45, 0.98, 12, 14.4e9, 8, 'PoW'],
  ['ETHUSDT', 'ETH', 2757.29, '0.01', '0.001', 0.65, 0.85, 10, 13.9e9, 8, 'Layer-1'],
  ['BNBUSDT', 'BNB', 846.37, '0.010', '0.01', 0.55, 0.75, 5, 0.9e9, 8, 'Layer-1'],
  ['SOLUSDT', 'SOL', 128.46, '0.0100', '0.01', 0.85, 0.8, 6, 3.1e9, 8, 'Layer-1'],
  ['XRPUSDT', 'XRP', 2.0614, '0.0001', '0.1', 0.8, 0.75, 4, 1.6e9, 8, 'Payment'],
  ['DOGEUSDT', 'DOGE', 0.14382, '0.000010', '1', 0.95, 0.75, 4, 1.1e9, 8, 'Meme'],
  ['ADAUSDT', 'ADA', 0.4127, '0.00010', '1', 0.9, 0.75, 3, 0.3e9, 8, 'Layer-1'],
  ['LINKUSDT', 'LINK', 12.913, '0.001', '0.01', 0.9, 0.75, 3, 0.3e9, 8, 'Oracle'],
  ['AVAXUSDT', 'AVAX', 13.482, '0.001', '1', 0.95, 0.75, 3, 0.25e9, 8, 'Layer-1'],
  ['LTCUSDT', 'LTC', 84.63, '0.01', '0.001', 0.75, 0.7, 2, 0.2e9, 8, 'PoW'],
  ['1000PEPEUSDT', '1000PEPE', 0.0043817, '0.0000001', '1', 1.1, 0.65, 4, 0.6e9, 4, 'Meme'],
  ['币安人生USDT', '币安人生', 0.4762, '0.0001000', '1', 1.4, 0.45, 2, 0.06e9, 4, 'Meme'],
];

const coin = ([symbol, base, price, tick, step, sigma, rho, rate, dayQuote, hours, subType]: Row): Spec => ({
  symbol,
  kind: 'coin',
  pair: symbol,
  base,
  quote: 'USDT',
  price,
  tick,
  step,
  sigma,
  rho,
  tradesPerSecond: rate,
  dayQuote,
  fundingHours: hours,
  subTypes: [subType],
});

const other = (spec: Partial<Spec> & Pick<Spec, 'symbol' | 'kind' | 'base' | 'price'>): Spec => ({
  pair: spec.symbol,
  quote: 'USDT',
  tick: '0.01',
  step: '0.001',
  sigma: 0.45,
  rho: 0.98,
  tradesPerSecond: 1,
  dayQuote: 1e8,
  fundingHours: 8,
  subTypes: [],
  ...spec,
});

/** The twelve coins and the rows that are no USDT coin perpetuals, which a client must leave out. */
export const SPECS: readonly Spec[] = [
  ...COINS.map(coin),
  other({
    symbol: 'BTCUSDC',
    kind: 'usdc',
    base: 'BTC',
    quote: 'USDC',
    price: 86_118.4,
    tick: '0.1',
    dayQuote: 1.2e9,
  }),
  other({
    symbol: 'BTCUSDT_261225',
    kind: 'quarter',
    pair: 'BTCUSDT',
    base: 'BTC',
    price: 86_810.4,
    tick: '0.1',
  }),
  other({
    symbol: 'BTCUSD_PERP',
    kind: 'coin-m',
    pair: 'BTCUSD',
    base: 'BTC',
    quote: 'USD',
    price: 86_130.5,
    tick: '0.1',
    step: '1',
  }),
  other({
    symbol: 'XAUUSDT',
    kind: 'tradfi',
    base: 'XAU',
    price: 4074.41,
    sigma: 0.16,
    rho: 0.1,
    fundingHours: 4,
    dayQuote: 2.2e9,
    subTypes: ['TradFi'],
  }),
  other({
    symbol: 'TSLAUSDT',
    kind: 'tradfi',
    base: 'TSLA',
    price: 431.27,
    step: '0.01',
    sigma: 0.5,
    rho: 0.3,
    subTypes: ['TradFi'],
  }),
];

/** Further coins `SIM1USDT`, `SIM2USDT` …, ever quieter, so that a market as large as the real one can be had. */
export function furtherCoins(count: number): Spec[] {
  return Array.from({ length: count }, (_, index) => {
    const price = 10 ** ((index % 7) - 2) * (1 + (index % 9));
    const tick = (price / 1e4).toFixed(8);
    const share = 1 / (1 + index / 20);
    return coin([
      `SIM${index + 1}USDT`,
      `SIM${index + 1}`,
      price,
      tick,
      price > 1_000 ? '0.001' : '1',
      0.9,
      0.7,
      3 * share,
      0.3e9 * share,
      index % 3 === 0 ? 8 : 4,
      'Layer-1',
    ]);
  });
}

const DELIVERY_NEVER = 4_133_404_800_000;
const ONBOARD = 1_569_398_400_000;

/** A symbol's row of exchangeInfo; undefined for COIN-M, which this API does not list. */
export function listingOf(spec: Spec, status = 'TRADING'): Listing | undefined {
  if (spec.kind === 'coin-m') return undefined;
  const contractType =
    spec.kind === 'tradfi' ? 'TRADIFI_PERPETUAL' : spec.kind === 'quarter' ? 'CURRENT_QUARTER' : 'PERPETUAL';
  return {
    symbol: spec.symbol,
    pair: spec.pair,
    contractType,
    deliveryDate: spec.kind === 'quarter' ? Date.UTC(2026, 11, 25, 8) : DELIVERY_NEVER,
    onboardDate: ONBOARD,
    status,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: spec.base,
    quoteAsset: spec.quote,
    marginAsset: spec.quote,
    pricePrecision: decimalsOf(spec.tick),
    quantityPrecision: decimalsOf(spec.step),
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: spec.symbol === 'XAUUSDT' ? 'COMMODITY' : spec.kind === 'tradfi' ? 'EQUITY' : 'COIN',
    underlyingSubType: spec.subTypes,
    settlePlan: 0,
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: '0.05',
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: spec.tick, maxPrice: '4529764', tickSize: spec.tick },
      { filterType: 'LOT_SIZE', minQty: spec.step, maxQty: '1000000', stepSize: spec.step },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD', 'RPI'],
  };
}

/** Rows that are listed and do not trade: one that is being settled, one that is not yet open. */
export const DORMANT: readonly Listing[] = [
  dormant('OMGUSDT', 'OMG', 'SETTLING'),
  dormant('SOONUSDT', 'SOON', 'PENDING_TRADING'),
];

function dormant(symbol: string, base: string, status: string): Listing {
  const listing = listingOf(other({ symbol, kind: 'coin', base, price: 1, tick: '0.0001' }), status);
  return listing ?? { symbol, status };
}

/** Decimals of a number written as text: "0.0100" has four. */
export function decimalsOf(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
}
