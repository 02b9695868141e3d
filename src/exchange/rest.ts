import type { Listing, MarketModel, Row } from './market-model.ts';
import { KLINE_INTERVALS } from './streams.ts';

/** An answer of the REST side: status and a body that becomes JSON. */
export interface RestAnswer {
  status: number;
  body: unknown;
  weight: number;
}

/** A fault of the request, with the exchange's own code and words; status 400 unless said. */
class RestFault extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Periods of the statistics under `/futures/data`, ms. */
const STATISTIC_PERIODS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '5m': 5,
    '15m': 15,
    '30m': 30,
    '1h': 60,
    '2h': 120,
    '4h': 240,
    '6h': 360,
    '12h': 720,
    '1d': 1_440,
  }).map(([name, minutes]) => [name, minutes * 60_000]),
);

type Handler = (market: MarketModel, query: Query) => { weight: number; body: unknown };

const HANDLERS: ReadonlyMap<string, Handler> = new Map(
  Object.entries<Handler>({
    '/fapi/v1/ping': () => ({ weight: 1, body: {} }),
    '/fapi/v1/time': (market) => ({ weight: 1, body: { serverTime: market.now() } }),
    '/fapi/v1/exchangeInfo': (market) => ({ weight: 1, body: exchangeInfo(market) }),
    '/fapi/v1/klines': (market, query) => {
      const symbol = query.symbol(market);
      const interval = query.required('interval');
      if (!KLINE_INTERVALS.has(interval)) throw new RestFault(-1120, 'Invalid interval.');
      const limit = query.limit(500, 1500);
      const { startTime, endTime } = query.times();
      return {
        weight: limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10,
        body: market.klines({ symbol, interval, startTime, endTime, limit }),
      };
    },
    '/fapi/v1/aggTrades': (market, query) => ({
      weight: 20,
      body: market.aggTrades({
        symbol: query.symbol(market),
        fromId: query.integer('fromId'),
        ...query.times(),
        limit: query.limit(500, 1000),
      }),
    }),
    '/fapi/v1/premiumIndex': (market, query) =>
      oneOrAll(market, query, { one: 1, all: 10 }, (symbol) => market.premiumIndex(symbol)),
    '/fapi/v1/openInterest': (market, query) => ({
      weight: 1,
      body: present(market.openInterest(query.symbol(market))),
    }),
    '/futures/data/openInterestHist': (market, query) => {
      const symbol = query.symbol(market);
      const periodMs = STATISTIC_PERIODS.get(query.required('period'));
      if (periodMs === undefined) throw invalid('period');
      const limit = query.limit(30, 500);
      return { weight: 0, body: market.openInterestHist({ symbol, periodMs, ...query.times(), limit }) };
    },
    '/futures/data/globalLongShortAccountRatio': (market, query) => {
      const symbol = query.symbol(market);
      if (!STATISTIC_PERIODS.has(query.required('period'))) throw invalid('period');
      query.limit(30, 500);
      const row = market.longShort(symbol);
      return { weight: 0, body: row ? [row] : [] };
    },
    '/fapi/v1/ticker/24hr': (market, query) =>
      oneOrAll(market, query, { one: 1, all: 40 }, (symbol) => market.dayTicker(symbol)),
    '/fapi/v1/depth': (market, query) => {
      const symbol = query.symbol(market);
      const limit = query.integer('limit') ?? 500;
      if (![5, 10, 20, 50, 100, 500, 1000].includes(limit)) throw invalid('limit');
      return {
        weight: limit <= 50 ? 2 : limit === 100 ? 5 : limit === 500 ? 10 : 20,
        body: present(market.depth(symbol, limit)),
      };
    },
    '/fapi/v1/fundingInfo': (market) => ({ weight: 0, body: market.fundingInfo() }),
  }),
);

/** Answers a GET of `/fapi/…` or `/futures/data/…`; the weight is due whatever the answer. */
export function answerRest(market: MarketModel, method: string, url: string): RestAnswer {
  const [path = '/', query = ''] = url.split('?', 2);
  try {
    const handler = HANDLERS.get(path);
    if (!handler || method !== 'GET') {
      throw new RestFault(-5000, `Path ${path}, Method ${method} is invalid`, 404);
    }
    return { status: 200, ...handler(market, new Query(new URLSearchParams(query))) };
  } catch (error) {
    if (!(error instanceof RestFault)) throw error;
    return { status: error.status, weight: 1, body: { code: error.code, msg: error.message } };
  }
}

/** The parameters of a request, read as the exchange reads them. Every method throws RestFault. */
class Query {
  readonly #params: URLSearchParams;

  constructor(params: URLSearchParams) {
    this.#params = params;
  }

  has(name: string): boolean {
    return this.#params.has(name);
  }

  required(name: string): string {
    const value = this.#params.get(name);
    if (value) return value;
    throw new RestFault(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  }

  symbol(market: MarketModel): string {
    const symbol = this.required('symbol');
    if (market.knows(symbol)) return symbol;
    throw new RestFault(-1121, 'Invalid symbol.');
  }

  integer(name: string): number | undefined {
    const value = this.#params.get(name);
    if (value === null) return undefined;
    if (!/^\d{1,16}$/.test(value)) throw invalid(name);
    return Number(value);
  }

  limit(standard: number, most: number): number {
    const limit = this.integer('limit') ?? standard;
    if (limit < 1 || limit > most) throw invalid('limit');
    return limit;
  }

  times(): { startTime: number | undefined; endTime: number | undefined } {
    return { startTime: this.integer('startTime'), endTime: this.integer('endTime') };
  }
}

function invalid(name: string): RestFault {
  return new RestFault(-1130, `Data sent for parameter '${name}' is not valid.`);
}

/** The exchange's answer where a listed symbol has no such figure. */
function present(row: Row | undefined): Row {
  if (row) return row;
  throw new RestFault(
    -4108,
    'Invalid symbol status for opening position: symbol is on delivering or delivered or settling or closed or pre-trading.',
  );
}

function oneOrAll(
  market: MarketModel,
  query: Query,
  weight: { one: number; all: number },
  row: (symbol: string) => Row | undefined,
): { weight: number; body: unknown } {
  if (query.has('symbol')) return { weight: weight.one, body: present(row(query.symbol(market))) };
  const rows = market.listings().map((listing: Listing) => row(listing.symbol));
  return { weight: weight.all, body: rows.filter((found) => found !== undefined) };
}

function exchangeInfo(market: MarketModel): object {
  return {
    timezone: 'UTC',
    serverTime: market.now(),
    futuresType: 'U_MARGINED',
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2400 },
      { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
    ],
    exchangeFilters: [],
    assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
    symbols: market.listings(),
  };
}
