import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { MarketSource } from '../market/events.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Pipeline } from './pipeline.ts';
import type { Rest } from './rest.ts';
import type { Shards } from './shards.ts';
import type { FeedTimings } from './timings.ts';

/** How often it is looked whether a brief or an open interest is due. */
const LOOK_MS = 50;
/** While more symbols than this are warming, weight is theirs. */
const MANY_COLD = 20;
/** At most 120 calls a minute for open interest, weight 1 each. */
const OPEN_INTEREST_SPACING_MS = 500;

export interface Publishing extends Loop {
  /** Writes what has changed since the last briefs. */
  flush(): Promise<void>;
}

/** Writes the brief of each symbol when something changed, at most once in `briefEveryMs`, and fetches open interest. */
export function startPublishing(options: {
  market: MarketRepository;
  rest: Rest;
  pipeline: Pipeline;
  shards: Shards;
  source: MarketSource;
  clock: Clock;
  timings: FeedTimings;
  log: Log;
  signal: AbortSignal;
}): Publishing {
  const { market, rest, pipeline, shards, source, clock, timings, log, signal } = options;

  async function briefs(all: boolean): Promise<void> {
    const now = performance.now();
    const due = [...pipeline.watches.values()].filter(
      (watch) => watch.warm && watch.dirty && (all || now >= watch.briefDue),
    );
    await Promise.all(
      due.map(async (watch) => {
        watch.dirty = false;
        watch.briefDue = now + timings.briefEveryMs;
        const epoch = shards.epochOf(watch.symbol);
        // Another feed owns the symbol, or may, and writes its brief.
        if (epoch === undefined) return;
        await market.writeBrief(watch.state.brief({ source, epoch, writtenAt: clock.now() }));
      }),
    );
  }

  async function openInterest(): Promise<void> {
    const watches = [...pipeline.watches.values()];
    // The windows come first; and hundreds of symbols must leave weight for repairs.
    if (watches.filter((watch) => !watch.warm).length > MANY_COLD) return;
    for (const watch of watches) {
      if (signal.aborted) return;
      if (performance.now() < watch.openInterestDue) continue;
      const spread = pipeline.watches.size * OPEN_INTEREST_SPACING_MS;
      watch.openInterestDue = performance.now() + Math.max(timings.openInterestEveryMs, spread);
      try {
        watch.state.openInterest(await rest.openInterest(watch.symbol, signal));
        watch.dirty = true;
      } catch (error) {
        log.debug({ symbol: watch.symbol, error: describeError(error) }, 'no open interest');
      }
    }
  }

  const loops = [
    startLoop('briefs', LOOK_MS, () => briefs(false), log),
    startLoop('open interest', LOOK_MS, openInterest, log),
  ];
  return {
    flush: () => briefs(true),
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
