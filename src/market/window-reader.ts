import { WINDOW_MS, type Window } from './brief.ts';
import { realisedVolatility } from './realised-volatility.ts';
import {
  BUY,
  type BucketRing,
  CANDLE,
  FULL,
  HIGH,
  HOLE,
  LOW,
  NONE,
  PART,
  RUNNING,
  SELL,
  TRADES,
} from './ring.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const PER_MINUTE = 60;
/** Windows up to this are kept to the second, longer ones to the minute. */
const FINE_MS = WINDOW_MS['15m'];
/** A window of which more than this share is a hole says nothing. */
const TOLERABLE_HOLE = 0.1;

/**
 * What is known of one window but for the running minute, which changes with every trade. Kept until the window
 * moves on by a bucket, so that reading a metric between costs a few comparisons.
 */
class Measure {
  /** Bucket and edition of the data that this was read from. */
  bucket = -1;
  edition = -1;
  high = -Infinity;
  highTime = 0;
  low = Infinity;
  lowTime = 0;
  buy = 0;
  sell = 0;
  trades = 0;
  /** The price standing when the window begins; NaN where not known. */
  start = Number.NaN;
  /** Σ r² of 1-minute returns over the window's complete minutes. */
  squares = 0;
  /** Share of the window that was measured, and that is known to be missing. */
  coverage = 0;
  holes = 0;
}

/** What a window shows now, its extremes excepted. */
export interface WindowFigures {
  coverage: number;
  usable: boolean;
  gap: boolean;
  start: number | undefined;
  buy: number;
  sell: number;
  trades: number;
  realisedVolatility: number | undefined;
}

/**
 * The rolling windows of one symbol, read from its two rings of buckets: seconds and minutes.
 *
 * A window of n buckets is the running one and the n − 1 before it, so it is never longer than it says and at most
 * one bucket shorter. The price standing at its beginning belongs to it. Windows up to 15 minutes begin at a second:
 * their first, partial minute is read from the seconds, the rest from the minutes. Where the seconds were not
 * measured live (after a warm start or a mended hole) that partial minute counts with its closing price only: what
 * is shown was then truly within the window, but a higher high in those seconds may be missing.
 */
