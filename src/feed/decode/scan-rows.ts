import type { Candle, DayTicker, MarkPrice } from '../../market/events.ts';
import { isText, isWord } from './bytes.ts';
import { Walker } from './walker.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x5b;
const SHUT = 0x5d;
const BRACE = 0x7b;
const CLOSE = 0x7d;
/** Keys: `e` the type, `s` the symbol, `st` the market, `k` the candle, `x` its end, `i` of a candle its interval. */
const E = 0x65;
const S = 0x73;
const ST = 0x7374;
const K = 0x6b;
const X = 0x78;
const I = 0x69;
const MAX_SYMBOL_BYTES = 64;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const MINUTE = Buffer.from('1m');

/** What the numbers of a row are called: decimals in quotes, and whole numbers without; each key has one character. */
class Shape {
  readonly type: Buffer;
  /** Key → 1 for a decimal, 2 for a whole number. */
  readonly kinds = new Uint8Array(128);

  constructor(type: string, decimals: string, integers: string) {
    this.type = Buffer.from(type);
    for (const key of decimals) this.kinds[key.charCodeAt(0)] = 1;
    for (const key of integers) this.kinds[key.charCodeAt(0)] = 2;
  }
}

const MARK = new Shape('markPriceUpdate', 'pir', 'ET');
const DAY = new Shape('24hrMiniTicker', 'colhq', 'E');
const KLINE = new Shape('kline', '', 'E');
const CANDLE = new Shape('', 'ochlvqQ', 'tn');

/** One object of a frame, read key by key in any order; used again for each. */
class Row {
  readonly #numbers = new Float64Array(128);
  symbol = '';
  marketType = 1;
  closed: boolean | undefined;

  /** NaN if there is none. */
  get(key: string): number {
    return this.#numbers[key.charCodeAt(0)] ?? Number.NaN;
  }

  /** Reads the object that begins here; false if anything in it looks unusual. `inner` takes what stands behind `k`. */
  read(walk: Walker, shape: Shape, inner?: Row): boolean {
    const { frame } = walk;
    this.#numbers.fill(Number.NaN);
    this.symbol = '';
    this.marketType = 1;
    this.closed = undefined;
    let typed = shape.type.length === 0;
    let minute = false;
    if (!walk.take(BRACE)) return false;
    do {
      const key = walk.key();
      if (key < 0) return false;
      const kind = key < 128 ? shape.kinds[key] : 0;
      if (kind === 1 || kind === 2) {
        // A rate may be empty.
        const isEmpty = kind === 1 && frame[walk.at] === QUOTE && frame[walk.at + 1] === QUOTE;
        if (isEmpty) walk.at += 2;
        const value = isEmpty ? Number.NaN : walk.number(kind === 1);
        if (Number.isNaN(value) && !isEmpty) return false;
        this.#numbers[key] = value;
      } else if (key === E && shape.type.length > 0) {
        if (!isText(frame, walk.at, shape.type)) return false;
        typed = true;
        walk.at += shape.type.length + 2;
      } else if (key === S) {
        const start = walk.at + 1;
        if (frame[walk.at] !== QUOTE || !walk.skip()) return false;
        const length = walk.at - 1 - start;
        if (length === 0 || length > MAX_SYMBOL_BYTES) return false;
        this.symbol = frame.toString('utf8', start, walk.at - 1);
      } else if (key === ST) {
        this.marketType = walk.number(false);
        if (Number.isNaN(this.marketType)) return false;
      } else if (key === K && inner) {
        if (!inner.read(walk, CANDLE)) return false;
      } else if (key === X && shape === CANDLE) {
        this.closed = isWord(frame, walk.at, TRUE);
        if (!this.closed && !isWord(frame, walk.at, FALSE)) return false;
        walk.at += this.closed ? TRUE.length : FALSE.length;
      } else if (key === I && shape === CANDLE) {
        if (!isText(frame, walk.at, MINUTE)) return false;
        minute = true;
        walk.at += MINUTE.length + 2;
      } else if (!walk.skip()) return false;
    } while (walk.take(COMMA));
    return walk.take(CLOSE) && typed && (minute || shape !== CANDLE);
  }
}

