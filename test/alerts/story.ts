import { createEngine, type Engine, type EngineTransition } from '../../src/alerts/engine.ts';
import type { Firing, InstanceState } from '../../src/alerts/rule.ts';

export const MINUTE = 60_000;

/** Drives one symbol's price through an engine, one event a second unless told. */
export class Story {
  readonly engine: Engine;
  time = 1_000_000;
  #seq = 0;

  constructor(engine = createEngine()) {
    this.engine = engine;
  }

  price(value: number, afterMs = 1_000): Firing[] {
    this.time += afterMs;
    this.#seq += 1;
    return firings(this.engine.tick('BTCUSDT', this.time, this.#seq, () => value));
  }

  prices(...values: number[]): Firing[] {
    return values.flatMap((value) => this.price(value));
  }

  heartbeat(afterMs: number): Firing[] {
    this.time += afterMs;
    return firings(this.engine.advance('BTCUSDT', this.time));
  }
}

export function firings(transitions: readonly EngineTransition[]): Firing[] {
  return transitions.flatMap(({ firing }) => (firing ? [firing] : []));
}

/** The state of a rule that has barked four times. */
export const BARKED: InstanceState = {
  phase: 'fired',
  since: 0,
  lastFire: 7,
  episode: 4,
  suppressed: 0,
  deferred: false,
};
