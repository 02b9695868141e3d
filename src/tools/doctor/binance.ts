import { WebSocket } from 'ws';
import { z } from 'zod';
import { describeError } from '../../kit/errors.ts';
import { getJson, type HttpAnswer } from './http.ts';
import { type Finding, finding } from './report.ts';

/** Beyond this the clock spoils ages and quiet hours. */
const LARGE_SKEW_MS = 5_000;

const timeAnswer = z.object({ serverTime: z.number() });
const exchangeInfo = z.object({
  symbols: z.array(
    z.object({
      contractType: z.string(),
      status: z.string(),
      quoteAsset: z.string(),
      underlyingType: z.string().optional(),
    }),
  ),
});

const REFUSED_PLACE = [
  'Binance does not serve futures data to this place: the United States, Ontario, the United Kingdom and some others, and many cloud and CI hosts there',
  'run Sheepdog where Binance Futures is offered (hosts in Tokyo, Singapore, Seoul, Frankfurt are commonly served), or set BINANCE_REST_URL and BINANCE_WS_URL to a mirror you can reach',
  'meanwhile npm run demo works with a simulated market',
];

/** Asks Binance's REST side for its time and its list of perpetuals. */
export async function checkBinanceRest(restUrl: string, timeoutMs = 10_000): Promise<Finding[]> {
  const name = 'binance rest';
  const time = await getJson(`${restUrl}/fapi/v1/time`, { timeoutMs });
  if (time.type === 'unreachable') {
    return [finding('fail', name, `not reached: ${time.reason}`, ...networkRemedies('BINANCE_REST_URL'))];
  }
  const serverTime = timeAnswer.safeParse(time.json).data?.serverTime;
  if (time.status !== 200 || serverTime === undefined) return [refusal(name, time)];
  // Half of the round trip had passed when the server looked at its clock.
  const skew = Math.round((time.sentAt + time.receivedAt) / 2 - serverTime);
  const clock =
    Math.abs(skew) <= LARGE_SKEW_MS
      ? finding('ok', name, `answers in ${time.receivedAt - time.sentAt} ms; clock off by ${skew} ms`)
      : finding(
          'warn',
          name,
          `this machine's clock is off by ${(skew / 1000).toFixed(1)} s`,
          'set the clock: timedatectl set-ntp true',
        );

  const info = await getJson(`${restUrl}/fapi/v1/exchangeInfo`, { timeoutMs });
  if (info.type === 'unreachable') {
    return [clock, finding('fail', 'binance symbols', `not reached: ${info.reason}`)];
  }
  const symbols = exchangeInfo.safeParse(info.json).data?.symbols;
  if (info.status !== 200 || !symbols) return [clock, refusal('binance symbols', info)];
  const coins = symbols.filter(
    (one) =>
      one.contractType === 'PERPETUAL' &&
      one.status === 'TRADING' &&
      one.quoteAsset === 'USDT' &&
      (one.underlyingType ?? 'COIN') === 'COIN',
  );
  const counted = `${coins.length} USDT coin perpetuals trading, of ${symbols.length} symbols listed`;
  return [clock, finding(coins.length > 0 ? 'ok' : 'fail', 'binance symbols', counted)];
}

const ROUTES = [
  { route: 'market', stream: 'btcusdt@markPrice@1s' },
  { route: 'public', stream: 'btcusdt@depth20@100ms' },
] as const;

/** Opens both routes and waits for the first data of a stream that never rests. */
export async function checkBinanceStreams(wsUrl: string, waitMs = 10_000): Promise<Finding[]> {
  return await Promise.all(ROUTES.map(({ route, stream }) => checkRoute(wsUrl, route, stream, waitMs)));
}

function checkRoute(wsUrl: string, route: string, stream: string, waitMs: number): Promise<Finding> {
  const name = `binance /${route}`;
  return new Promise((resolve) => {
    const begun = performance.now();
    const socket = new WebSocket(`${wsUrl}/${route}/stream?streams=${stream}`, {
      perMessageDeflate: false,
      handshakeTimeout: waitMs,
    });
    let opened = false;
    const end = (result: Finding) => {
      clearTimeout(timer);
      socket.terminate();
      resolve(result);
    };
    const silent = () =>
      finding(
        'fail',
        name,
        opened
          ? `${stream} was accepted but is silent: wrong route or blocked`
          : `no connection within ${waitMs / 1000} s`,
        opened
          ? 'check that BINANCE_WS_URL is the root wss://fstream.binance.com without a path, and that no proxy on the way holds frames back'
          : 'a firewall may drop WebSocket connections: allow outgoing TCP 443 to the host of BINANCE_WS_URL',
      );
    const timer = setTimeout(() => end(silent()), waitMs);
    socket.on('open', () => {
      opened = true;
    });
    socket.on('message', (data) => {
      if (!String(data).includes(`"${stream}"`)) return;
      end(finding('ok', name, `first data of ${stream} after ${Math.round(performance.now() - begun)} ms`));
    });
    socket.on('unexpected-response', (_request, response) => {
      end(refusedWith(name, response.statusCode ?? 0, response.headers['retry-after']));
    });
    socket.on('close', (code) => end(finding('fail', name, `closed with code ${code} before any data`)));
    socket.on('error', (error) => {
      end(
        finding('fail', name, `not reached: ${describeError(error)}`, ...networkRemedies('BINANCE_WS_URL')),
      );
    });
  });
}

function refusal(name: string, answer: HttpAnswer): Finding {
  return answer.status === 200
    ? finding('fail', name, 'the answer is not Binance’s', ...networkRemedies('BINANCE_REST_URL'))
    : refusedWith(name, answer.status, answer.headers.get('retry-after') ?? undefined);
}

/** Explains the statuses by which Binance turns a client away. */
function refusedWith(name: string, status: number, retryAfter: string | undefined): Finding {
  const wait = retryAfter ? `wait ${retryAfter} s` : 'wait some minutes';
  switch (status) {
    case 451:
      return finding('fail', name, 'HTTP 451: this location is refused', ...REFUSED_PLACE);
    case 403:
      return finding(
        'fail',
        name,
        'HTTP 403: turned away by the firewall in front of Binance',
        'wait some minutes; if it stays, this address is blocked: use another one',
      );
    case 418:
      return finding(
        'fail',
        name,
        'HTTP 418: this address is banned for going on after a limit',
        `${wait} and stop every other program that calls Binance from this address`,
      );
    case 429:
      return finding(
        'fail',
        name,
        'HTTP 429: this address has used up its requests',
        `${wait}; other programs on this address share the limit of 2400 a minute`,
      );
    default:
      return finding(
        'fail',
        name,
        `HTTP ${status}`,
        'try again later; if it stays, check BINANCE_REST_URL and BINANCE_WS_URL',
      );
  }
}

function networkRemedies(variable: string): string[] {
  return [`check the network and DNS of this machine, and ${variable}`];
}
