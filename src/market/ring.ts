import type { Walk } from './packing.ts';

/** How a bucket came by its numbers. */
export const NONE = 0;
/** Live trades, but not from the bucket's start: the stream was joined within it. */
export const PART = 1;
/** Live trades (or their absence) from its start on. */
export const FULL = 2;
/** Trades are known to be missing. */
export const HOLE = 3;
/** Joined or holed, and mended so far by a running candle. */
export const RUNNING = 4;
/** The exchange's closed candle. */
export const CANDLE = 5;

/**
 * The newest `size` time buckets of one width, in typed arrays of fixed size. A bucket's index is
 * floor(Unix ms ÷ width); sums are only ever added up within a bucket, so nothing drifts.
 */
export class BucketRing {
  readonly size: number;
  /** Index of the newest bucket; −1 before the first. */
  head = -1;
  /** Price at the bucket's end (carried through quiet buckets); NaN where it is not known. */
  readonly last: Float64Array;
  /** −Infinity without trades. */
  readonly high: Float64Array;
  /** Infinity without trades. */
  readonly low: Float64Array;
  /** Taker buy and sell notional, quote units. */
  readonly buy: Float64Array;
  readonly sell: Float64Array;
  readonly trades: Uint32Array;
  readonly state: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.last = new Float64Array(size).fill(Number.NaN);
    this.high = new Float64Array(size).fill(-Infinity);
    this.low = new Float64Array(size).fill(Infinity);
    this.buy = new Float64Array(size);
    this.sell = new Float64Array(size);
    this.trades = new Uint32Array(size);
    this.state = new Uint8Array(size);
  }

  /** Bytes of all its arrays. */
  get bytes(): number {
    return this.size * (5 * Float64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT + 1);
  }

  /** Walks over all of it, to save or restore it. */
  walk(walk: Walk): void {
    this.head = walk.value(this.head);
    for (const array of [this.last, this.high, this.low, this.buy, this.sell, this.trades, this.state]) {
      walk.numbers(array);
    }
  }

  has(index: number): boolean {
    return index <= this.head && index > this.head - this.size && index >= 0;
  }

  /** Where a bucket that the ring has lies in the arrays. */
  slot(index: number): number {
    return index % this.size;
  }

  lastOf(index: number): number {
    return this.has(index) ? (this.last[index % this.size] ?? Number.NaN) : Number.NaN;
  }

  stateOf(index: number): number {
    return this.has(index) ? (this.state[index % this.size] ?? NONE) : NONE;
  }

  /** Moves on to bucket `index`; it and the skipped ones get `state`, and carry the last price if that is `FULL`. */
  roll(index: number, state: number): void {
    if (index <= this.head) return;
    if (this.head < 0) {
      this.head = index;
      this.state[index % this.size] = state;
      return;
    }
    const carried = state === FULL ? this.lastOf(this.head) : Number.NaN;
    const from = Math.max(this.head + 1, index - this.size + 1);
    for (let i = from; i <= index; i++) {
      const slot = i % this.size;
      this.last[slot] = carried;
      this.high[slot] = -Infinity;
      this.low[slot] = Infinity;
      this.buy[slot] = 0;
      this.sell[slot] = 0;
      this.trades[slot] = 0;
      this.state[slot] = state;
    }
    this.head = index;
  }

  /** Adds a trade to a bucket's extremes and sums, but not to its last price. */
  add(slot: number, price: number, notional: number, takerBuys: boolean): void {
    if (price > (this.high[slot] ?? 0)) this.high[slot] = price;
    if (price < (this.low[slot] ?? 0)) this.low[slot] = price;
    const side = takerBuys ? this.buy : this.sell;
    side[slot] = (side[slot] ?? 0) + notional;
    this.trades[slot] = (this.trades[slot] ?? 0) + 1;
  }

  /** The price of a trade in bucket `index`, carried on through the later buckets that have no trade of their own. */
  carry(index: number, price: number): void {
    for (let i = index; i <= this.head; i++) {
      const slot = i % this.size;
      if (i > index && (this.trades[slot] ?? 0) > 0) return;
      this.last[slot] = price;
    }
  }
}
