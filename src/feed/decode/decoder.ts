import { z } from 'zod';
import type { DayTicker, Liquidation, MarkPrice } from '../../market/events.ts';
import { kindOf, type StreamKind } from '../routes.ts';
import type { FeedEvent } from './events.ts';
import { scanAggTrade } from './scan.ts';
import { scanDepth } from './scan-depth.ts';
import { scanDays, scanKline, scanMarks } from './scan-rows.ts';
import {
  aggTradeSchema,
  contractInfoSchema,
  depthSchema,
  forceOrderSchema,
  klineSchema,
  markPriceSchema,
  miniTickerSchema,
} from './schemas.ts';

const PREFIX = Buffer.from('{"stream":"');
const BETWEEN = Buffer.from('","data":');
const BRACE = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;
const AT = 0x40;
/** Bytes of a name that tell where it is looked for. */
const HASHED = 12;
/** A power of two; a socket carries two hundred streams. */
const PLACES = 1024;
// Names seen are ours; a peer that invents new ones without end must not fill the memory.
const MAX_STREAMS = 4096;

/** One stream of a socket, found again by the bytes of its name. */
interface StreamEntry {
  readonly name: string;
  readonly bytes: Buffer;
  readonly kind: StreamKind;
  /** The payload's symbol, once a frame of it was read whole. */
  symbol: string;
  symbolBytes: Buffer;
  frames: number;
  /** Another one at the same place of the table. */
  readonly next: StreamEntry | undefined;
}

const IGNORED: FeedEvent = { type: 'ignored' };
const MALFORMED: FeedEvent = { type: 'malformed' };
const SESSION: FeedEvent = { type: 'session' };
const SHUTDOWN: FeedEvent = { type: 'shutdown' };

const envelope = z.object({ stream: z.string(), data: z.unknown() });
const tagged = z.object({ e: z.string() });

/** Reads the combined frames (`{"stream","data"}`) of one socket, and counts them by stream. */
export class FrameDecoder {
  readonly #places = new Array<StreamEntry | undefined>(PLACES).fill(undefined);
  readonly #byName = new Map<string, StreamEntry>();
  #last: StreamEntry | undefined;
  /** Data frames read, in order or not. */
  frames = 0;

  /** How many frames of this stream have come. */
  framesOf(stream: string): number {
    return this.#byName.get(stream)?.frames ?? 0;
  }

  /** What the frame says; the scan and JSON.parse give the same answer. */
  decode(frame: Buffer): FeedEvent {
    this.frames += 1;
    const entry = this.#find(frame);
    if (entry === undefined) return this.#decodeWhole(frame, undefined);
    entry.frames += 1;
    const from = PREFIX.length + entry.bytes.length;
    const data = from + BETWEEN.length;
    const scanned = startsWith(frame, from, BETWEEN) ? scan(frame, data, entry) : undefined;
    return scanned ?? this.#decodeWhole(frame, entry);
  }

  #find(frame: Buffer): StreamEntry | undefined {
    if (!startsWith(frame, 0, PREFIX)) return undefined;
    // Frames of one stream come in runs.
    const last = this.#last;
    if (
      last &&
      frame[PREFIX.length + last.bytes.length] === QUOTE &&
      startsWith(frame, PREFIX.length, last.bytes)
    ) {
      return last;
    }
    const entry = this.#lookUp(frame);
    this.#last = entry;
    return entry;
  }

  #lookUp(frame: Buffer): StreamEntry | undefined {
    const from = PREFIX.length;
    // Where names differ is at their beginning, and behind their first `@`.
    let hash = BASIS;
    let at = from;
    for (; at < frame.length && at < from + HASHED; at++) {
      const byte = frame[at] ?? 0;
      hash = Math.imul(hash ^ byte, PRIME);
      if (byte === AT) break;
    }
    hash = Math.imul(hash ^ (frame[at + 1] ?? 0), PRIME);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    for (let entry = this.#places[place]; entry; entry = entry.next) {
      if (frame[from + entry.bytes.length] === QUOTE && startsWith(frame, from, entry.bytes)) return entry;
    }
    const end = frame.indexOf(QUOTE, from);
    const name = frame.subarray(from, end);
    if (end < 0 || name.includes(BACKSLASH) || this.#byName.size >= MAX_STREAMS) return undefined;
    return this.#intern(place, name);
  }

  #intern(place: number, bytes: Buffer): StreamEntry {
    const name = bytes.toString();
    const entry: StreamEntry = {
      next: this.#places[place],
      name,
      bytes: Buffer.from(bytes),
      kind: kindOf(name),
      symbol: '',
      symbolBytes: Buffer.alloc(0),
      frames: 0,
    };
    this.#places[place] = entry;
    this.#byName.set(name, entry);
    return entry;
  }

  #decodeWhole(frame: Buffer, entry: StreamEntry | undefined): FeedEvent {
    let parsed: unknown;
    try {
      parsed = JSON.parse(frame.toString());
    } catch {
      return MALFORMED;
    }
    const wrapped = envelope.safeParse(parsed);
    if (!wrapped.success) return MALFORMED;
    const { stream, data } = wrapped.data;
    const event = decodeData(entry?.kind ?? kindOf(stream), data);
    if (entry && entry.symbol === '' && (event.type === 'trade' || event.type === 'book')) {
      entry.symbol = event.type === 'trade' ? event.trade.symbol : event.book.symbol;
      entry.symbolBytes = Buffer.from(entry.symbol);
    }
    return event;
  }
}

