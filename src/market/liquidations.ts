import { WINDOW_MS, type Window } from './brief.ts';
import type { Walk } from './packing.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** As in windows.ts: windows up to this are kept to the second, longer ones to the minute. */
const FINE_MS = WINDOW_MS['15m'];

/**
 * What was seen of forced orders over the rolling windows, in quote units. The exchange tells of one order a second and
 * symbol at most, the largest: sums are a lower bound, never the total. A window that began before the listening did
 * holds what was seen since.
 */
export class Liquidations {
  readonly #seconds = new SumRing(SECOND_MS, FINE_MS);
  readonly #minutes = new SumRing(MINUTE_MS, WINDOW_MS['24h']);
  #listening = false;

  /** Moves the windows on to `time` (Unix ms); from the first call on it is known that nothing was seen. */
  advance(time: number): void {
    this.#listening = true;
    this.#seconds.advance(time);
    this.#minutes.advance(time);
  }

  add(time: number, notional: number): void {
    this.advance(time);
    this.#seconds.add(time, notional);
    this.#minutes.add(time, notional);
  }

  /** Notional seen in the window; undefined before anything was heard at all. */
  seen(window: Window): number | undefined {
    if (!this.#listening) return undefined;
    return (WINDOW_MS[window] <= FINE_MS ? this.#seconds : this.#minutes).sum(WINDOW_MS[window]);
  }

  /** Walks over all that was seen, to save or restore it. */
  walk(walk: Walk): void {
    this.#seconds.walk(walk);
    this.#minutes.walk(walk);
    this.#listening = walk.value(this.#listening ? 1 : 0) === 1;
  }
}

/** Sums by buckets of time; those that have left the longest window are forgotten. */
class SumRing {
  readonly #width: number;
  readonly #sums: Float64Array;
  #head = 0;
  /** Sums read since the last change, by number of buckets: a tick must not add up a day. */
  readonly #read = new Map<number, number>();

  constructor(widthMs: number, longestMs: number) {
    this.#width = widthMs;
    this.#sums = new Float64Array(longestMs / widthMs);
  }

  advance(time: number): void {
    const bucket = Math.floor(time / this.#width);
    if (bucket <= this.#head) return;
    const size = this.#sums.length;
    for (let i = Math.max(this.#head + 1, bucket - size + 1); i <= bucket; i++) this.#sums[i % size] = 0;
    this.#head = bucket;
    this.#read.clear();
  }

  add(time: number, amount: number): void {
    const bucket = Math.floor(time / this.#width);
    const size = this.#sums.length;
    if (bucket > this.#head || bucket <= this.#head - size) return;
    this.#sums[bucket % size] = (this.#sums[bucket % size] ?? 0) + amount;
    this.#read.clear();
  }

  /** The running bucket and those before it that lie within `spanMs`. */
  sum(spanMs: number): number {
    const count = spanMs / this.#width;
    let sum = this.#read.get(count);
    if (sum !== undefined) return sum;
    const size = this.#sums.length;
    sum = 0;
    for (let i = Math.max(0, this.#head - count + 1); i <= this.#head; i++) sum += this.#sums[i % size] ?? 0;
    this.#read.set(count, sum);
    return sum;
  }

  walk(walk: Walk): void {
    walk.numbers(this.#sums);
    this.#head = walk.value(this.#head);
    this.#read.clear();
  }
}
