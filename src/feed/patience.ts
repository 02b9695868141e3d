import { delay } from '../kit/duration.ts';
import { describeError, OperationalError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { FeedTimings } from './timings.ts';
import { pauseAfter } from './warm-up.ts';

const MAX_PAUSE_MS = 5_000;

/** Asks until there is an answer. */
export type Patience = <T>(what: string, ask: () => Promise<T>) => Promise<T>;

/**
 * Patience with what a symbol's start cannot do without: it is asked for again, each failure is logged as an error, for
 * as long as anything that was missed would still be told (`lateMs`). Then, when nobody `waits` any more, and when the
 * exchange says that it makes no sense to ask, the last error is thrown.
 */
export function createPatience(options: {
  symbol: string;
  waits: () => boolean;
  timings: FeedTimings;
  log: Log;
  signal: AbortSignal;
}): Patience {
  const { symbol, waits, timings, log, signal } = options;
  const deadline = performance.now() + timings.lateMs;
  return async (what, ask) => {
    for (let pause = timings.warmRetryMs; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      try {
        return await ask();
      } catch (error) {
        const isFutile = error instanceof OperationalError && error.remedy === 'bug';
        if (signal.aborted || isFutile || !waits() || performance.now() > deadline) throw error;
        log.error({ symbol, error: describeError(error) }, `the symbol's start waits for ${what}`);
        await delay(pauseAfter(error, pause, timings), signal);
      }
    }
  };
}
