import type { Clock } from '../../src/kit/clock.ts';

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: number;

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the clock to `time` (Unix ms); never backwards. */
  advanceTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }

  /** Moves the clock on by `ms`. */
  advanceBy(ms: number): void {
    this.#now += ms;
  }
}
