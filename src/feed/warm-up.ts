import { delay } from '../kit/duration.ts';
import { describeError, OperationalError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { createTurns } from '../kit/turns.ts';
import type { Candle } from '../market/events.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Rest } from './rest.ts';
import type { Hole, SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

/** The most one call gives. */
const CANDLES = 1_500;
/** Below 500 candles a call costs 2: three such calls hold the 24 h window and cost 6, where one call of 1,500 costs 10. */
const PART = 499;
const PARTS = 3;
/** Below this many candles a call costs the least weight. */
const LIGHT = 99;
const MINUTE_MS = 60_000;
const MAX_PAUSE_MS = 60_000;
/** Warm-ups at once: more would only wait for each other's weight. */
const PARALLEL = 8;

/** Fills the windows of new symbols, and mends holes, from REST candles. */
export interface WarmUp {
  /**
   * Fetches a new symbol's candles and hands them to `fill`; tries again until it works, the signal aborts, or the
   * exchange says that it does not know the symbol (false).
   */
  warm(watch: SymbolWatch, fill: (candles: readonly Candle[]) => void, signal: AbortSignal): Promise<boolean>;
  /** Fetches the minutes of a hole, corrects the windows and keeps the candles. */
  mend(watch: SymbolWatch, hole: Hole, signal: AbortSignal): Promise<void>;
}

/** How long to wait after a failed call: as the exchange says, long where it refuses the place, else `pause`. */
export function pauseAfter(error: unknown, pause: number, timings: FeedTimings): number {
  if (!(error instanceof OperationalError)) return pause;
  return error.remedy === 'gone' ? timings.refusedMs : Math.max(pause, error.waitMs ?? 0);
}

export function createWarmUp(options: {
  rest: Rest;
  market: MarketRepository;
  timings: FeedTimings;
  log: Log;
}): WarmUp {
  const { rest, market, timings, log } = options;
  const inTurn = createTurns(PARALLEL);

  /** The newest 1,497 candles, or as many as there are. */
  async function lastDay(symbol: string, signal: AbortSignal): Promise<Candle[]> {
    const newest = await rest.klines(symbol, { limit: PART }, signal);
    const [first] = newest;
    if (!first || newest.length < PART) return newest;
    const older = Array.from({ length: PARTS - 1 }, (_, index) => {
      const endTime = first.openTime - index * PART * MINUTE_MS - 1;
      return rest.klines(symbol, { limit: PART, startTime: endTime + 1 - PART * MINUTE_MS, endTime }, signal);
    });
    return [...(await Promise.all(older)).toReversed(), newest].flat();
  }

  /** The store may be away; the windows do not depend on it. */
  async function keep(symbol: string, candles: readonly Candle[]): Promise<void> {
    await market.writeCandles(symbol, candles).catch((error: unknown) => {
      log.error({ symbol, error: describeError(error) }, 'candles could not be kept');
    });
  }

  return {
    async warm(watch, fill, signal) {
      for (let pause = timings.warmRetryMs; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
        try {
          const candles = await inTurn(() => lastDay(watch.symbol, signal));
          signal.throwIfAborted();
          fill(candles);
          void keep(watch.symbol, candles);
          return true;
        } catch (error) {
          if (signal.aborted) return false;
          log.warn({ symbol: watch.symbol, error: describeError(error) }, 'warm-up failed');
          if (error instanceof OperationalError && error.remedy === 'bug') return false;
          await delay(pauseAfter(error, pause, timings), signal).catch(() => undefined);
          if (signal.aborted) return false;
        }
      }
    },
    async mend(watch, hole, signal) {
      const minutes = (hole.to - hole.from) / MINUTE_MS + 1;
      const limit = minutes <= LIGHT ? LIGHT : CANDLES;
      const endTime = hole.to + MINUTE_MS - 1;
      const candles = await rest.klines(watch.symbol, { limit, startTime: hole.from, endTime }, signal);
      watch.mend(candles, endTime);
      await keep(watch.symbol, candles);
      log.info({ symbol: watch.symbol, minutes }, 'hole mended from candles');
    },
  };
}
