/** The two routes that carry market data. A stream asked for on the other one is acknowledged and never sends. */
export const ROUTES = ['market', 'public'] as const;
export type Route = (typeof ROUTES)[number];

/** What a stream carries, as far as Sheepdog knows it. */
export type StreamKind =
  | 'aggTrade'
  | 'markPrice'
  | 'kline'
  | 'depth'
  | 'dayTickers'
  | 'markPrices'
  | 'session'
  | 'contractInfo'
  | 'liquidations'
  | 'other';

/** Streams of the whole market, always subscribed. `tradingSession` sends every second, so its silence is a dead socket. */
export const BASE_STREAMS = [
  '!miniTicker@arr',
  '!markPrice@arr@1s',
  'tradingSession',
  '!contractInfo',
  '!forceOrder@arr',
] as const;

/** The stream of a symbol's aggregate trades. */
export function tradesOf(symbol: string): string {
  return `${symbol.toLowerCase()}@aggTrade`;
}

/**
 * Streams of one symbol in use, the book every `bookMs`: with hundreds of symbols the books are most of the traffic.
 * Stream names are lower case, symbols in payloads upper case; both may be non-ASCII.
 */
export function streamsOf(symbol: string, bookMs: 100 | 500 = 100): string[] {
  const name = symbol.toLowerCase();
  return [tradesOf(symbol), `${name}@markPrice@1s`, `${name}@kline_1m`, `${name}@depth20@${bookMs}ms`];
}

const PUBLIC = /^(?:!bookTicker|[^@]+@(?:bookTicker|depth(?:5|10|20)?(?:@(?:100|500)ms)?|rpiDepth@500ms))$/;
const MARKET =
  /^(?:tradingSession|!contractInfo|!(?:miniTicker|ticker|forceOrder|assetIndex)@arr|!markPrice@arr(?:@1s)?|[^@]+@(?:aggTrade|markPrice(?:@1s)?|kline_\w+|continuousKline_\w+|miniTicker|ticker|forceOrder|compositeIndex|assetIndex))$/;

/**
 * The route a stream sends on (official connector, `market-api.ts` and `public-api.ts`). Throws for a name that is on
 * none, raw `@trade` included: it is undocumented and carries insurance-fund prints far off the market.
 */
export function routeOf(stream: string): Route {
  if (PUBLIC.test(stream)) return 'public';
  if (MARKET.test(stream)) return 'market';
  throw new Error(`no route carries the stream ${stream}`);
}

/** What a stream's frames hold. */
export function kindOf(stream: string): StreamKind {
  if (stream === '!miniTicker@arr') return 'dayTickers';
  if (stream.startsWith('!markPrice@arr')) return 'markPrices';
  if (stream === 'tradingSession') return 'session';
  if (stream === '!contractInfo') return 'contractInfo';
  if (stream === '!forceOrder@arr') return 'liquidations';
  const suffix = stream.slice(stream.indexOf('@') + 1);
  if (suffix === 'aggTrade') return 'aggTrade';
  if (suffix === 'markPrice' || suffix === 'markPrice@1s') return 'markPrice';
  if (suffix === 'kline_1m') return 'kline';
  return /^depth(?:5|10|20)(?:@|$)/.test(suffix) ? 'depth' : 'other';
}
