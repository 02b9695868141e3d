import { WINDOW_MS } from './brief.ts';
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
import { WindowReader } from './window-reader.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const PER_MINUTE = 60;
/** As long as the longest window that is kept to the second. */
const FINE_MS = WINDOW_MS['15m'];

/**
 * What was measured of one symbol, in two rings of buckets: 15 minutes of seconds and 24 hours of minutes. Trades fill
 * them, and closed candles what trades do not cover wholly. `shown` reads the rolling windows from them.
 */
export class Windows {
  readonly #seconds = new BucketRing(FINE_MS / SECOND + 1);
  readonly #minutes = new BucketRing(WINDOW_MS['24h'] / MINUTE + 1);
  /** The windows as they are now. */
  readonly shown = new WindowReader(this.#seconds, this.#minutes);
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
    this.shown.edition++;
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
    this.shown.edition++;
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
    this.shown.edition++;
    const seconds = this.#seconds;
    const minutes = this.#minutes;
    const [firstSecond, lastSecond] = [Math.floor(from / SECOND), Math.floor(to / SECOND)];
    for (let i = Math.max(firstSecond, seconds.head - seconds.size + 1); i <= lastSecond; i++) {
      if (!seconds.has(i)) continue;
      seconds.cells[seconds.slot(i) + STATE] = HOLE;
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
    this.shown.edition++;
    return true;
  }

  #write(slot: number, candle: Candle): void {
    const buy = Math.min(candle.takerBuyQuoteVolume, candle.quoteVolume);
    this.#minutes.cells[slot + BUY] = buy;
    this.#minutes.cells[slot + SELL] = candle.quoteVolume - buy;
    this.#minutes.cells[slot + TRADES] = candle.trades;
  }

  /** Mean notional of a known minute of the last 24 h, quote units; undefined below an hour of them. */
  get usualMinute(): number | undefined {
    const { notional } = this.#usual.read(this.shown.edition);
    return notional > 0 ? notional : undefined;
  }

  /** sqrt of the mean squared 1-minute log return of the known 24 h, as a fraction; undefined below an hour of them. */
  get sigma1m(): number | undefined {
    const { sigma } = this.#usual.read(this.shown.edition);
    return Number.isFinite(sigma) ? sigma : undefined;
  }

  /** The same with weights that halve in 24 h; undefined until a day of minutes is known. */
  get weightedSigma1m(): number | undefined {
    const { weighted } = this.#usual.read(this.shown.edition);
    return Number.isFinite(weighted) ? weighted : undefined;
  }
}
