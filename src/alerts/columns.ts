/** Growable columns of numbers, one place per slot: a million rules in a few arrays instead of a million objects. */

const FIRST_LENGTH = 1024;

/** Doubles; a slot never written reads as 0. */
export class Float64Column {
  data = new Float64Array(FIRST_LENGTH);

  get(slot: number): number {
    return this.data[slot] ?? 0;
  }

  set(slot: number, value: number): void {
    if (slot >= this.data.length) {
      const grown = new Float64Array(grownLength(this.data.length, slot));
      grown.set(this.data);
      this.data = grown;
    }
    this.data[slot] = value;
  }
}

/** Unsigned 32-bit integers; a slot never written reads as 0. */
export class Uint32Column {
  data = new Uint32Array(FIRST_LENGTH);

  get(slot: number): number {
    return this.data[slot] ?? 0;
  }

  set(slot: number, value: number): void {
    if (slot >= this.data.length) {
      const grown = new Uint32Array(grownLength(this.data.length, slot));
      grown.set(this.data);
      this.data = grown;
    }
    this.data[slot] = value;
  }
}

function grownLength(length: number, slot: number): number {
  return Math.max(length * 2, slot + 1);
}

/** Strings that many slots share, kept once and counted: 50 rules of one chat hold its uid in one place. */
export class SharedStrings {
  readonly #strings: string[] = [];
  readonly #uses: number[] = [];
  readonly #places = new Map<string, number>();
  readonly #free: number[] = [];

  /** The string's number; each `take` needs one `drop`. */
  take(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) {
      this.#uses[known] = (this.#uses[known] ?? 0) + 1;
      return known;
    }
    const place = this.#free.pop() ?? this.#strings.length;
    this.#strings[place] = text;
    this.#uses[place] = 1;
    this.#places.set(text, place);
    return place;
  }

  get(place: number): string {
    return this.#strings[place] ?? '';
  }

  drop(place: number): void {
    const uses = (this.#uses[place] ?? 0) - 1;
    this.#uses[place] = uses;
    if (uses > 0) return;
    this.#places.delete(this.get(place));
    this.#strings[place] = '';
    this.#free.push(place);
  }
}
