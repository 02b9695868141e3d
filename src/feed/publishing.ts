import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { MarketSource } from '../market/events.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Pipeline } from './pipeline.ts';
import type { Shards } from './shards.ts';
import type { FeedTimings } from './timings.ts';

/** How often it is looked whether a brief is due. */
const LOOK_MS = 50;

export interface Publishing extends Loop {
  /** Writes what has changed since the last briefs. */
  flush(): Promise<void>;
}

/** Writes the brief of each symbol when something changed, at most once in `briefEveryMs`. */
export function startPublishing(options: {
  market: MarketRepository;
  pipeline: Pipeline;
  shards: Shards;
  source: MarketSource;
  clock: Clock;
  timings: FeedTimings;
  log: Log;
}): Publishing {
  const { market, pipeline, shards, source, clock, timings, log } = options;

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

  const loop = startLoop('briefs', LOOK_MS, () => briefs(false), log);
  return {
    flush: () => briefs(true),
    stop: () => loop.stop(),
  };
}
