/** Columns of numbers, one place per slot: a million rules in some typed arrays instead of a million objects. */

type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array;

/** What a heap needs of its keys and places. */
export interface SlotNumbers {
  /** A slot never written reads as 0. */
  get(slot: number): number;
  set(slot: number, value: number): void;
}

const CHUNK_BITS = 11;
const CHUNK = 1 << CHUNK_BITS;
const WITHIN = CHUNK - 1;

/**
 * A column in chunks of 2048 slots: it grows without copying or doubling, and a chunk of which nothing was ever set
 * does not exist.
 */
export class Column implements SlotNumbers {
  readonly #chunks: (Numbers | undefined)[] = [];
  readonly #create: (length: number) => Numbers;

  private constructor(create: (length: number) => Numbers) {
    this.#create = create;
  }

  static doubles(): Column {
    return new Column((length) => new Float64Array(length));
  }

  static uint32(): Column {
    return new Column((length) => new Uint32Array(length));
  }

  static uint16(): Column {
    return new Column((length) => new Uint16Array(length));
  }

  static uint8(): Column {
    return new Column((length) => new Uint8Array(length));
  }

  get(slot: number): number {
    return this.#chunks[slot >>> CHUNK_BITS]?.[slot & WITHIN] ?? 0;
  }

  set(slot: number, value: number): void {
    const index = slot >>> CHUNK_BITS;
    let chunk = this.#chunks[index];
    if (chunk === undefined) {
      if (value === 0) return;
      chunk = this.#create(CHUNK);
      while (this.#chunks.length < index) this.#chunks.push(undefined);
      this.#chunks[index] = chunk;
    }
    chunk[slot & WITHIN] = value;
  }
}

/** A column of which few slots are set at a time; 0 unsets one. */
export class SparseColumn implements SlotNumbers {
  readonly #values = new Map<number, number>();

  get(slot: number): number {
    return this.#values.get(slot) ?? 0;
  }

  set(slot: number, value: number): void {
    if (value === 0) this.#values.delete(slot);
    else this.#values.set(slot, value);
  }
}

/** Values that many slots share, kept once under their text and counted: 50 rules of one chat hold its uid in one place. */
export class Shared<T> {
  readonly #values: (T | undefined)[] = [];
  readonly #texts: string[] = [];
  readonly #uses: number[] = [];
  readonly #places = new Map<string, number>();
  readonly #free: number[] = [];

  /** The value's number; `make` is asked for it when its text is new. Each `take` needs one `drop`. */
  take(text: string, make: (text: string) => T): number {
    const known = this.#places.get(text);
    if (known !== undefined) {
      this.#uses[known] = (this.#uses[known] ?? 0) + 1;
      return known;
    }
    const place = this.#free.pop() ?? this.#values.length;
    this.#values[place] = make(text);
    this.#texts[place] = text;
    this.#uses[place] = 1;
    this.#places.set(text, place);
    return place;
  }

  /** The number of a text that is held. */
  find(text: string): number | undefined {
    return this.#places.get(text);
  }

  /** Throws where nothing is held. */
  get(place: number): T {
    const value = this.#values[place];
    if (value === undefined) throw new RangeError(`nothing is shared at ${place}`);
    return value;
  }

  /** All values held. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  drop(place: number): void {
    const uses = (this.#uses[place] ?? 0) - 1;
    this.#uses[place] = uses;
    if (uses > 0) return;
    this.#places.delete(this.#texts[place] ?? '');
    this.#values[place] = undefined;
    this.#texts[place] = '';
    this.#free.push(place);
  }
}
