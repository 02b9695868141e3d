import { WINDOW_MS, WINDOWS, type Window } from './brief.ts';
import type { Candle } from './events.ts';
import type { Walk } from './packing.ts';
import {
  BUY,
  BucketRing,
  CANDLE,
  FULL,
  HIGH,
  HOLE,
  LAST,
  LOW,
  NONE,
  PART,
  RUNNING,
  SELL,
  STATE,
  TRADES,
} from './ring.ts';
import { Usual } from './usual.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const PER_MINUTE = 60;
const YEAR_SECONDS = 31_536_000;
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
 * The rolling windows of one symbol over two rings of buckets: 15 minutes of seconds and 24 hours of minutes.
 *
 * A window of n buckets is the running one and the n − 1 before it, so it is never longer than it says and at most
 * one bucket shorter. The price standing at its beginning belongs to it. Windows up to 15 minutes begin at a second:
 * their first, partial minute is read from the seconds, the rest from the minutes. Where the seconds were not
 * measured live (after a warm start or a mended hole) that partial minute counts with its closing price only: what
 * is shown was then truly within the window, but a higher high in those seconds may be missing.
 */
export class Windows {
  readonly #seconds = new BucketRing(FINE_MS / SECOND + 1);
  readonly #minutes = new BucketRing(WINDOW_MS['24h'] / MINUTE + 1);
  readonly #measures: Record<Window, Measure> = {
    '1m': new Measure(),
    '5m': new Measure(),
    '15m': new Measure(),
    '1h': new Measure(),
    '4h': new Measure(),
    '24h': new Measure(),
  };
  /** Grows whenever anything but the running minute's trades changes. */
  #edition = 0;
  /** Trades flow: time that passes without one is quiet, not unknown. */
  #live = false;
  /** Minute of the newest trade: with the next trade's id all before it are proven complete. */
  #tradeMinute = -1;
  #badPrintMinute = -1;
  readonly #usual = new Usual(this.#minutes);

  /** Bytes of its buckets; constant. */
  get bytes(): number {
    return this.#seconds.bytes + this.#minutes.bytes;
  }

  /** Walks over all that is measured, to save or restore it. */
  walk(walk: Walk): void {
    this.#seconds.walk(walk);
    this.#minutes.walk(walk);
    this.#usual.walk(walk);
    this.#live = walk.value(this.#live ? 1 : 0) === 1;
    this.#tradeMinute = walk.value(this.#tradeMinute);
    this.#badPrintMinute = walk.value(this.#badPrintMinute);
    this.#edition++;
  }

  /** Minutes known from closed candles or whole from trades, the running one excepted. */
  get candles(): number {
    const { head, size } = this.#minutes;
    let known = 0;
    for (let i = Math.max(0, head - size + 1); i <= head; i++) {
      const state = this.#minutes.stateOf(i);
      if (state === CANDLE || (state === FULL && i < head)) known++;
    }
    return known;
  }

  /** Moves the windows on to `time` (Unix ms); an earlier one changes nothing. */
  advance(time: number): void {
    const second = Math.floor(time / SECOND);
    if (second <= this.#seconds.head) return;
    const minute = Math.floor(second / PER_MINUTE);
    this.#usual.leave(minute);
    this.#seconds.roll(second, this.#live ? FULL : NONE);
    this.#minutes.roll(minute, this.#live ? FULL : NONE);
  }

  /** Takes a trade in at its time, also one that comes late; `notional` in quote units. */
  trade(time: number, price: number, notional: number, takerBuys: boolean): void {
    const second = Math.floor(time / SECOND);
    const seconds = this.#seconds;
    const minutes = this.#minutes;
    if (second > seconds.head) this.advance(time);
    const minute = minutes.head;
    if (!this.#live || second < seconds.head) {
      this.#oddTrade(second, price, notional, takerBuys);
      return;
    }
    if (minute > this.#tradeMinute) this.#tradeMinute = minute;
    const slot = seconds.slot(second);
    seconds.add(slot, price, notional, takerBuys);
    seconds.cells[slot + LAST] = price;
    const minuteSlot = minutes.slot(minute);
    // A closed candle has counted it already.
    if (minutes.cells[minuteSlot + STATE] === CANDLE) return;
    minutes.add(minuteSlot, price, notional, takerBuys);
    minutes.cells[minuteSlot + LAST] = price;
  }

  /** The first trade of all, or one whose time lies before the running second. */
  #oddTrade(second: number, price: number, notional: number, takerBuys: boolean): void {
    const minute = Math.floor(second / PER_MINUTE);
    if (!this.#live) {
      this.#live = true;
      if (this.#minutes.stateOf(minute) === NONE && this.#minutes.has(minute)) {
        this.#minutes.cells[this.#minutes.slot(minute) + STATE] = PART;
      }
    }
    this.#tradeMinute = Math.max(this.#tradeMinute, minute);
    this.#edition++;
    if (this.#seconds.has(second)) {
      this.#seconds.add(this.#seconds.slot(second), price, notional, takerBuys);
      this.#seconds.carry(second, price);
    }
    if (this.#minutes.has(minute) && this.#minutes.stateOf(minute) !== CANDLE) {
      this.#minutes.add(this.#minutes.slot(minute), price, notional, takerBuys);
      this.#minutes.carry(minute, price);
    }
  }

  /** A print at `time` was not believed: live data of that minute is kept, since its candle holds the print. */
  badPrint(time: number): void {
    this.#badPrintMinute = Math.floor(time / MINUTE);
  }

  /** Trades are missing somewhere from `from` to `to` (Unix ms); call before the trade at `to` is taken in. */
  hole(from: number, to: number): void {
    this.advance(to);
    this.#edition++;
    const seconds = this.#seconds;
    const minutes = this.#minutes;
    const [firstSecond, lastSecond] = [Math.floor(from / SECOND), Math.floor(to / SECOND)];
    for (let i = Math.max(firstSecond, seconds.head - seconds.size + 1); i <= lastSecond; i++) {
      if (!seconds.has(i)) continue;
      const mended = minutes.stateOf(Math.floor(i / PER_MINUTE)) === CANDLE;
      seconds.cells[seconds.slot(i) + STATE] = mended ? NONE : HOLE;
      seconds.cells[seconds.slot(i) + LAST] = Number.NaN;
    }
    const [firstMinute, lastMinute] = [Math.floor(from / MINUTE), Math.floor(to / MINUTE)];
    for (let i = Math.max(firstMinute, minutes.head - minutes.size + 1); i <= lastMinute; i++) {
      if (!minutes.has(i) || minutes.stateOf(i) === CANDLE) continue;
      minutes.cells[minutes.slot(i) + STATE] = HOLE;
      minutes.cells[minutes.slot(i) + LAST] = Number.NaN;
    }
  }

  /** Fills a minute from a candle, unless live trades cover it wholly. Returns whether the candle was used. */
  candle(candle: Candle): boolean {
    const minutes = this.#minutes;
    const minute = Math.floor(candle.openTime / MINUTE);
    this.advance(candle.openTime);
    if (!minutes.has(minute)) return false;
    const slot = minutes.slot(minute);
    const state = minutes.cells[slot + STATE];
    if (candle.closed) {
      const proven = minute < this.#tradeMinute || minute === this.#badPrintMinute;
      if (state === FULL && proven) return false;
      this.#write(slot, candle);
      minutes.cells[slot + HIGH] = candle.high;
      minutes.cells[slot + LOW] = candle.low;
      minutes.cells[slot + LAST] = candle.close;
      minutes.cells[slot + STATE] = CANDLE;
      this.#mendSeconds(minute);
    } else {
      if (state === CANDLE || state === FULL) return false;
      this.#write(slot, candle);
      minutes.cells[slot + HIGH] = Math.max(minutes.cells[slot + HIGH] ?? candle.high, candle.high);
      minutes.cells[slot + LOW] = Math.min(minutes.cells[slot + LOW] ?? candle.low, candle.low);
      if (this.#tradeMinute < minute) minutes.cells[slot + LAST] = candle.close;
      minutes.cells[slot + STATE] = RUNNING;
    }
    const before = minute - 1;
    if (before > minutes.head - minutes.size && minutes.stateOf(before) === NONE) {
      // Not a minute that is known, but a window that begins here has its first price.
      minutes.cells[minutes.slot(before) + LAST] = candle.open;
    }
    this.#edition++;
    return true;
  }

  #write(slot: number, candle: Candle): void {
    const buy = Math.min(candle.takerBuyQuoteVolume, candle.quoteVolume);
    this.#minutes.cells[slot + BUY] = buy;
    this.#minutes.cells[slot + SELL] = candle.quoteVolume - buy;
    this.#minutes.cells[slot + TRADES] = candle.trades;
  }

  #mendSeconds(minute: number): void {
    const seconds = this.#seconds;
    const first = minute * PER_MINUTE;
    for (let i = first; i < first + PER_MINUTE; i++) {
      if (seconds.stateOf(i) === HOLE) seconds.cells[seconds.slot(i) + STATE] = NONE;
    }
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
      realisedVolatility: this.#realisedVolatility(window, measure),
    };
  }

  /** Mean notional of a known minute of the last 24 h, quote units; undefined below an hour of them. */
  get usualMinute(): number | undefined {
    const { notional } = this.#usual.read(this.#edition);
    return notional > 0 ? notional : undefined;
  }

  /** sqrt of the mean squared 1-minute log return of the known 24 h, as a fraction; undefined below an hour of them. */
  get sigma1m(): number | undefined {
    const { sigma } = this.#usual.read(this.#edition);
    return Number.isFinite(sigma) ? sigma : undefined;
  }

  /** The same with weights that halve in 24 h; undefined until a day of minutes is known. */
  get weightedSigma1m(): number | undefined {
    const { weighted } = this.#usual.read(this.#edition);
    return Number.isFinite(weighted) ? weighted : undefined;
  }

  #measure(window: Window): Measure {
    const measure = this.#measures[window];
    const fine = WINDOW_MS[window] <= FINE_MS;
    const bucket = fine ? this.#seconds.head : this.#minutes.head;
    if (measure.bucket === bucket && measure.edition === this.#edition) return measure;
    measure.bucket = bucket;
    measure.edition = this.#edition;
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

  /**
   * Annualised, in %: sqrt(Σ r²) × sqrt(31,536,000 s ÷ window), r = log returns between bucket ends (Andersen and
   * Bollerslev's realised volatility). Grid: seconds up to 15 m, else minutes; minutes also for 5m and 15m while
   * their seconds were not all measured.
   */
  #realisedVolatility(window: Window, measure: Measure): number | undefined {
    if (!this.usable(window)) return undefined;
    const size = WINDOW_MS[window] / SECOND;
    let squares = WINDOW_MS[window] <= FINE_MS ? this.#secondSquares(size) : undefined;
    if (squares === undefined) {
      if (window === WINDOWS[0]) return undefined;
      const { head } = this.#minutes;
      const change = Math.log(this.#minutes.lastOf(head) / this.#minutes.lastOf(head - 1));
      squares = measure.squares + (Number.isFinite(change) ? change * change : 0);
    }
    return Math.sqrt(squares * (YEAR_SECONDS / size)) * 100;
  }

  #secondSquares(size: number): number | undefined {
    const seconds = this.#seconds;
    let previous = seconds.lastOf(seconds.head - size);
    if (!(previous > 0)) return undefined;
    let squares = 0;
    for (let i = seconds.head - size + 1; i <= seconds.head; i++) {
      if (seconds.stateOf(i) !== FULL) return undefined;
      const last = seconds.lastOf(i);
      if (last !== previous) squares += Math.log(last / previous) ** 2;
      previous = last;
    }
    return squares;
  }
}

function isKnown(state: number): boolean {
  return state === FULL || state === RUNNING || state === CANDLE;
}
