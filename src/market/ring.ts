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

/** The numbers of a bucket are places in its cell. Price at its end (carried through quiet buckets); NaN where it is not known. */
export const LAST = 0;
/** −Infinity without trades. */
export const HIGH = 1;
/** Infinity without trades. */
export const LOW = 2;
/** Taker buy and sell notional, quote units. */
export const BUY = 3;
export const SELL = 4;
export const TRADES = 5;
/** `NONE` to `CANDLE`. */
export const STATE = 6;
/**
 * Eight doubles are one cache line. With hundreds of symbols a trade finds nothing of its own in the cache, and costs
 * what it has to fetch.
 */
const CELL = 8;

/**
 * The newest `size` time buckets of one width, in one typed array of fixed size. A bucket's index is
 * floor(Unix ms ÷ width); sums are only ever added up within a bucket, so nothing drifts.
 */
export class BucketRing {
  readonly size: number;
  /** Index of the newest bucket; −1 before the first. */
  head = -1;
  /** Cell after cell; the number `LAST` of a bucket stands at its `slot(index) + LAST`. */
  readonly cells: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.cells = new Float64Array(size * CELL);
    for (let slot = 0; slot < this.cells.length; slot += CELL) this.#clear(slot, Number.NaN, NONE);
  }

  /** Bytes of all its cells. */
  get bytes(): number {
    return this.cells.byteLength;
  }

  /** Walks over all of it, to save or restore it. */
  walk(walk: Walk): void {
    this.head = walk.value(this.head);
    walk.numbers(this.cells);
  }

  has(index: number): boolean {
    return index <= this.head && index > this.head - this.size && index >= 0;
  }

  /** Where the cell of a bucket that the ring has begins. */
  slot(index: number): number {
    return (index % this.size) * CELL;
  }

  lastOf(index: number): number {
    return this.has(index) ? (this.cells[this.slot(index) + LAST] ?? Number.NaN) : Number.NaN;
  }

  stateOf(index: number): number {
    return this.has(index) ? (this.cells[this.slot(index) + STATE] ?? NONE) : NONE;
  }

  /** Moves on to bucket `index`; it and the skipped ones get `state`, and carry the last price if that is `FULL`. */
  roll(index: number, state: number): void {
    if (index <= this.head) return;
    if (this.head < 0) {
      this.head = index;
      this.cells[this.slot(index) + STATE] = state;
      return;
    }
    const carried = state === FULL ? this.lastOf(this.head) : Number.NaN;
    const from = Math.max(this.head + 1, index - this.size + 1);
    for (let i = from; i <= index; i++) this.#clear(this.slot(i), carried, state);
    this.head = index;
  }

  /** Adds a trade to a bucket's extremes and sums, but not to its last price. */
  add(slot: number, price: number, notional: number, takerBuys: boolean): void {
    const { cells } = this;
    if (price > (cells[slot + HIGH] ?? 0)) cells[slot + HIGH] = price;
    if (price < (cells[slot + LOW] ?? 0)) cells[slot + LOW] = price;
    const side = slot + (takerBuys ? BUY : SELL);
    cells[side] = (cells[side] ?? 0) + notional;
    cells[slot + TRADES] = (cells[slot + TRADES] ?? 0) + 1;
  }

  /** The price of a trade in bucket `index`, carried on through the later buckets that have no trade of their own. */
  carry(index: number, price: number): void {
    for (let i = index; i <= this.head; i++) {
      const slot = this.slot(i);
      if (i > index && (this.cells[slot + TRADES] ?? 0) > 0) return;
      this.cells[slot + LAST] = price;
    }
  }

  #clear(slot: number, last: number, state: number): void {
    const { cells } = this;
    cells[slot + LAST] = last;
    cells[slot + HIGH] = -Infinity;
    cells[slot + LOW] = Infinity;
    cells[slot + BUY] = 0;
    cells[slot + SELL] = 0;
    cells[slot + TRADES] = 0;
    cells[slot + STATE] = state;
  }
}
