import type { Clock } from '../kit/clock.ts';
import type { MarketSource } from '../market/events.ts';
import type { FeedHealth } from '../store/market.ts';
import type { Connections } from './connections.ts';
import type { Pipeline } from './pipeline.ts';
import type { Repair } from './repair.ts';
import type { Rest } from './rest.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import type { FeedTimings } from './timings.ts';

/** Delays that the median is taken of. */
const LAG_SAMPLES = 101;
const DAY_WINDOW = '24h';

/** What a session of the feed did. */
export interface FeedStats {
  runSeconds: number;
  /** Data frames received. */
  messages: number;
  messagesPerSecond: number;
  /** Holes in trade ids, and those of them that were closed or found to have changed no rule. */
  gaps: number;
  repaired: number;
  /** Prints that were not believed. */
  rejected: number;
  /** Frames that could not be read. */
  malformed: number;
  /** Barks made durable. */
  alerts: number;
}

/** Counts what the feed does, and says how it is. */
export interface HealthReport {
  alerts: number;
  /** The exchange's clock minus ours, ms. */
  clockOffset: number;
  begin(): void;
  /** A trade with this event time was received just now. */
  lag(eventTime: number): void;
  /** Wall clock since when no data comes; undefined while it does, and for a tape, which may be silent. */
  blindSince(): number | undefined;
  report(): FeedHealth;
  stats(): FeedStats;
}

export function createHealthReport(options: {
  source: MarketSource;
  processId: string;
  clock: Clock;
  timings: FeedTimings;
  connections: Connections;
  pipeline: Pipeline;
  book: RuleBook;
  rest: Rest;
  repair: Repair;
  shards: Shards;
}): HealthReport {
  const { source, processId, clock, timings, connections, pipeline, book, rest, repair, shards } = options;
  const lags: number[] = [];
  let nextLag = 0;
  let startedAt = clock.now();
  let startedMonotonic = performance.now();
  let looked = { at: startedMonotonic, frames: 0, perSecond: 0 };

  /** Over the time since the last report, which comes every second. */
  function perSecond(): number {
    const at = performance.now();
    const frames = connections.frames();
    const seconds = (at - looked.at) / 1000;
    if (seconds >= 0.5) looked = { at, frames, perSecond: (frames - looked.frames) / seconds };
    return Math.round(looked.perSecond * 10) / 10;
  }

  function sum(pick: (watch: { gaps: number; rejected: number }) => number): number {
    let total = 0;
    for (const watch of pipeline.watches.values()) total += pick(watch);
    return total;
  }

  const self: HealthReport = {
    alerts: 0,
    clockOffset: 0,
    begin() {
      startedAt = clock.now();
      startedMonotonic = performance.now();
    },
    lag(eventTime) {
      lags[nextLag] = clock.now() + self.clockOffset - eventTime;
      nextLag = (nextLag + 1) % LAG_SAMPLES;
    },
    blindSince() {
      if (source === 'replay') return undefined;
      const since = connections.lastDataAt() ?? startedAt;
      return clock.now() - since > timings.blindAfterMs ? since : undefined;
    },
    report() {
      const watches = [...pipeline.watches.values()];
      return {
        v: 1,
        source,
        processId,
        at: clock.now(),
        startedAt,
        routes: connections.routes(),
        lagMs: source === 'replay' ? undefined : median(lags),
        messages: connections.frames(),
        messagesPerSecond: perSecond(),
        symbols: watches.map((watch) => watch.symbol),
        warming: watches
          .filter((watch) => !watch.warm || watch.state.range(DAY_WINDOW) === undefined)
          .map((watch) => watch.symbol),
        rejected: sum((watch) => watch.rejected),
        gaps: sum((watch) => watch.gaps),
        rules: book.engine.size,
        alerts: self.alerts,
        backlog: shards.backlog().waiting,
        blindSince: self.blindSince(),
        refused: connections.refused() ?? rest.refused(),
      };
    },
    stats() {
      const runSeconds = (performance.now() - startedMonotonic) / 1000;
      const messages = connections.frames();
      return {
        runSeconds: Math.round(runSeconds * 10) / 10,
        messages,
        messagesPerSecond: runSeconds > 0 ? Math.round((messages / runSeconds) * 10) / 10 : 0,
        gaps: sum((watch) => watch.gaps),
        repaired: repair.repaired,
        rejected: sum((watch) => watch.rejected),
        malformed: pipeline.malformed,
        alerts: self.alerts,
      };
    },
  };
  return self;
}

function median(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined;
  const sorted = samples.toSorted((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1] ?? 0);
}
