import type { z } from 'zod';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError, OperationalError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { createTurns } from '../kit/turns.ts';
import type { Candle, MarkPrice, OpenInterest, Trade } from '../market/events.ts';
import type { WeightBudget, WeightCharge } from '../store/weight.ts';
import { measureClockOffset } from './clock-offset.ts';
import * as schemas from './rest-schemas.ts';
import type { FeedTimings } from './timings.ts';

/** Half of what the exchange allows an address in a minute: others share the address, and fapi shares it with dapi. */
const WEIGHT_BUDGET = 1_200;
/** What is not urgent leaves room for ten pages of missing trades. */
const PATIENT_BUDGET = 1_000;
/** A store that does not answer must not keep us from the exchange: then we count for ourselves, ms. */
const SHARED_WAIT_MS = 1_000;
/** Waits before a GET is tried again that met an overloaded or unreachable server. */
const RETRY_MS = [200, 400, 800];
/**
 * What is asked for in the first moment of a minute may be answered with what was used in the one before, as clocks differ
 * a little: taken for the new minute's, it would cost us all of that.
 */
const SLACK_MS = 1_000;
/** Requests under way at once: a whole market's candles in seconds, without hundreds of connections. */
const AT_ONCE = 48;
/** A wall (403, an HTML page) is not asked again sooner. */
const WALL_MS = 300_000;
const BAN_MS = 120_000;
const LIMITED_MS = 60_000;

/**
 * The exchange's public REST calls. They wait for the weight budget, and throw OperationalError: `wait` (limited or
 * banned, with the time), `gone` (451: this location is not served), `bug` (a fault of the request), `retry`.
 */
export interface Rest {
  /** Rows of exchangeInfo that can be read. */
  exchangeInfo(signal?: AbortSignal): Promise<schemas.Listing[]>;
  /** 1-minute candles, ascending, at most 1500; the last one may still run. `urgent`: may use the last of the budget. */
  klines(
    symbol: string,
    query: { limit: number; startTime?: number; endTime?: number; urgent?: boolean },
    signal?: AbortSignal,
  ): Promise<Candle[]>;
  openInterest(symbol: string, signal?: AbortSignal): Promise<OpenInterest>;
  /** Open interest of the last 24 hours, every five minutes; the exchange counts these calls apart (1,000 in 5 minutes). */
  openInterestHist(symbol: string, signal?: AbortSignal): Promise<OpenInterest[]>;
  /** Accounts long for each that is short, counted once in 5 minutes; undefined: not counted of this symbol. */
  longShort(symbol: string, signal?: AbortSignal): Promise<{ ratio: number; time: number } | undefined>;
  premiumIndex(symbol: string, signal?: AbortSignal): Promise<MarkPrice>;
  aggTrades(symbol: string, fromId: number, signal?: AbortSignal): Promise<Trade[]>;
  /** The exchange's clock minus ours, ms; see `measureClockOffset`. */
  clockOffset(signal?: AbortSignal): Promise<number>;
  /** Why the exchange turns this address away, if it does. */
  refused(): string | undefined;
  /** Weight used in the running minute, as far as known. */
  weight(): number;
}

/** What was asked and answered; for recording. `path` begins with `/fapi`. */
export type AnswerTap = (path: string, body: unknown) => void;

