/** Where the time of day comes from; injected everywhere, so that tests need no sleeping. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until it is told to move; for tests and replays. */
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
