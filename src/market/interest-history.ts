import { WINDOW_MS, type Window } from './brief.ts';
import type { OpenInterest } from './events.ts';
import type { Walk } from './packing.ts';

const MINUTE = 60_000;
/** Polls are never exact: a sample may be older than the window's start by a tenth of the window, but within these. */
const LEAST_TOLERANCE = 1.5 * MINUTE;
const MOST_TOLERANCE = 6 * MINUTE;
/** Without a newer sample for so long nothing is known of now. */
const STALE = 5 * MINUTE;
/** A sample a minute for the windows up to an hour, one in five minutes for longer ones: as the exchange keeps its own. */
const FINE = { every: MINUTE, samples: 68 } as const;
const COARSE = { every: 5 * MINUTE, samples: 292 } as const;
const HOUR = 60 * MINUTE;

/** Open interest of the last 24 hours. */
export class InterestHistory {
  readonly #fine = new Samples(FINE.every, FINE.samples);
  readonly #coarse = new Samples(COARSE.every, COARSE.samples);

  /** Takes a sample in; older ones and nonsense change nothing. */
  add({ openInterest, time }: OpenInterest): void {
    if (!(openInterest >= 0) || !Number.isFinite(openInterest)) return;
    if (this.newest && time <= this.newest.time) return;
    this.#fine.add(time, openInterest);
    this.#coarse.add(time, openInterest);
  }

  /** Takes older samples in between those that are there, in any order. */
  fill(samples: readonly OpenInterest[]): void {
    const symbol = '';
    const known = [...this.#coarse.all(), ...this.#fine.all()].map(({ time, value }) => ({
      symbol,
      time,
      openInterest: value,
    }));
    this.#fine.clear();
    this.#coarse.clear();
    for (const sample of [...known, ...samples].sort((a, b) => a.time - b.time)) this.add(sample);
  }

  /** Walks over all samples, to save or restore them. */
  walk(walk: Walk): void {
    this.#fine.walk(walk);
    this.#coarse.walk(walk);
  }

  /** Newest sample: base units and Unix ms. */
  get newest(): Sample | undefined {
    return this.#fine.newest;
  }

  /**
   * Change inside the window in %: the newest sample against the one at the window's start. Undefined where there is
   * none so old, or none that is of now (`now`: market time, Unix ms).
   */
  change(window: Window, now: number): number | undefined {
    const { newest } = this;
    if (!newest || now - newest.time > STALE) return undefined;
    const span = WINDOW_MS[window];
    const tolerance = Math.min(Math.max(span / 10, LEAST_TOLERANCE), MOST_TOLERANCE);
    const start = (span <= HOUR ? this.#fine : this.#coarse).before(newest.time - span);
    const known = start ?? this.#coarse.before(newest.time - span);
    if (!known || newest.time - span - known.time > tolerance || known.value === 0) return undefined;
    return (newest.value / known.value - 1) * 100;
  }
}

interface Sample {
  value: number;
  time: number;
}

/** The last samples, one in each stretch of `every` ms: of several in one the last. */
class Samples {
  readonly #every: number;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #count = 0;

  constructor(every: number, samples: number) {
    this.#every = every;
    this.#times = new Float64Array(samples);
    this.#values = new Float64Array(samples);
  }

  add(time: number, value: number): void {
    const { newest } = this;
    if (!newest || Math.floor(time / this.#every) !== Math.floor(newest.time / this.#every)) this.#count++;
    const slot = (this.#count - 1) % this.#times.length;
    this.#times[slot] = time;
    this.#values[slot] = value;
  }

  get newest(): Sample | undefined {
    return this.#count === 0 ? undefined : this.#at(this.#count - 1);
  }

  /** The newest sample that is not younger than `time`. */
  before(time: number): Sample | undefined {
    for (let i = this.#count - 1; i >= this.#oldest; i--) {
      const sample = this.#at(i);
      if (sample.time <= time) return sample;
    }
    return undefined;
  }

  all(): Sample[] {
    return Array.from({ length: this.#count - this.#oldest }, (_, i) => this.#at(this.#oldest + i));
  }

  clear(): void {
    this.#count = 0;
  }

  walk(walk: Walk): void {
    walk.numbers(this.#times);
    walk.numbers(this.#values);
    this.#count = walk.value(this.#count);
  }

  get #oldest(): number {
    return Math.max(0, this.#count - this.#times.length);
  }

  #at(index: number): Sample {
    const slot = index % this.#times.length;
    return { value: this.#values[slot] ?? 0, time: this.#times[slot] ?? 0 };
  }
}