export function createRest(options: {
  restUrl: string;
  clock: Clock;
  log: Log;
  timings: Pick<FeedTimings, 'restTimeoutMs'>;
  /** What all feeds behind this address share; without it the process counts alone. */
  weight?: WeightBudget | undefined;
  onAnswer?: AnswerTap;
}): Rest {
  const { restUrl, clock, log, timings, weight: shared, onAnswer } = options;
  let minute = 0;
  let used = 0;
  let blockedUntil = 0;
  let refused: string | undefined;
  let offset = 0;
  const inTurn = createTurns(AT_ONCE);

  /** The exchange counts in fixed minutes of its own clock, which are over here a little later. */
  function currentMinute(): number {
    const now = Math.floor((clock.now() + offset - SLACK_MS) / 60_000);
    if (now !== minute) {
      minute = now;
      used = 0;
    }
    return now;
  }

  async function budget(weight: number, ceiling: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const now = clock.now();
      if (now < blockedUntil) {
        throw new OperationalError('wait', refused ?? 'the exchange asked us to wait', {
          waitMs: blockedUntil - now,
        });
      }
      const running = currentMinute();
      if (used + weight <= ceiling) {
        const known = used;
        used += weight;
        const charge = await sharedCharge(running, weight, ceiling, known);
        if (charge?.type === 'blocked') {
          blockedUntil = Math.max(blockedUntil, clock.now() + charge.waitMs);
          continue;
        }
        if (currentMinute() === running) used = Math.max(used, charge?.used ?? 0);
        if (charge?.type !== 'full') return;
      }
      await delay(Math.max(50, (running + 1) * 60_000 + SLACK_MS - (clock.now() + offset)), signal);
    }
  }

  /** What the store says of the weight; undefined when it is not asked or does not answer. */
  async function sharedCharge(
    running: number,
    weight: number,
    ceiling: number,
    known: number,
  ): Promise<WeightCharge | undefined> {
    if (!shared) return undefined;
    const given = new AbortController();
    try {
      return await Promise.race([
        shared.take(running, weight, { ceiling, known }),
        delay(SHARED_WAIT_MS, given.signal).then(() => undefined),
      ]);
    } catch (error) {
      log.debug({ error: describeError(error) }, 'the shared weight is not known');
      return undefined;
    } finally {
      given.abort();
    }
  }

  async function get<T>(
    path: string,
    weight: number,
    schema: z.ZodType<T>,
    signal: AbortSignal | undefined,
    ceiling = PATIENT_BUDGET,
    sent?: () => void,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      await budget(weight, ceiling, signal);
      try {
        const body = await inTurn(() => {
          sent?.();
          return ask(path, signal);
        });
        const parsed = schema.safeParse(body);
        if (!parsed.success) {
          throw new OperationalError(
            'retry',
            `${path}: an answer of another form (${firstIssue(parsed.error)})`,
          );
        }
        onAnswer?.(path, body);
        return parsed.data;
      } catch (error) {
        const pause = RETRY_MS[attempt];
        if (!(error instanceof OperationalError) || error.remedy !== 'retry' || pause === undefined)
          throw error;
        log.debug({ path, error: describeError(error) }, 'REST call is tried again');
        await delay(pause, signal);
      }
    }
  }

  async function ask(path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const timeout = AbortSignal.timeout(timings.restTimeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(restUrl + path, {
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        redirect: 'error',
        headers: { accept: 'application/json' },
      });
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw new OperationalError('retry', `${path}: ${causeOf(error)}`);
    }
    const header = Number(response.headers.get('x-mbx-used-weight-1m'));
    currentMinute();
    if (header > used) used = header;
    if (!response.ok) throw fault(path, response, text);
    refused = undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new OperationalError('retry', `${path}: an answer that is no JSON`);
    }
  }

  function fault(path: string, response: Response, text: string): OperationalError {
    const { status } = response;
    if (status === 451) {
      refused = 'HTTP 451: the exchange does not serve this location';
      return new OperationalError('gone', refused);
    }
    const { code, msg } = readError(text);
    const said = `${path}: HTTP ${status}${code === undefined ? '' : ` ${code} ${msg.slice(0, 200)}`}`;
    if (status === 429 || status === 418 || status === 403) {
      const waitMs = waitOf(status, response.headers.get('retry-after'), msg, clock.now());
      blockedUntil = Math.max(blockedUntil, clock.now() + waitMs);
      shared?.block(waitMs).catch(() => undefined);
      refused = `HTTP ${status}: ${
        status === 418
          ? 'this address is banned for a while'
          : status === 429
            ? 'too many requests'
            : 'a firewall page'
      }`;
      log.error({ path, status, waitMs }, 'the exchange turns our requests down');
      return new OperationalError('wait', said, { waitMs });
    }
    const transient = status >= 500 || status === 408 || (code !== undefined && TRANSIENT.has(code));
    return new OperationalError(transient ? 'retry' : 'bug', said);
  }

  return {
    async exchangeInfo(signal) {
      const { symbols } = await get('/fapi/v1/exchangeInfo', 1, schemas.exchangeInfo, signal);
      return symbols.flatMap((row) => {
        const parsed = schemas.listing.safeParse(row);
        return parsed.success ? [parsed.data] : [];
      });
    },
    async klines(symbol, { limit, startTime, endTime, urgent }, signal) {
      const params = new URLSearchParams({ symbol, interval: '1m', limit: String(limit) });
      if (startTime !== undefined) params.set('startTime', String(startTime));
      if (endTime !== undefined) params.set('endTime', String(endTime));
      const weight = limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
      const ceiling = urgent ? WEIGHT_BUDGET : PATIENT_BUDGET;
      const rows = await get(`/fapi/v1/klines?${params}`, weight, schemas.klines, signal, ceiling);
      const last = rows.length - 1;
      // Only the last row can be the running minute; every row before it is followed by another one.
      return rows.map(({ candle, closeTime }, index) => ({
        ...candle,
        closed: index < last || (endTime !== undefined && closeTime <= endTime),
      }));
    },
    openInterest: (symbol, signal) =>
      get(`/fapi/v1/openInterest?${new URLSearchParams({ symbol })}`, 1, schemas.openInterest, signal),
    openInterestHist: (symbol, signal) =>
      get(
        `/futures/data/openInterestHist?${new URLSearchParams({ symbol, period: '5m', limit: '290' })}`,
        0,
        schemas.openInterestHist,
        signal,
      ),
    async longShort(symbol, signal) {
      const params = new URLSearchParams({ symbol, period: '5m', limit: '1' });
      const path = `/futures/data/globalLongShortAccountRatio?${params}`;
      return (await get(path, 0, schemas.longShort, signal)).at(-1);
    },
    premiumIndex: (symbol, signal) =>
      get(`/fapi/v1/premiumIndex?${new URLSearchParams({ symbol })}`, 1, schemas.premiumIndex, signal),
    async aggTrades(symbol, fromId, signal) {
      const params = new URLSearchParams({ symbol, fromId: String(fromId), limit: '1000' });
      const rows = await get(`/fapi/v1/aggTrades?${params}`, 20, schemas.aggTrades, signal, WEIGHT_BUDGET);
      return rows.map((row) => ({ ...row, symbol, eventTime: row.time }));
    },
    async clockOffset(signal) {
      const ask = async (sent: () => void) =>
        (await get('/fapi/v1/time', 1, schemas.serverTime, signal, PATIENT_BUDGET, sent)).serverTime;
      offset = await measureClockOffset(clock, ask, signal);
      return offset;
    },
    refused: () => refused,
    weight: () => {
      currentMinute();
      return used;
    },
  };
}

/** Disconnected, unknown, overloaded, timeout: worth another try whatever the status. */
const TRANSIENT = new Set([-1001, -1007, -1008, -1016]);

function readError(text: string): { code: number | undefined; msg: string } {
  try {
    const parsed = schemas.errorBody.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // A firewall answers with a page.
  }
  return { code: undefined, msg: '' };
}

/** How long a turned-down address has to wait: Retry-After (s), the ban's end in the message (Unix ms), or a usual time. */
function waitOf(status: number, retryAfter: string | null, msg: string, now: number): number {
  const seconds = Number(retryAfter);
  if (seconds > 0) return seconds * 1000;
  const until = Number(/banned until (\d{10,16})/.exec(msg)?.[1] ?? 0);
  if (until > now) return until - now;
  return status === 418 ? BAN_MS : status === 403 ? WALL_MS : LIMITED_MS;
}

/** What fetch hides in `cause`. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error
    ? describeError(error.cause)
    : describeError(error);
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'unknown';
}
