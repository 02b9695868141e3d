import type { IncomingMessage } from 'node:http';
import { type Exchange, type Refusal, startExchange } from '../../src/exchange/server.ts';
import { createSimulatedMarket, type SimulatedMarket } from '../../src/exchange/simulated.ts';
import type { Route } from '../../src/exchange/streams.ts';
import { silentLog } from '../../src/kit/log.ts';

/** Ways in which the exchange refuses service, as observed: by place, by limit, by its wall, by overload. */
const REFUSALS = {
  451: {
    status: 451,
    body: '{"code":0,"msg":"Service unavailable from a restricted location according to \'b. Eligibility\' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error."}',
  },
  429: {
    status: 429,
    headers: { 'Retry-After': '17' },
    body: '{"code":-1003,"msg":"Too many requests; current limit of IP(203.0.113.7) is 2400 requests per minute. Please use the websocket for live updates to avoid polling the API."}',
  },
  418: {
    status: 418,
    headers: { 'Retry-After': '120' },
    body: '{"code":-1003,"msg":"Way too many requests; IP(203.0.113.7) banned until 1795334520123. Please use the websocket for live updates to avoid bans."}',
  },
  403: {
    status: 403,
    body: '<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>',
  },
  503: {
    status: 503,
    body: '{"code":-1008,"msg":"Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again."}',
  },
} as const satisfies Record<number, Refusal>;

/** A request that reached the REST side: path with query, and when (ms, monotonic). */
export interface RestCall {
  path: string;
  at: number;
}

/** The loopback exchange with a scripted market, its faults, and a look at who asked for what. */
export interface TestExchange {
  wsUrl: string;
  restUrl: string;
  /** Script of prices: `jump`, `setPrice`, `print`, `freeze(stream)`, `setStatus`. */
  market: SimulatedMarket;

  /** Cuts every line without a close frame. */
  dropAll(): void;
  /** Ends every socket with this close code. */
  closeWith(code: number, reason?: string): void;
  /** No more data, on any socket; they stay open and answer pings. */
  freeze(): void;
  thaw(): void;
  /** This stream is acknowledged and never sends, as a name on the wrong route. */
  silentAck(stream: string): void;
  /** Refuses every new socket and every request, or only one sort of them, until `serve`. */
  refuse(status: keyof typeof REFUSALS, what?: 'sockets' | 'requests'): void;
  serve(): void;
  /** Sends frames that no exchange should send, to every socket. */
  garbage(): void;
  /** Announces on every socket that it will be closed soon. */
  serverShutdown(): void;

  /** Sockets open now. */
  readonly sockets: number;
  /** URLs of every WebSocket upgrade so far, refused ones included. */
  readonly upgrades: readonly string[];
  /** Every REST request so far. */
  readonly restCalls: readonly RestCall[];
  /** Streams asked for on the sockets of this route, the silent ones included. */
  subscriptions(route: Route): Set<string>;
  /** The most messages that any open socket sent within a second. */
  readonly peakMessagesPerSecond: number;
  close(): Promise<void>;
}

/** Starts it. Without bursts and with ordinary volatility, so that only the script makes large moves. */
export async function startTestExchange(
  options: Parameters<typeof createSimulatedMarket>[0] = {},
): Promise<TestExchange> {
  const market = createSimulatedMarket({ bursts: false, ...options });
  const upgrades: string[] = [];
  const restCalls: RestCall[] = [];
  const silenced = new Set<string>();
  let frozen = false;
  let refusing: { refusal: Refusal; what: 'sockets' | 'requests' | undefined } | undefined;

  const guard = (request: IncomingMessage): Refusal | undefined => {
    const path = request.url ?? '/';
    const isSocket = request.headers.upgrade !== undefined;
    if (isSocket) upgrades.push(path);
    else restCalls.push({ path, at: performance.now() });
    const concerned = refusing?.what === undefined || refusing.what === (isSocket ? 'sockets' : 'requests');
    return concerned ? refusing?.refusal : undefined;
  };
  const exchange: Exchange = await startExchange({
    log: silentLog(),
    guard,
    ...(options.clock ? { clock: options.clock } : {}),
    market: {
      ...market,
      open: (sink) =>
        market.open({
          push: (stream, data) => (frozen || silenced.has(stream) ? 0 : sink.push(stream, data)),
          get congested() {
            return sink.congested;
          },
          drained: () => sink.drained(),
        }),
    },
  });
  const toAll = (frame: string) => {
    for (const connection of exchange.connections) connection.send(frame);
  };

  return {
    wsUrl: exchange.wsUrl,
    restUrl: exchange.restUrl,
    market,
    dropAll() {
      for (const connection of exchange.connections) connection.drop();
    },
    closeWith(code, reason) {
      for (const connection of exchange.connections) connection.close(code, reason);
    },
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
      silenced.clear();
    },
    silentAck: (stream) => void silenced.add(stream),
    refuse(status, what) {
      refusing = { refusal: REFUSALS[status], what };
    },
    serve() {
      refusing = undefined;
    },
    garbage() {
      toAll('not json');
      toAll('{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","s":"BTCUSDT","p":"NaN","q":"-1"}}');
      toAll('{"stream":"btcusdt@aggTrade","data":null}');
      toAll('{"stream":7,"data":[]}');
      toAll(`{"stream":"x@y","data":"${'z'.repeat(100_000)}"}`);
      toAll('');
    },
    serverShutdown: () => toAll(`{"e":"serverShutdown","E":${market.now()}}`),
    get sockets() {
      return exchange.connections.size;
    },
    upgrades,
    restCalls,
    subscriptions(route) {
      const streams = [...exchange.connections].filter((one) => one.route === route);
      return new Set(streams.flatMap((one) => [...one.subscriptions]));
    },
    get peakMessagesPerSecond() {
      return Math.max(0, ...[...exchange.connections].map((one) => one.peakPerSecond));
    },
    close: () => exchange.close(),
  };
}
