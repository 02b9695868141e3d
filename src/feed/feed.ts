import { delay } from '../kit/duration.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { startRuleCommands } from './commands.ts';
import type { FeedDeps } from './deps.ts';
import type { FeedStats } from './health.ts';
import { startLeftovers } from './leftovers.ts';
import { startLightWarmUp } from './light-warm-up.ts';
import { startOpenInterest } from './open-interest.ts';
import { publishOverview } from './overview.ts';
import { createParts } from './parts.ts';
import { startPositioning } from './positioning.ts';
import { type Publishing, startPublishing } from './publishing.ts';
import { whyNotReady } from './readiness.ts';
import { startSentiment } from './sentiment.ts';
import { DEFAULT_TIMINGS, type FeedTimings } from './timings.ts';

export type { FeedDeps } from './deps.ts';

/** Deadlines of rules fall due so long after the newest event, since events of several streams overtake each other. */
const LATENESS_MS = 2_000;
const CLOCK_EVERY_MS = 600_000;
const READY_LOOK_MS = 25;
// Dials to our own loopback exchange need no sparing.
const LOOPBACK_DIALS = { dialSpacingMs: 20, dialEveryMs: 20 };

/** The feed of one process: the only part of Sheepdog that talks to the exchange. */
export interface Feed {
  /** Begins, and resolves when it is ready for the first time, or stopped. Failures outside are retried, never thrown. */
  start(): Promise<void>;
  /** Routes live, leases held, windows of the configured symbols warm; otherwise why not, in words. */
  ready(): { ready: boolean; reasons: string[] };
  stats(): FeedStats;
  /** Makes durable what was decided, hands the leases back, closes the sockets. */
  stop(): Promise<void>;
}

export function createFeed(deps: FeedDeps): Feed {
  const { source, market, rules, clock, log } = deps;
  const timings: FeedTimings = {
    ...DEFAULT_TIMINGS,
    ...(source === 'live' ? {} : LOOPBACK_DIALS),
    ...deps.timings,
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const parts = createParts(deps, timings, signal);
  const { rest, universe, book, relay, shards, pipeline, light, allRules, connections } = parts;
  const { keeper, inUse, endings, keeping, health, hears } = parts;
  let loops: Loop[] = [];
  let publishing: Publishing | undefined;

  function ready(): { ready: boolean; reasons: string[] } {
    const reasons = whyNotReady({ universe, shards, connections, pipeline, inUse });
    return { ready: reasons.length === 0, reasons };
  }

  async function beat(): Promise<void> {
    if (pipeline.time > 0 && health.blindSince() === undefined) {
      const time = pipeline.time - LATENESS_MS;
      pipeline.advance(time, hears);
      light.advance(time);
      await endings.expire(time);
    }
    await inUse.mend();
  }

  /** Ends what runs, makes durable what was decided, passes it on and gives the leases back. */
  async function handOver(): Promise<void> {
    await Promise.all(loops.map((loop) => loop.stop()));
    await publishing?.flush();
    await keeper.stop();
    const last = health.report();
    await shards.stop();
    await relay.stop();
    await market.writeHealth(last).catch(() => undefined);
  }

  return {
    async start() {
      health.begin();
      inUse.begin();
      shards.begin();
      relay.begin();
      keeper.begin();
      allRules.begin();
      publishing = startPublishing({ market, pipeline, shards, source, clock, timings, log });
      loops = [
        startLoop('universe', timings.useEveryMs, () => keeping.step(), log),
        startLoop('symbols in use', timings.useEveryMs, () => inUse.gather(), log),
        startLoop('heartbeat', timings.heartbeatMs, beat, log),
        publishOverview({
          keeper: parts.overview,
          market,
          source,
          // All feeds hear the same tickers; one is enough to tell of them.
          speaks: () => shards.owned().includes(0),
          clock,
          log,
          everyMs: timings.overviewEveryMs,
        }),
        startLoop('health', timings.heartbeatMs, () => market.writeHealth(health.report()), log),
        startLoop(
          'clock',
          CLOCK_EVERY_MS,
          async () => {
            if (source === 'live') health.clockOffset = await rest.clockOffset(signal);
          },
          log,
        ),
        startRuleCommands({
          rules,
          shards,
          book,
          use: inUse.use,
          refreshAll: allRules.refresh,
          timings,
          log,
        }),
        allRules,
        startLightWarmUp({ rest, light, book, timings, log, signal }),
        startLeftovers({ rules, shards, everyMs: timings.leftoversEveryMs, log }),
        startSentiment({
          analyses: deps.analyses,
          pipeline,
          book,
          everyMs: timings.analysisEveryMs,
          clock,
          log,
        }),
        startOpenInterest({ rest, pipeline, book, timings, log, signal }),
        publishing,
        startPositioning({ rest, pipeline, log, signal }),
      ];
      while (!signal.aborted && !ready().ready) await delay(READY_LOOK_MS, signal).catch(() => undefined);
      if (!signal.aborted) log.info({ symbols: [...pipeline.watches.keys()] }, 'the feed is ready');
    },
    ready,
    stats: () => health.stats(),
    async stop() {
      stopping.abort(new Error('stopped'));
      const patience = new AbortController();
      const late = delay(timings.drainMs, patience.signal).then(
        () => log.error('the store does not answer: stopped without handing everything over'),
        () => undefined,
      );
      await Promise.race([handOver().finally(() => patience.abort()), late]);
      await connections.stop();
    },
  };
}
