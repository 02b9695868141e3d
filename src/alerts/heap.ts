import type { SlotNumbers } from './columns.ts';

const FIRST_LENGTH = 16;
const EMPTY = new Uint32Array(0);

/**
 * A binary heap of slots, ordered by `sign` × their key, ties by slot. It keeps each slot's place in a column, so that
 * any slot can be taken out in O(log n). Heaps that share the column of places must not share slots. The first key is
 * kept in `tops[index]` besides, so that a quiet tick reads the tops of all heaps of a book from one cache line.
 */
export class SlotHeap {
  readonly #keys: SlotNumbers;
  readonly #places: SlotNumbers;
  readonly #sign: 1 | -1;
  readonly #tops: Float64Array;
  readonly #index: number;
  #slots = EMPTY;
  #size = 0;

  constructor(
    keys: SlotNumbers,
    places: SlotNumbers,
    sign: 1 | -1,
    tops: Float64Array = new Float64Array(1),
    index = 0,
  ) {
    this.#keys = keys;
    this.#places = places;
    this.#sign = sign;
    this.#tops = tops;
    this.#index = index;
    this.#keepTop();
  }

  get size(): number {
    return this.#size;
  }

  /** `sign` × key of the first slot; Infinity when empty. */
  peek(): number {
    return this.#tops[this.#index] ?? Number.POSITIVE_INFINITY;
  }

  /** All slots, in no order. */
  slots(): number[] {
    return [...this.#slots.subarray(0, this.#size)];
  }

  push(slot: number): void {
    if (this.#size === this.#slots.length) {
      const grown = new Uint32Array(Math.max(FIRST_LENGTH, this.#size * 2));
      grown.set(this.#slots);
      this.#slots = grown;
    }
    this.#size += 1;
    this.#up(this.#size - 1, slot);
    this.#keepTop();
  }

  /** The first slot; 0 when empty, so look at `peek` or `size` before. */
  peekSlot(): number {
    return this.#at(0);
  }

  /** Takes a slot out that is in this heap. */
  remove(slot: number): void {
    const hole = this.#places.get(slot);
    this.#size -= 1;
    const last = this.#at(this.#size);
    if (last !== slot) {
      // The last element may belong above or below the hole: first up, then down from where it now is.
      this.#up(hole, last);
      this.#down(this.#places.get(last), last);
    }
    this.#places.set(slot, 0);
    if (this.#size > FIRST_LENGTH && this.#size * 4 <= this.#slots.length) {
      this.#slots = this.#slots.slice(0, this.#slots.length / 2);
    }
    this.#keepTop();
  }

  #keepTop(): void {
    this.#tops[this.#index] = this.#size === 0 ? Number.POSITIVE_INFINITY : this.#key(this.#at(0));
  }

  #at(place: number): number {
    return this.#slots[place] ?? 0;
  }

  #key(slot: number): number {
    return this.#sign * this.#keys.get(slot);
  }

  #put(place: number, slot: number): void {
    this.#slots[place] = slot;
    this.#places.set(slot, place);
  }

  #up(from: number, slot: number): void {
    const key = this.#key(slot);
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#at(parent);
      const aboveKey = this.#key(above);
      if (aboveKey < key || (aboveKey === key && above < slot)) break;
      this.#put(place, above);
      place = parent;
    }
    this.#put(place, slot);
  }

  #down(from: number, slot: number): void {
    const key = this.#key(slot);
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      let below = this.#at(child);
      let belowKey = this.#key(below);
      const right = child + 1;
      if (right < this.#size) {
        const other = this.#at(right);
        const otherKey = this.#key(other);
        if (otherKey < belowKey || (otherKey === belowKey && other < below)) {
          child = right;
          below = other;
          belowKey = otherKey;
        }
      }
      if (key < belowKey || (key === belowKey && slot < below)) break;
      this.#put(place, below);
      place = child;
    }
    this.#put(place, slot);
  }
}
