import { afterPlain, afterText } from './bytes.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const HEAD_DIGITS = 9;
const MAX_DIGITS = 15;
const POWERS = Float64Array.from({ length: 23 }, (_, n) => 10 ** n);

/** Walks the bytes of one frame. What looks unusual is refused: then JSON.parse decides. */
export class Walker {
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

  /** Takes a key with its colon: the bytes of its last four characters as one number; -1 if it is unusual. */
  key(): number {
    const { frame } = this;
    if (!this.take(QUOTE)) return -1;
    let key = 0;
    for (; this.at < frame.length; this.at++) {
      const byte = frame[this.at] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || byte < 0x20) return -1;
      key = (key << 8) | byte;
    }
    this.at += 1;
    return this.take(COLON) ? key & 0x7fffffff : -1;
  }

  /** Takes a string, a whole number or a word, whatever it says; false if it is unusual. */
  skip(): boolean {
    const { frame, at } = this;
    this.at = frame[at] === QUOTE ? afterText(frame, at + 1) : afterPlain(frame, at);
    return this.at >= 0;
  }

  /** A plain whole number of at most 15 digits, or a quoted one with sign and decimals, exactly as `Number(text)`; else NaN. */
  number(quoted: boolean): number {
    const { frame } = this;
    if (quoted && !this.take(QUOTE)) return Number.NaN;
    const negative = quoted && this.take(MINUS);
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
    if (digits === 0 || point === 0 || point === digits) return Number.NaN;
    if (quoted ? !this.take(QUOTE) : digits > 1 && frame[start] === ZERO) return Number.NaN;
    let value: number;
    if (digits > MAX_DIGITS) value = quoted ? Number(frame.toString('latin1', start, at)) : Number.NaN;
    else {
      // Mantissa and power of ten are exact doubles, so their quotient is what `Number(text)` gives.
      const more = digits - HEAD_DIGITS;
      const mantissa = more > 0 ? head * (POWERS[more] ?? 1) + tail : head;
      value = point < 0 ? mantissa : mantissa / (POWERS[digits - point] ?? 1);
    }
    return negative ? -value : value;
  }
}
