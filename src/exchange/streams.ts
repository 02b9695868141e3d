/** The two routes that carry market data; a stream sends only on its own. */
export type Route = 'market' | 'public';

const INTERVALS = [
  '1m',
  '3m',
  '5m',
  '15m',
  '30m',
  '1h',
  '2h',
  '4h',
  '6h',
  '8h',
  '12h',
  '1d',
  '3d',
  '1w',
  '1M',
];

/** Candle intervals, case-sensitive. */
export const KLINE_INTERVALS: ReadonlySet<string> = new Set(INTERVALS);

const KLINE = `kline_(?:${INTERVALS.join('|')})`;
const MARKET_SUFFIX = new RegExp(
  `^[^@]+@(?:aggTrade|markPrice(?:@1s)?|${KLINE}|miniTicker|ticker|forceOrder|compositeIndex|assetIndex|continuousKline_\\w+)$`,
);
const MARKET_WHOLE = new Set([
  '!markPrice@arr',
  '!markPrice@arr@1s',
  '!miniTicker@arr',
  '!ticker@arr',
  '!forceOrder@arr',
  '!contractInfo',
  '!assetIndex@arr',
  'tradingSession',
]);
const PUBLIC_SUFFIX = /^[^@]+@(?:bookTicker|depth(?:5|10|20)?(?:@100ms|@500ms)?|rpiDepth@500ms)$/;

/**
 * The route a stream is served on, as in the official connector's `market-api.ts` and `public-api.ts`.
 * Undefined for anything else, raw `@trade` streams included: such a name is acknowledged and stays silent.
 */
export function routeOf(stream: string): Route | undefined {
  if (MARKET_WHOLE.has(stream) || MARKET_SUFFIX.test(stream)) return 'market';
  if (stream === '!bookTicker' || PUBLIC_SUFFIX.test(stream)) return 'public';
  return undefined;
}

/** Where a connection was opened: its route, whether frames are wrapped, and the streams its URL names. */
export interface Endpoint {
  route: Route;
  combined: boolean;
  streams: readonly string[];
}

/**
 * Reads a WebSocket URL (path and query). Without a route it behaves as `/public`, as since 2026-04-23.
 * Undefined when there is no such endpoint.
 */
export function parseEndpoint(url: string): Endpoint | undefined {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const query = question < 0 ? '' : url.slice(question + 1);
  const match = /^(?:\/(market|public))?\/(ws|stream)((?:\/[^/]*)*)$/.exec(path);
  if (!match) return undefined;
  const [, named, form, rest = ''] = match;
  const route: Route = named === 'market' ? 'market' : 'public';
  const raw = form === 'ws' ? rest : `/${/(?:^|&)streams=([^&]*)/.exec(query)?.[1] ?? ''}`;
  try {
    const streams = raw.split('/').filter(Boolean).map(decodeURIComponent);
    return { route, combined: form === 'stream', streams: [...new Set(streams)] };
  } catch {
    return undefined;
  }
}
