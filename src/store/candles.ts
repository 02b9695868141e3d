import type { Candle } from '../market/events.ts';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';

const MINUTE_MS = 60_000;
/** Seven days of minutes. */
const SLOTS = 7 * 24 * 60;
/** The newest minute written, as text, before the slots. */
const HEADER_BYTES = 16;
// minute u32, trades u32, then open, high, low, close, volume, quote volume, taker buy quote volume as f64.
const SLOT_BYTES = 64;

/**
 * Closed 1-minute candles of a symbol in one Redis string, a ring of a week: the slot of a candle follows from its
 * minute, so writing one again changes nothing, and each slot names its minute, so an old lap is never mistaken for new.
 */
export async function writeCandleRing(
  store: Store,
  symbol: string,
  candles: readonly Candle[],
): Promise<void> {
  const closed = candles.filter((candle) => candle.closed).slice(-SLOTS);
  const last = closed.at(-1);
  if (last === undefined) return;
  const key = keys.candles(symbol);
  const writes = runsOf(closed).map((run) =>
    store.setrange(key, offsetOf(run.minute), Buffer.concat(run.candles.map(pack))),
  );
  await Promise.all(writes);
  const newest = Math.max(minuteOf(last), await newestMinute(store, symbol));
  await store.setrange(key, 0, String(newest).padStart(HEADER_BYTES, '0'));
}

/** The candles that opened at or after `from` (Unix ms), ascending; minutes nobody wrote are missing. */
export async function readCandleRing(store: Store, symbol: string, from: number): Promise<Candle[]> {
  const newest = await newestMinute(store, symbol);
  const first = Math.max(Math.ceil(from / MINUTE_MS), newest - SLOTS + 1);
  const count = newest - first + 1;
  if (newest === 0 || count <= 0) return [];
  // A ring is read in up to two pieces: to its end, and on from its beginning.
  const toEnd = Math.min(count, SLOTS - (first % SLOTS));
  const pieces = [{ minute: first, count: toEnd }];
  if (count > toEnd) pieces.push({ minute: first + toEnd, count: count - toEnd });
  const read = await Promise.all(
    pieces.map(async (piece) => {
      const start = offsetOf(piece.minute);
      const bytes = await store.getrangeBuffer(
        keys.candles(symbol),
        start,
        start + piece.count * SLOT_BYTES - 1,
      );
      return unpack(bytes, piece.minute);
    }),
  );
  return read.flat();
}

async function newestMinute(store: Store, symbol: string): Promise<number> {
  return Number(await store.getrange(keys.candles(symbol), 0, HEADER_BYTES - 1)) || 0;
}

function minuteOf(candle: Candle): number {
  return Math.floor(candle.openTime / MINUTE_MS);
}

function offsetOf(minute: number): number {
  return HEADER_BYTES + (minute % SLOTS) * SLOT_BYTES;
}

/** Candles whose slots lie side by side, so that each run is one write. */
function runsOf(candles: readonly Candle[]): { minute: number; candles: Candle[] }[] {
  const runs: { minute: number; candles: Candle[] }[] = [];
  for (const candle of candles) {
    const minute = minuteOf(candle);
    const run = runs.at(-1);
    if (run && minute === run.minute + run.candles.length && minute % SLOTS !== 0) run.candles.push(candle);
    else runs.push({ minute, candles: [candle] });
  }
  return runs;
}

function pack(candle: Candle): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32LE(minuteOf(candle), 0);
  slot.writeUInt32LE(Math.min(candle.trades, 0xffff_ffff), 4);
  const { open, high, low, close, volume, quoteVolume, takerBuyQuoteVolume } = candle;
  [open, high, low, close, volume, quoteVolume, takerBuyQuoteVolume].forEach((value, index) => {
    slot.writeDoubleLE(value, 8 + index * 8);
  });
  return slot;
}

function unpack(bytes: Buffer, firstMinute: number): Candle[] {
  const candles: Candle[] = [];
  for (let at = 0; at + SLOT_BYTES <= bytes.length; at += SLOT_BYTES) {
    const minute = firstMinute + at / SLOT_BYTES;
    if (bytes.readUInt32LE(at) !== minute) continue;
    const value = (index: number) => bytes.readDoubleLE(at + 8 + index * 8);
    candles.push({
      openTime: minute * MINUTE_MS,
      open: value(0),
      high: value(1),
      low: value(2),
      close: value(3),
      volume: value(4),
      quoteVolume: value(5),
      takerBuyQuoteVolume: value(6),
      trades: bytes.readUInt32LE(at + 4),
      closed: true,
    });
  }
  return candles;
}
