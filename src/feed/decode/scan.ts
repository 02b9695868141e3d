import type { Trade } from '../../market/events.ts';
import { afterPlain, afterText, isText, isWord } from './bytes.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const ZERO = 0x30;

// Digits that a 32-bit integer holds; accumulating in it is twice as fast as in a double.
const HEAD_DIGITS = 9;
// Up to 15 digits, mantissa and power of ten are exact doubles, so their quotient is what `Number(text)` gives.
const MAX_DIGITS = 15;

const POWERS = Float64Array.from({ length: 23 }, (_, n) => 10 ** n);
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const EVENT = Buffer.from('aggTrade');

/** What the scan found besides the trade: `coin-m` rows are in order, but not ours. */
export type Scanned = Trade | 'coin-m' | undefined;

/**
 * Reads the fields of an aggregate trade straight from the bytes of a combined frame, walking its keys in any order.
 * `from` is the offset of the first key's quote in `data`; `symbol` is what the payload must name. Undefined for whatever
 * looks unusual (escapes, blanks, nesting, exponents, more than 15 digits, another symbol): then JSON.parse decides.
 */
export function scanAggTrade(frame: Buffer, from: number, symbol: string, symbolBytes: Buffer): Scanned {
  const end = frame.length;
  let at = from;
  let id = -1;
  let price = -1;
  let quantity = -1;
  let time = -1;
  let eventTime = -1;
  let marketType = 1;
  let maker = -1;
  let named = false;
  let typed = false;
  for (;;) {
    // A key; those needed have one or two characters.
    if (frame[at] !== QUOTE) return undefined;
    let key = 0;
    for (at += 1; at < end; at++) {
      const byte = frame[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || byte < 0x20) return undefined;
      key = (key << 8) | byte;
    }
    if (frame[at + 1] !== COLON) return undefined;
    at += 2;

    switch (key) {
      case 0x65: // e
        if (!isText(frame, at, EVENT)) return undefined;
        typed = true;
        at += EVENT.length + 2;
        break;
      case 0x73: // s
        if (!isText(frame, at, symbolBytes)) return undefined;
        named = true;
        at += symbolBytes.length + 2;
        break;
      case 0x6d: // m
        if (isWord(frame, at, TRUE)) maker = 1;
        else if (isWord(frame, at, FALSE)) maker = 0;
        else return undefined;
        at += maker === 1 ? TRUE.length : FALSE.length;
        break;
      case 0x70: // p
      case 0x71: // q
      case 0x61: // a
      case 0x54: // T
      case 0x45: // E
      case 0x7374: {
        // st
        const quoted = key === 0x70 || key === 0x71;
        if (quoted) {
          if (frame[at] !== QUOTE) return undefined;
          at += 1;
        }
        const start = at;
        let point = -1;
        let head = 0;
        let tail = 0;
        let digits = 0;
        for (; at < end; at++) {
          const digit = (frame[at] ?? 0) - ZERO;
          if (digit >= 0 && digit <= 9) {
            if (digits < HEAD_DIGITS) head = (head * 10 + digit) | 0;
            else tail = (tail * 10 + digit) | 0;
            digits += 1;
          } else if (quoted && digit === DOT - ZERO && point < 0) point = digits;
          else break;
        }
        // "1.", ".5" and a number that begins with 0 are left to JSON.parse.
        if (digits === 0 || digits > MAX_DIGITS || point === 0 || point === digits) return undefined;
        if (quoted) {
          if (frame[at] !== QUOTE) return undefined;
          at += 1;
        } else if (digits > 1 && frame[start] === ZERO) return undefined;
        const more = digits - HEAD_DIGITS;
        const mantissa = more > 0 ? head * (POWERS[more] ?? 1) + tail : head;
        const value = point < 0 ? mantissa : mantissa / (POWERS[digits - point] ?? 1);
        if (key === 0x70) price = value;
        else if (key === 0x71) quantity = value;
        else if (key === 0x61) id = value;
        else if (key === 0x54) time = value;
        else if (key === 0x45) eventTime = value;
        else marketType = value;
        break;
      }
      default:
        // Another field of the payload (nq, f, l, and those still to come).
        at = frame[at] === QUOTE ? afterText(frame, at + 1) : afterPlain(frame, at);
        if (at < 0) return undefined;
    }
    const next = frame[at];
    at += 1;
    if (next === COMMA) continue;
    if (next === CLOSE) break;
    return undefined;
  }
  if (frame[at] !== CLOSE || at + 1 !== end) return undefined;
  if (
    !typed ||
    !named ||
    maker < 0 ||
    id < 0 ||
    !(price > 0) ||
    !(quantity > 0) ||
    time < 0 ||
    eventTime < 0
  ) {
    return undefined;
  }
  if (marketType !== 1) return 'coin-m';
  return { symbol, id, price, quantity, time, eventTime, buyerIsMaker: maker === 1 };
}
