/** Small steps over the bytes of a frame, shared by the scans. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const WORDS = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];

/** The string at `at` is exactly this text. */
export function isText(frame: Buffer, at: number, text: Buffer): boolean {
  return frame[at] === QUOTE && isWord(frame, at + 1, text) && frame[at + 1 + text.length] === QUOTE;
}

/** The bytes at `at` are exactly these. */
export function isWord(frame: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (frame[at + i] !== word[i]) return false;
  return true;
}

/** Offset behind a string that begins at `at`; -1 if it is unusual. */
export function afterText(frame: Buffer, at: number): number {
  for (; at < frame.length; at++) {
    const byte = frame[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH || byte < 0x20) return -1;
  }
  return -1;
}

/** Offset behind a whole number or a word; -1 for anything else. */
export function afterPlain(frame: Buffer, at: number): number {
  const start = at;
  for (; at < frame.length; at++) {
    const digit = (frame[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
  }
  if (at > start) return at === start + 1 || frame[start] !== ZERO ? at : -1;
  for (const word of WORDS) if (isWord(frame, at, word)) return at + word.length;
  return -1;
}