const outer = new Row();
const inner = new Row();

/**
 * The rows of a frame from its `data` at `from` on, ours alone: an array, or one bare object. Undefined as soon as one of
 * them, or what follows them, looks unusual: then JSON.parse decides.
 */
function scanRows<T>(
  frame: Buffer,
  from: number,
  shape: Shape,
  take: (row: Row) => T | undefined,
): T[] | undefined {
  const walk = new Walker(frame, from);
  const rows: T[] = [];
  const isArray = walk.take(OPEN);
  if (!isArray || frame[walk.at] !== SHUT) {
    do {
      if (!outer.read(walk, shape)) return undefined;
      const row = take(outer);
      if (row === undefined) return undefined;
      if (outer.marketType === 1) rows.push(row);
    } while (isArray && walk.take(COMMA));
  }
  if (isArray && !walk.take(SHUT)) return undefined;
  return walk.take(CLOSE) && walk.at === frame.length ? rows : undefined;
}

/** Mark prices of one symbol or of all. */
export function scanMarks(frame: Buffer, from: number): MarkPrice[] | undefined {
  return scanRows(frame, from, MARK, (row) => {
    const { symbol } = row;
    const mark = row.get('p');
    const index = row.get('i');
    const rate = row.get('r');
    const next = row.get('T');
    const eventTime = row.get('E');
    if (!(mark > 0) || !(eventTime >= 0) || symbol === '') return undefined;
    return {
      symbol,
      mark,
      index: index > 0 ? index : undefined,
      fundingRate: Number.isNaN(rate) ? undefined : rate,
      nextFundingTime: next > 0 ? next : undefined,
      eventTime,
    };
  });
}

/** The tickers of the day. */
export function scanDays(frame: Buffer, from: number): DayTicker[] | undefined {
  return scanRows(frame, from, DAY, (row) => {
    const { symbol } = row;
    const last = row.get('c');
    const open = row.get('o');
    const high = row.get('h');
    const low = row.get('l');
    const quoteVolume = row.get('q');
    const eventTime = row.get('E');
    if (!(last > 0 && open > 0 && high > 0 && low > 0 && quoteVolume >= 0 && eventTime >= 0))
      return undefined;
    return symbol === '' ? undefined : { symbol, last, open, high, low, quoteVolume, eventTime };
  });
}

/** A candle of one minute; `coin-m`: in order, but not ours. */
export function scanKline(
  frame: Buffer,
  from: number,
): { symbol: string; candle: Candle; eventTime: number } | 'coin-m' | undefined {
  const walk = new Walker(frame, from);
  // Of a frame without a candle nothing of the last one must be left.
  inner.closed = undefined;
  if (!outer.read(walk, KLINE, inner) || !walk.take(CLOSE) || walk.at !== frame.length) return undefined;
  const { symbol, marketType } = outer;
  const { closed } = inner;
  const eventTime = outer.get('E');
  const candle = {
    openTime: inner.get('t'),
    open: inner.get('o'),
    high: inner.get('h'),
    low: inner.get('l'),
    close: inner.get('c'),
    volume: inner.get('v'),
    quoteVolume: inner.get('q'),
    trades: inner.get('n'),
    takerBuyQuoteVolume: inner.get('Q'),
  };
  if (!(candle.open > 0 && candle.high > 0 && candle.low > 0 && candle.close > 0)) return undefined;
  if (!(candle.volume >= 0 && candle.quoteVolume >= 0 && candle.takerBuyQuoteVolume >= 0)) return undefined;
  if (!(candle.openTime >= 0 && candle.trades >= 0 && eventTime >= 0)) return undefined;
  if (closed === undefined || symbol === '') return undefined;
  return marketType === 1 ? { symbol, candle: { ...candle, closed }, eventTime } : 'coin-m';
}
