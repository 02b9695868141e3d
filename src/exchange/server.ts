import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { Connection, MAX_STREAMS } from './connection.ts';
import { Hub } from './hub.ts';
import type { MarketModel } from './market-model.ts';
import { answerRest, type RestAnswer } from './rest.ts';
import { parseEndpoint } from './streams.ts';
import { WeightBudget } from './weight.ts';

// The connection rules of the real service.
const PING_EVERY_MS = 180_000;
const LIFETIME_MS = 86_400_000;
const MAX_URL_LENGTH = 8004;

/** A refusal in place of an answer: a wall (403, 451), a limit (429) or an outage (503). */
export interface Refusal {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** Sent as it is; its type follows from whether it begins with `<`. */
  body: string;
}

/** A running loopback exchange: give its two URLs to the feed as it would get the live market's. */
export interface Exchange<M extends MarketModel = MarketModel> {
  readonly wsUrl: string;
  readonly restUrl: string;
  readonly market: M;
  /** Sockets open now. */
  readonly connections: ReadonlySet<Connection>;
  /** Ends every socket (1001), the listener and the market. */
  close(): Promise<void>;
}

/**
 * Starts an exchange on 127.0.0.1 that speaks Binance USD-M futures' market data protocol, WebSocket and REST on one port,
 * as strictly as the real one: a stream asked for on the wrong route is acknowledged and stays silent.
 */
export async function startExchange<M extends MarketModel>(options: {
  market: M;
  log: Log;
  /** 0, the default, takes a free one. */
  port?: number;
  clock?: Clock;
  pingEveryMs?: number;
  /** Asked before every REST call and every WebSocket upgrade. */
  guard?: (request: IncomingMessage) => Refusal | undefined;
}): Promise<Exchange<M>> {
  const { market, log, clock = systemClock, pingEveryMs = PING_EVERY_MS, guard } = options;
  const hub = new Hub(market);
  const weights = new WeightBudget(clock);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 20 });

  const server = createServer((request, response) => {
    const refusal = guard?.(request);
    if (refusal) refuse(response, refusal);
    else serveRest(request, response);
  });

  function serveRest(request: IncomingMessage, response: ServerResponse): void {
    const answer = answerSafely(request);
    const charge = weights.charge(answer.weight);
    response.setHeader('X-MBX-USED-WEIGHT-1M', String(charge.used));
    response.setHeader('Content-Type', 'application/json');
    if (charge.type === 'ok') {
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
      return;
    }
    const address = request.socket.remoteAddress ?? '127.0.0.1';
    const msg =
      charge.type === 'limited'
        ? `Too many requests; current limit of IP(${address}) is 2400 requests per minute. Please use the websocket for live updates to avoid polling the API.`
        : `Way too many requests; IP(${address}) banned until ${charge.until}. Please use the websocket for live updates to avoid bans.`;
    response
      .writeHead(charge.type === 'limited' ? 429 : 418, { 'Retry-After': String(charge.retryAfter) })
      .end(JSON.stringify({ code: -1003, msg }));
  }

  function answerSafely(request: IncomingMessage): RestAnswer {
    try {
      return answerRest(market, request.method ?? 'GET', request.url ?? '/');
    } catch (error) {
      log.error({ url: request.url, error: describeError(error) }, 'exchange: the market failed to answer');
      return { status: 500, weight: 1, body: { code: -1000, msg: 'An unknown error occurred.' } };
    }
  }

  server.on('upgrade', (request, transport, head) => {
    transport.on('error', () => transport.destroy());
    const refusal = guard?.(request) ?? upgradeFault(request.url ?? '/');
    const endpoint = refusal ? undefined : parseEndpoint(request.url ?? '/');
    if (refusal || !endpoint) {
      refuseUpgrade(transport, refusal ?? { status: 404, body: '' });
      return;
    }
    sockets.handleUpgrade(request, transport, head, (socket) => {
      const connection = new Connection(socket, transport, endpoint, hub);
      hub.connections.add(connection);
      const pinging = setInterval(() => connection.ping(), pingEveryMs);
      const lifetime = setTimeout(() => connection.drop(), LIFETIME_MS);
      socket.once('close', () => {
        clearInterval(pinging);
        clearTimeout(lifetime);
      });
      log.debug({ url: request.url }, 'exchange: socket opened');
    });
  });

  market.open(hub);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    wsUrl: `ws://127.0.0.1:${port}`,
    restUrl: `http://127.0.0.1:${port}`,
    market,
    connections: hub.connections,
    async close() {
      market.close();
      for (const connection of hub.connections) connection.close(1001);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // A client that does not answer the close frame must not hold us up.
      const forced = setTimeout(() => {
        for (const connection of hub.connections) connection.drop();
        server.closeAllConnections();
      }, 500);
      await closed;
      clearTimeout(forced);
    },
  };
}

function upgradeFault(url: string): Refusal | undefined {
  if (url.length > MAX_URL_LENGTH) return { status: 414, body: '' };
  const endpoint = parseEndpoint(url);
  if (!endpoint) return { status: 404, body: '' };
  return endpoint.streams.length > MAX_STREAMS ? { status: 400, body: '' } : undefined;
}

function headersOf(refusal: Refusal): Record<string, string> {
  return {
    'Content-Type': refusal.body.startsWith('<') ? 'text/html' : 'application/json',
    'Content-Length': String(Buffer.byteLength(refusal.body)),
    Connection: 'close',
    ...refusal.headers,
  };
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(refusal.status, headersOf(refusal)).end(refusal.body);
}

function refuseUpgrade(transport: Duplex, refusal: Refusal): void {
  const headers = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}\r\n`);
  transport.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${headers.join('')}\r\n${refusal.body}`,
  );
}
