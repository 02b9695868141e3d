import { WINDOW_MS, type Window } from '../market/brief.ts';
import { candleStart, type PricePath } from './candle-path.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** As in market/windows.ts: windows up to this begin at a second, longer ones at a minute. */
const FINE_MS = WINDOW_MS['15m'];
/** As in market/windows.ts: a window of which more than this share is missing says nothing. */
const TOLERABLE_HOLE = 0.1;

/** High and low of one rolling window at each point of a path; `usable` is 0 where the window is not known. */
export interface PathWindow {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly usable: Uint8Array;
}

/**
 * One rolling window along a path, with the values that market/windows.ts has when the path's prices come as trades: the
 * running bucket and the n − 1 before it, and the price standing at their beginning. Monotonic queues: a few ns a point.
 */
export function windowAlong(path: PricePath, window: Window): PathWindow {
  const { length, times, prices, missing } = path;
  const span = WINDOW_MS[window];
  const high = new Float64Array(length);
  const low = new Float64Array(length);
  const usable = new Uint8Array(length);
  const highest = new ExtremeQueue(prices, 1);
  const lowest = new ExtremeQueue(prices, -1);
  const begin = times[0] ?? 0;
  let first = 0;
  for (let i = 0; i < length; i++) {
    const now = times[i] ?? 0;
    const from = windowBegin(now, window);
    while ((times[first] ?? now) < from) first += 1;
    const standing = first > 0 && missing[first] === missing[first - 1] ? first - 1 : first;
    high[i] = highest.push(i, standing);
    low[i] = lowest.push(i, standing);
    const hole = (missing[i] ?? 0) - (missing[first] ?? 0) + holeBefore(path, first, from);
    usable[i] = begin <= from && hole <= TOLERABLE_HOLE * span ? 1 : 0;
  }
  return { high, low, usable };
}

/** How much of the time from `from` to a point's candle no candle is known for, ms. */
function holeBefore({ times, missing }: PricePath, point: number, from: number): number {
  const missed = (missing[point] ?? 0) - (missing[point - 1] ?? 0);
  if (point === 0 || missed === 0) return 0;
  const until = times[candleStart(point)] ?? 0;
  return Math.min(missed, Math.max(0, until - from));
}

/** Where a window that ends at a time begins, Unix ms. */
export function windowBegin(time: number, window: Window): number {
  const span = WINDOW_MS[window];
  const width = span <= FINE_MS ? SECOND_MS : MINUTE_MS;
  return Math.floor(time / width) * width + width - span;
}

/** Highest (`sign` 1) or lowest (−1) price between two places that only move on. */
class ExtremeQueue {
  readonly #prices: Float64Array;
  readonly #sign: 1 | -1;
  readonly #points: Uint32Array;
  #head = 0;
  #tail = 0;

  constructor(prices: Float64Array, sign: 1 | -1) {
    this.#prices = prices;
    this.#sign = sign;
    this.#points = new Uint32Array(prices.length);
  }

  /** Takes point `last` in, lets points before `first` go, and returns the extreme of those between. */
  push(last: number, first: number): number {
    const points = this.#points;
    const prices = this.#prices;
    const value = this.#sign * (prices[last] ?? 0);
    while (this.#tail > this.#head && this.#sign * (prices[points[this.#tail - 1] ?? 0] ?? 0) <= value) {
      this.#tail -= 1;
    }
    points[this.#tail] = last;
    this.#tail += 1;
    while ((points[this.#head] ?? last) < first) this.#head += 1;
    return prices[points[this.#head] ?? last] ?? 0;
  }
}
