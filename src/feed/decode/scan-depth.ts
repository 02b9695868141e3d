import type { Book } from '../../market/events.ts';
import { afterPlain, afterText, isText } from './bytes.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const SHUT = 0x5d;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const ZERO = 0x30;
const HEAD_DIGITS = 9;
const MAX_DIGITS = 15;
const POWERS = Float64Array.from({ length: 23 }, (_, n) => 10 ** n);
const EVENT = Buffer.from('depthUpdate');

type Levels = (readonly [number, number])[];

/** What the scan found: `coin-m` books are in order, but not ours. */
export type ScannedBook = Book | 'coin-m' | undefined;

/** Walks one frame. A number that looks unusual is NaN, and levels that do are undefined: then JSON.parse decides. */
class Walker {
  readonly frame: Buffer;
  at: number;

  constructor(frame: Buffer, at: number) {
    this.frame = frame;
    this.at = at;
  }

  /** Takes this byte; false if there is another one. */
  take(byte: number): boolean {
    if (this.frame[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** A plain number, or a quoted one with decimals, of at most 15 digits: exact, as in scan.ts. */
  number(quoted: boolean): number {
    const { frame } = this;
    if (quoted && !this.take(QUOTE)) return Number.NaN;
    const start = this.at;
    let at = start;
    let point = -1;
    let head = 0;
    let tail = 0;
    let digits = 0;
    for (; at < frame.length; at++) {
      const digit = (frame[at] ?? 0) - ZERO;
      if (digit >= 0 && digit <= 9) {
        if (digits < HEAD_DIGITS) head = (head * 10 + digit) | 0;
        else tail = (tail * 10 + digit) | 0;
        digits += 1;
      } else if (quoted && digit === DOT - ZERO && point < 0) point = digits;
      else break;
    }
    this.at = at;
    if (digits === 0 || digits > MAX_DIGITS || point === 0 || point === digits) return Number.NaN;
    if (quoted ? !this.take(QUOTE) : digits > 1 && frame[start] === ZERO) return Number.NaN;
    const more = digits - HEAD_DIGITS;
    const mantissa = more > 0 ? head * (POWERS[more] ?? 1) + tail : head;
    return point < 0 ? mantissa : mantissa / (POWERS[digits - point] ?? 1);
  }

  /** `[["price","quantity"],…]` */
  levels(): Levels | undefined {
    const levels: Levels = [];
    if (!this.take(OPEN)) return undefined;
    if (this.take(SHUT)) return levels;
    do {
      if (!this.take(OPEN)) return undefined;
      const price = this.number(true);
      if (!(price > 0) || !this.take(COMMA)) return undefined;
      const quantity = this.number(true);
      if (!(quantity >= 0) || !this.take(SHUT)) return undefined;
      levels.push([price, quantity]);
    } while (this.take(COMMA));
    return this.take(SHUT) ? levels : undefined;
  }
}

/**
 * Reads the best levels straight from the bytes of a combined frame, walking its keys in any order, as `scanAggTrade`
 * does for trades: books are the largest frames of all.
 */
export function scanDepth(frame: Buffer, from: number, symbol: string, symbolBytes: Buffer): ScannedBook {
  const walk = new Walker(frame, from);
  let eventTime = -1;
  let marketType = 1;
  let bids: Levels | undefined;
  let asks: Levels | undefined;
  let named = false;
  let typed = false;
  for (;;) {
    if (!walk.take(QUOTE)) return undefined;
    let key = 0;
    for (; walk.at < frame.length; walk.at++) {
      const byte = frame[walk.at] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || byte < 0x20) return undefined;
      key = (key << 8) | byte;
    }
    walk.at += 1;
    if (!walk.take(COLON)) return undefined;
    switch (key) {
      case 0x65: // e
        if (!isText(frame, walk.at, EVENT)) return undefined;
        typed = true;
        walk.at += EVENT.length + 2;
        break;
      case 0x73: // s
        if (!isText(frame, walk.at, symbolBytes)) return undefined;
        named = true;
        walk.at += symbolBytes.length + 2;
        break;
      case 0x45: // E
        eventTime = walk.number(false);
        if (!(eventTime >= 0)) return undefined;
        break;
      case 0x7374: // st
        marketType = walk.number(false);
        break;
      case 0x62: // b
        bids = walk.levels();
        if (!bids) return undefined;
        break;
      case 0x61: // a
        asks = walk.levels();
        if (!asks) return undefined;
        break;
      default:
        walk.at = frame[walk.at] === QUOTE ? afterText(frame, walk.at + 1) : afterPlain(frame, walk.at);
        if (walk.at < 0) return undefined;
    }
    if (walk.take(COMMA)) continue;
    if (walk.take(CLOSE)) break;
    return undefined;
  }
  if (!walk.take(CLOSE) || walk.at !== frame.length) return undefined;
  if (!typed || !named || eventTime < 0 || !bids || !asks || Number.isNaN(marketType)) return undefined;
  return marketType === 1 ? { symbol, bids, asks, eventTime } : 'coin-m';
}
