import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { type CursorPosition, readCursor } from '../alerts/cursor.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** What is saved of a symbol: its windows and the cursor of its rules, of one and the same moment. */
export interface Snapshot {
  state: Buffer;
  /** As the engine writes it. */
  cursor: string;
}

// Length and checksum of the cursor, the cursor, the state (which has a checksum of its own).
const HEADER_BYTES = 8;
/** Ten times what a state holds: a length that was not ours must not fill the memory. */
const MAX_BYTES = 1 << 20;
/** Each comes out in one piece: with hundreds of them putting pieces together would take longer than the rest. */
const PIECE_BYTES = 1 << 18;

/** A snapshot as it is kept: most of it is prices that hardly differ, so it is deflated, off the main thread. */
export async function packSnapshot({ state, cursor }: Snapshot): Promise<Buffer> {
  const text = Buffer.from(cursor);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(text.length, 0);
  header.writeUInt32LE(crc32(text), 4);
  return await deflate(Buffer.concat([header, text, state]), { level: 1, chunkSize: PIECE_BYTES });
}

/** Reads a kept snapshot; undefined when it is none, whole. The state's own checksum is looked at when it is restored. */
export async function unpackSnapshot(packed: Buffer): Promise<Snapshot | undefined> {
  let whole: Buffer;
  try {
    whole = await inflate(packed, { maxOutputLength: MAX_BYTES, chunkSize: PIECE_BYTES });
  } catch {
    return undefined;
  }
  if (whole.length < HEADER_BYTES) return undefined;
  const end = HEADER_BYTES + whole.readUInt32LE(0);
  if (end > whole.length) return undefined;
  const text = whole.subarray(HEADER_BYTES, end);
  if (crc32(text) !== whole.readUInt32LE(4)) return undefined;
  const cursor = text.toString();
  return readCursor(cursor) ? { state: whole.subarray(end), cursor } : undefined;
}

/** Is the cursor `a` further on in the symbol's events than `b`? */
export function isAhead(a: string, b: string): boolean {
  const [first, second] = [readCursor(a)?.now, readCursor(b)?.now];
  if (!first) return false;
  if (!second || first.seq !== second.seq) return first.seq > (second?.seq ?? -1);
  return clockOf(first) > clockOf(second);
}

/** Up to when deadlines have fallen due, market time. */
function clockOf({ books }: CursorPosition): number {
  return books.reduce((latest, { clock }) => Math.max(latest, clock), 0);
}