/** What the payload that begins here says; undefined where JSON.parse must decide. */
function scan(frame: Buffer, at: number, { kind, symbol, symbolBytes }: StreamEntry): FeedEvent | undefined {
  switch (kind) {
    case 'aggTrade': {
      if (symbol === '' || frame[at] !== BRACE) return undefined;
      const trade = scanAggTrade(frame, at + 1, symbol, symbolBytes);
      return trade === undefined || trade === 'coin-m' ? trade && IGNORED : { type: 'trade', trade };
    }
    case 'depth': {
      if (symbol === '' || frame[at] !== BRACE) return undefined;
      const book = scanDepth(frame, at + 1, symbol, symbolBytes);
      return book === undefined || book === 'coin-m' ? book && IGNORED : { type: 'book', book };
    }
    case 'kline': {
      const found = scanKline(frame, at);
      return found === undefined || found === 'coin-m' ? found && IGNORED : { type: 'candle', ...found };
    }
    case 'markPrice':
    case 'markPrices': {
      const marks = scanMarks(frame, at);
      return marks && { type: 'marks', marks };
    }
    case 'dayTickers': {
      const tickers = scanDays(frame, at);
      return tickers && { type: 'days', tickers };
    }
    default:
      return undefined;
  }
}

/** What the payload of a stream of this kind says. */
export function decodeData(kind: StreamKind, data: unknown): FeedEvent {
  const tag = tagged.safeParse(data);
  if (tag.success && tag.data.e === 'serverShutdown') return SHUTDOWN;
  switch (kind) {
    case 'aggTrade': {
      const row = aggTradeSchema.safeParse(data);
      if (!row.success) return MALFORMED;
      return isOurs(row.data.st) ? { type: 'trade', trade: row.data.trade } : IGNORED;
    }
    case 'kline': {
      const row = klineSchema.safeParse(data);
      if (!row.success) return MALFORMED;
      const { st, symbol, candle, eventTime, interval } = row.data;
      return isOurs(st) && interval === '1m' ? { type: 'candle', symbol, candle, eventTime } : IGNORED;
    }
    case 'depth': {
      const row = depthSchema.safeParse(data);
      if (!row.success) return MALFORMED;
      return isOurs(row.data.st) ? { type: 'book', book: row.data.book } : IGNORED;
    }
    case 'markPrice':
    case 'markPrices': {
      const marks: MarkPrice[] = [];
      const read = forEachRow(data, markPriceSchema, (row) => {
        if (isOurs(row.st)) marks.push(row.mark);
      });
      return read ? { type: 'marks', marks } : MALFORMED;
    }
    case 'dayTickers': {
      const tickers: DayTicker[] = [];
      const read = forEachRow(data, miniTickerSchema, (row) => {
        if (isOurs(row.st)) tickers.push(row.ticker);
      });
      return read ? { type: 'days', tickers } : MALFORMED;
    }
    case 'liquidations': {
      const liquidations: Liquidation[] = [];
      const read = forEachRow(data, forceOrderSchema, (row) => {
        if (isOurs(row.st)) liquidations.push(row.liquidation);
      });
      return read ? { type: 'liquidations', liquidations } : MALFORMED;
    }
    case 'contractInfo': {
      const row = contractInfoSchema.safeParse(data);
      if (!row.success) return MALFORMED;
      return isOurs(row.data.st) ? { type: 'contract', symbol: row.data.s, status: row.data.cs } : IGNORED;
    }
    case 'session':
      return tag.success ? SESSION : MALFORMED;
    case 'other':
      return IGNORED;
  }
}

/** Since the COIN-M merge, streams of all markets carry rows of another market too. */
function isOurs(marketType: number | undefined): boolean {
  return marketType === undefined || marketType === 1;
}

/** Reads an array frame, which may also come as one bare object; a bad row costs only itself. False if no row was good. */
function forEachRow<T>(data: unknown, schema: z.ZodType<T>, take: (row: T) => void): boolean {
  const rows: readonly unknown[] = Array.isArray(data) ? data : [data];
  let good = rows.length === 0;
  for (const row of rows) {
    const parsed = schema.safeParse(row);
    if (!parsed.success) continue;
    good = true;
    take(parsed.data);
  }
  return good;
}

function startsWith(frame: Buffer, at: number, expected: Buffer): boolean {
  if (at + expected.length > frame.length) return false;
  for (let i = 0; i < expected.length; i++) if (frame[at + i] !== expected[i]) return false;
  return true;
}
