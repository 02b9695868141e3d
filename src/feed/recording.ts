import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { OperationalError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { createConnections } from './connections.ts';
import { createRest } from './rest.ts';
import { BASE_STREAMS, streamsOf } from './routes.ts';
import { DEFAULT_TIMINGS } from './timings.ts';
import { coinPerpetuals } from './universe.ts';

const LINE_END = Buffer.from('\n');

/** What a recording holds. */
export interface Recorded {
  frames: number;
  answers: number;
}

/**
 * Records the market's frames exactly as received, one a line, and the REST answers that a later start on the tape needs
 * (`{"rest":…,"at":…,"data":…}`), gzipped into `path`, for `ms` or until the signal aborts. Throws OperationalError when
 * the exchange cannot be asked or does not trade one of the symbols.
 */
export async function recordTape(options: {
  wsUrl: string;
  restUrl: string;
  symbols: readonly string[];
  ms: number;
  path: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): Promise<Recorded> {
  const { wsUrl, restUrl, symbols, ms, path, clock, log, signal } = options;
  const counts: Recorded = { frames: 0, answers: 0 };
  const answers: string[] = [];
  const rest = createRest({
    restUrl,
    clock,
    log,
    timings: DEFAULT_TIMINGS,
    onAnswer: (asked, data) => answers.push(JSON.stringify({ rest: asked, at: clock.now(), data })),
  });
  const trading = new Map(coinPerpetuals(await rest.exchangeInfo(signal)).map((each) => [each.symbol, each]));
  const wrong = symbols.filter((symbol) => trading.get(symbol)?.status !== 'TRADING');
  if (wrong.length > 0) {
    throw new OperationalError('gone', `no trading USDT coin perpetual: ${wrong.join(', ')}`);
  }

  const gzip = createGzip();
  const written = pipeline(gzip, createWriteStream(path, { flags: 'wx' }));
  const failed = new AbortController();
  written.catch((error: unknown) => failed.abort(error));
  const connections = createConnections({
    wsUrl,
    timings: DEFAULT_TIMINGS,
    clock,
    log,
    isLiquid: () => false,
    watchSilence: true,
    onEvent(_, frame) {
      counts.frames += 1;
      // A copy: the socket's buffer is not ours to keep.
      gzip.write(Buffer.concat([frame, LINE_END]));
    },
  });
  connections.carry(new Set([...BASE_STREAMS, ...symbols.flatMap((symbol) => streamsOf(symbol))]));
  try {
    for (const symbol of symbols) {
      await rest.klines(symbol, { limit: 1500 }, signal);
      await rest.premiumIndex(symbol, signal);
      await rest.openInterest(symbol, signal);
    }
    for (const line of answers) if (!gzip.write(`${line}\n`)) await once(gzip, 'drain');
    counts.answers = answers.length;
    await delay(ms, AbortSignal.any([signal, failed.signal])).catch(() => undefined);
  } finally {
    await connections.stop();
    gzip.end();
    await written;
  }
  return counts;
}