export class WindowReader {
  readonly #seconds: BucketRing;
  readonly #minutes: BucketRing;
  readonly #measures: Record<Window, Measure> = {
    '1m': new Measure(),
    '5m': new Measure(),
    '15m': new Measure(),
    '1h': new Measure(),
    '4h': new Measure(),
    '24h': new Measure(),
  };
  /** To be raised whenever anything but the running minute's trades changes. */
  edition = 0;

  constructor(seconds: BucketRing, minutes: BucketRing) {
    this.#seconds = seconds;
    this.#minutes = minutes;
  }

  /** True once the window is covered (the running minute of a warm start excepted) and at most a tenth of it is a hole. */
  usable(window: Window): boolean {
    const measure = this.#measure(window);
    return measure.coverage + measure.holes > 1 - 1e-9 && measure.holes <= TOLERABLE_HOLE;
  }

  /** Highest price of the window, −Infinity where none is known; the newest price is the caller's to add. */
  high(window: Window): number {
    const running = this.#minutes.cells[this.#minutes.slot(this.#minutes.head) + HIGH] ?? -Infinity;
    const { high } = this.#measure(window);
    return Math.max(running, high);
  }

  /** Lowest price of the window, Infinity where none is known. */
  low(window: Window): number {
    const running = this.#minutes.cells[this.#minutes.slot(this.#minutes.head) + LOW] ?? Infinity;
    const { low } = this.#measure(window);
    return Math.min(running, low);
  }

  /** When the window's extremes were, Unix ms: to the second where seconds were measured, else the minute's start. */
  extremeTimes(window: Window): { high: number; low: number } {
    const measure = this.#measure(window);
    const running = this.#minutes.head;
    const slot = this.#minutes.slot(running);
    const high = this.high(window) > measure.high ? running * MINUTE : measure.highTime;
    const low = this.low(window) < measure.low ? running * MINUTE : measure.lowTime;
    return {
      high: this.#refine(high, HIGH, Math.max(measure.high, this.#minutes.cells[slot + HIGH] ?? 0)),
      low: this.#refine(low, LOW, Math.min(measure.low, this.#minutes.cells[slot + LOW] ?? Infinity)),
    };
  }

  /** The newest second of the minute at `time` whose extreme is `price`, if the seconds know it. */
  #refine(time: number, extreme: typeof HIGH | typeof LOW, price: number): number {
    if (time % MINUTE !== 0) return time;
    const first = time / SECOND;
    for (let i = Math.min(first + PER_MINUTE - 1, this.#seconds.head); i >= first; i--) {
      if (this.#seconds.has(i) && this.#seconds.cells[this.#seconds.slot(i) + extreme] === price)
        return i * SECOND;
    }
    return time;
  }

  /** Taker buy notional of the window, quote units. */
  buy(window: Window): number {
    const { buy } = this.#measure(window);
    return buy + (this.#minutes.cells[this.#minutes.slot(Math.max(0, this.#minutes.head)) + BUY] ?? 0);
  }

  /** Taker sell notional of the window, quote units. */
  sell(window: Window): number {
    const { sell } = this.#measure(window);
    return sell + (this.#minutes.cells[this.#minutes.slot(Math.max(0, this.#minutes.head)) + SELL] ?? 0);
  }

  figures(window: Window): WindowFigures {
    const measure = this.#measure(window);
    const slot = this.#minutes.slot(Math.max(0, this.#minutes.head));
    return {
      coverage: measure.coverage,
      usable: this.usable(window),
      gap: measure.holes > 0,
      start: Number.isFinite(measure.start) ? measure.start : undefined,
      buy: this.buy(window),
      sell: this.sell(window),
      trades: measure.trades + (this.#minutes.cells[slot + TRADES] ?? 0),
      realisedVolatility: this.usable(window)
        ? realisedVolatility(window, this.#seconds, this.#minutes, measure.squares)
        : undefined,
    };
  }

  #measure(window: Window): Measure {
    const measure = this.#measures[window];
    const fine = WINDOW_MS[window] <= FINE_MS;
    const bucket = fine ? this.#seconds.head : this.#minutes.head;
    if (measure.bucket === bucket && measure.edition === this.edition) return measure;
    measure.bucket = bucket;
    measure.edition = this.edition;
    measure.high = -Infinity;
    measure.low = Infinity;
    measure.buy = 0;
    measure.sell = 0;
    measure.trades = 0;
    measure.squares = 0;
    measure.coverage = 0;
    measure.holes = 0;
    if (bucket < 0) return measure;
    if (fine) this.#measureFine(measure, WINDOW_MS[window] / SECOND);
    else this.#measureCoarse(measure, WINDOW_MS[window] / MINUTE);
    return measure;
  }

  #measureFine(measure: Measure, size: number): void {
    const seconds = this.#seconds;
    const first = seconds.head - size + 1;
    const firstMinute = Math.ceil(first / PER_MINUTE);
    const partial = firstMinute - 1;
    const standing = seconds.stateOf(first - 1) === FULL ? seconds.lastOf(first - 1) : Number.NaN;
    const start = Number.isFinite(standing) ? standing : this.#minutes.lastOf(partial);
    this.#begin(measure, start, first * SECOND);
    const partialKnown = isKnown(this.#minutes.stateOf(partial));
    let covered = 0;
    let holes = 0;
    for (let i = first; i < firstMinute * PER_MINUTE; i++) {
      this.#include(measure, seconds, i, SECOND);
      const state = seconds.stateOf(i);
      if (state === FULL || partialKnown) covered++;
      else if (state === HOLE) holes++;
    }
    for (let i = firstMinute; i <= this.#minutes.head; i++) {
      if (i < this.#minutes.head) this.#include(measure, this.#minutes, i, MINUTE);
      const end = Math.min(seconds.head, (i + 1) * PER_MINUTE - 1);
      if (this.#minuteKnown(i)) {
        covered += end - i * PER_MINUTE + 1;
        continue;
      }
      for (let s = i * PER_MINUTE; s <= end; s++) {
        const state = seconds.stateOf(s);
        if (state === FULL) covered++;
        else if (state === HOLE) holes++;
      }
    }
    measure.coverage = covered / size;
    measure.holes = holes / size;
    this.#addReturns(measure, firstMinute);
  }

  #measureCoarse(measure: Measure, size: number): void {
    const minutes = this.#minutes;
    const first = minutes.head - size + 1;
    this.#begin(measure, minutes.lastOf(first - 1), first * MINUTE);
    let covered = 0;
    let holes = 0;
    for (let i = first; i <= minutes.head; i++) {
      if (i < minutes.head) this.#include(measure, minutes, i, MINUTE);
      if (this.#minuteKnown(i)) covered++;
      else if (minutes.stateOf(i) === HOLE) holes++;
    }
    measure.coverage = covered / size;
    measure.holes = holes / size;
    this.#addReturns(measure, first);
  }

  #begin(measure: Measure, start: number, time: number): void {
    measure.start = start;
    if (!Number.isFinite(start)) return;
    measure.high = start;
    measure.highTime = time;
    measure.low = start;
    measure.lowTime = time;
  }

  #include(measure: Measure, ring: BucketRing, index: number, width: number): void {
    if (!ring.has(index)) return;
    const slot = ring.slot(index);
    const high = ring.cells[slot + HIGH] ?? -Infinity;
    const low = ring.cells[slot + LOW] ?? Infinity;
    if (high >= measure.high) {
      measure.high = high;
      measure.highTime = index * width;
    }
    if (low <= measure.low) {
      measure.low = low;
      measure.lowTime = index * width;
    }
    measure.buy += ring.cells[slot + BUY] ?? 0;
    measure.sell += ring.cells[slot + SELL] ?? 0;
    measure.trades += ring.cells[slot + TRADES] ?? 0;
  }

  /** Is the whole of a minute (of the running one: so far) known? */
  #minuteKnown(minute: number): boolean {
    const state = this.#minutes.stateOf(minute);
    if (isKnown(state)) return true;
    // Warmed up to here and joined within the running minute: usable at once; its candle completes it at its end.
    const joined = state === NONE || state === PART;
    return joined && minute === this.#minutes.head && this.#minutes.stateOf(minute - 1) === CANDLE;
  }

  #addReturns(measure: Measure, firstMinute: number): void {
    let previous = this.#minutes.lastOf(firstMinute - 1);
    for (let i = firstMinute; i < this.#minutes.head; i++) {
      const last = this.#minutes.lastOf(i);
      const change = Math.log(last / previous);
      if (Number.isFinite(change)) measure.squares += change * change;
      previous = last;
    }
  }
}

function isKnown(state: number): boolean {
  return state === FULL || state === RUNNING || state === CANDLE;
}
