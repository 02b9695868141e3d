import type { Window } from '../market/brief.ts';
import type { Firing, InstanceState, Rule } from './rule.ts';

/** A metric that rules watch: the last price, or one figure of a rolling window in % (moveDown is ≤ 0). */
export type Metric = 'price' | 'range' | 'moveUp' | 'moveDown' | 'moveEither';

/** The rules of one symbol that watch the same number. `price` has the window `1m` by convention. */
export interface BookKey {
  metric: Metric;
  window: Window;
}

/** What a tick or a heartbeat changed: the state to make durable, and the firing if it barked. */
export interface EngineTransition {
  rule: Rule;
  /** `<ruleId>:<symbol>`. */
  instance: string;
  state: InstanceState;
  firing: Firing | undefined;
}

/**
 * The rules of many symbols, indexed so that a tick costs by what it fires, not by how many rules there are.
 * Pure: time comes from the market's events. State machine: facts of the field in docs/ALERTS.md.
 */
export interface Engine {
  /** Adds or replaces a rule; `saved` is its kept state (none: `init`, which never fires by itself). */
  add(rule: Rule, saved: InstanceState | undefined): void;
  remove(ruleId: string): void;
  /** The numbers that rules of this symbol watch now. */
  books(symbol: string): readonly BookKey[];
  /**
   * Takes one accepted market event in: `seq` grows with every event of the symbol, `read` gives a book's value
   * (undefined while its window is warming: changes nothing). Older or equal `seq` changes nothing.
   */
  tick(
    symbol: string,
    time: number,
    seq: number,
    read: (book: BookKey) => number | undefined,
  ): EngineTransition[];
  /** Lets deadlines up to `time` fall due (hold times, cooldowns); called each second while the feed is healthy. */
  advance(symbol: string, time: number): EngineTransition[];
  /** Ends rules whose `until` lies at or before `time`; returns them. */
  expire(time: number): Rule[];
  /** Position of a symbol as JSON, kept with each commit; a restored one makes replayed ticks harmless. */
  cursor(symbol: string): string;
  restoreCursor(symbol: string, cursor: string): void;
  state(ruleId: string, symbol: string): InstanceState | undefined;
  /** Rules held. */
  readonly size: number;
}

export function createEngine(_options?: { staleMs?: number }): Engine {
  throw new Error('not built yet');
}
