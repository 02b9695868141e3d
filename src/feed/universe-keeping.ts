import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { AllRules } from './all-rules.ts';
import type { Endings } from './endings.ts';
import type { Listings } from './listings.ts';
import type { FeedTimings } from './timings.ts';
import type { UniverseWatch } from './universe.ts';
import { pauseAfter } from './warm-up.ts';

const MAX_PAUSE_MS = 60_000;

/** Keeps the list of symbols up to date, and lets everything follow that hangs on it. */
export interface UniverseKeeping {
  /** Something of the list has changed: it is fetched as soon as it may be. */
  announce(): void;
  /** Fetches the list when it is due; a failure costs a pause. */
  step(): Promise<void>;
}

export function createUniverseKeeping(options: {
  universe: UniverseWatch;
  listings: Listings;
  allRules: Pick<AllRules, 'refresh'>;
  endings: Endings;
  timings: FeedTimings;
  log: Log;
  signal: AbortSignal;
}): UniverseKeeping {
  const { universe, listings, allRules, endings, timings, log, signal } = options;
  let isStale = true;
  let due = 0;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let pause = timings.warmRetryMs;

  return {
    announce() {
      isStale = true;
    },
    async step() {
      // Shards that have come since the last list are compared with it too.
      if (universe.known && pause === timings.warmRetryMs) await listings.look();
      if (performance.now() < (isStale ? fetchedAt + timings.universeLeastMs : due)) return;
      isStale = false;
      try {
        await universe.refresh(signal);
        fetchedAt = performance.now();
        due = fetchedAt + timings.universeEveryMs;
        pause = timings.warmRetryMs;
        await allRules.refresh();
        await listings.look();
        if (listings.doubtful) due = Math.min(due, fetchedAt + timings.confirmGoneMs);
        await endings.delist((symbol) => universe.ended(symbol) || listings.isGone(symbol));
      } catch (error) {
        if (signal.aborted) return;
        isStale = true;
        log.warn({ error: describeError(error) }, 'the list of symbols could not be fetched');
        await delay(pauseAfter(error, pause, timings), signal).catch(() => undefined);
        pause = Math.min(pause * 2, MAX_PAUSE_MS);
      }
    },
  };
}
