import type { OpenInterest } from './events.ts';
import type { Walk } from './packing.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Polls are never exact: a sample so much older than an hour still stands for an hour ago. */
const TOLERANCE = 5 * MINUTE;
const SAMPLES = 66;

/** Open interest of the last hour, one sample a minute. */
export class InterestHistory {
  readonly #times = new Float64Array(SAMPLES);
  readonly #values = new Float64Array(SAMPLES);
  #count = 0;

  /** Takes a sample in; older ones and nonsense change nothing, a second one of a minute replaces the first. */
  add(sample: OpenInterest): void {
    if (!(sample.openInterest >= 0) || !Number.isFinite(sample.openInterest)) return;
    const newest = this.newest;
    if (newest && sample.time <= newest.time) return;
    if (!newest || Math.floor(sample.time / MINUTE) !== Math.floor(newest.time / MINUTE)) this.#count++;
    const slot = (this.#count - 1) % SAMPLES;
    this.#times[slot] = sample.time;
    this.#values[slot] = sample.openInterest;
  }

  /** Walks over all samples, to save or restore them. */
  walk(walk: Walk): void {
    walk.numbers(this.#times);
    walk.numbers(this.#values);
    this.#count = walk.value(this.#count);
  }

  /** Newest sample: base units and Unix ms. */
  get newest(): { value: number; time: number } | undefined {
    return this.#count === 0 ? undefined : this.#at(this.#count - 1);
  }

  /** Change against the sample of an hour before the newest, in %; undefined when there is none. */
  get change1h(): number | undefined {
    const newest = this.newest;
    if (!newest) return undefined;
    const oldest = Math.max(0, this.#count - SAMPLES);
    for (let i = this.#count - 2; i >= oldest; i--) {
      const sample = this.#at(i);
      const age = newest.time - sample.time;
      if (age < HOUR) continue;
      if (age > HOUR + TOLERANCE || sample.value === 0) return undefined;
      return (newest.value / sample.value - 1) * 100;
    }
    return undefined;
  }

  #at(index: number): { value: number; time: number } {
    const slot = index % SAMPLES;
    return { value: this.#values[slot] ?? 0, time: this.#times[slot] ?? 0 };
  }
}
