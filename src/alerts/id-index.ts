import { Column, Shared } from './columns.ts';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length + 1;
const LENGTH = 6;
/** Codes below are ids of up to six digits and lower-case letters; codes from here on number all other ids. */
const CODES = BASE ** LENGTH;

const FIRST_CAPACITY = 64;
const MAX_LOAD = 0.85;
const GROWTH = 1.25;

/**
 * Rule id ↔ slot in some 10 bytes a rule. An id of up to six digits and letters is one 32-bit number (base 37); any
 * other is kept as text. Slots are found through a table with open addressing, whose capacity may be any number.
 */
export class IdIndex {
  readonly #codes = Column.uint32();
  readonly #texts = new Shared<string>();
  /** Slot + 1 at each place, 0 where free. */
  #table = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(id: string): number | undefined {
    const code = this.#knownCode(id);
    if (code === undefined) return undefined;
    const entry = this.#table[this.#placeOf(code)] ?? 0;
    return entry === 0 ? undefined : entry - 1;
  }

  /** The id in a slot; empty where there is none. */
  id(slot: number): string {
    const code = this.#codes.get(slot);
    return code < CODES ? unpack(code) : this.#texts.get(code - CODES);
  }

  has(slot: number): boolean {
    return this.#codes.get(slot) !== 0;
  }

  /** Files an id that is not held under a slot that is free. */
  add(id: string, slot: number): void {
    if (this.#size + 1 > this.#table.length * MAX_LOAD) this.#grow();
    const code = pack(id) ?? CODES + this.#texts.take(id, (text) => text);
    this.#codes.set(slot, code);
    this.#table[this.#placeOf(code)] = slot + 1;
    this.#size += 1;
  }

  delete(slot: number): void {
    const code = this.#codes.get(slot);
    const table = this.#table;
    let hole = this.#placeOf(code);
    // Entries behind are moved up as far as their probing allows, so no tombstones are needed.
    for (let place = this.#next(hole); table[place] !== 0; place = this.#next(place)) {
      const entry = table[place] ?? 0;
      const home = this.#home(this.#codes.get(entry - 1));
      if (this.#distance(home, place) < this.#distance(hole, place)) continue;
      table[hole] = entry;
      hole = place;
    }
    table[hole] = 0;
    this.#codes.set(slot, 0);
    if (code >= CODES) this.#texts.drop(code - CODES);
    this.#size -= 1;
  }

  #knownCode(id: string): number | undefined {
    const packed = pack(id);
    if (packed !== undefined) return packed;
    const place = this.#texts.find(id);
    return place === undefined ? undefined : CODES + place;
  }

  /** Where a code is, or the free place where it belongs. */
  #placeOf(code: number): number {
    let place = this.#home(code);
    for (;;) {
      const entry = this.#table[place] ?? 0;
      if (entry === 0 || this.#codes.get(entry - 1) === code) return place;
      place = this.#next(place);
    }
  }

  #home(code: number): number {
    // Fibonacci hashing, scaled to the capacity by its high bits (Lemire's reduction).
    return Math.floor(((Math.imul(code, 0x9e37_79b1) >>> 0) / 2 ** 32) * this.#table.length);
  }

  #next(place: number): number {
    return place + 1 === this.#table.length ? 0 : place + 1;
  }

  /** Steps of probing from one place to another. */
  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#table.length;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(Math.ceil(old.length * GROWTH));
    for (const entry of old) {
      if (entry !== 0) this.#table[this.#placeOf(this.#codes.get(entry - 1))] = entry;
    }
  }
}

/** An id of one to six digits and lower-case letters as a number above 0; undefined for any other. */
function pack(id: string): number | undefined {
  if (id.length === 0 || id.length > LENGTH) return undefined;
  let code = 0;
  for (const character of id) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return undefined;
    code = code * BASE + digit + 1;
  }
  return code;
}

function unpack(code: number): string {
  let id = '';
  for (let rest = code; rest > 0; rest = Math.floor(rest / BASE)) id = (DIGITS[(rest % BASE) - 1] ?? '') + id;
  return id;
}
