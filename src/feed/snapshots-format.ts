import { type CursorPosition, readCursor } from '../alerts/cursor.ts';
import { pack, unpack } from './packing.ts';

/** What is saved of a symbol: its windows and the cursor of its rules, of one and the same moment. */
export interface Snapshot {
  state: Buffer;
  /** As the engine writes it. */
  cursor: string;
}

/** Ten times what a state holds. */
const MAX_BYTES = 1 << 20;

/** A snapshot as it is kept. */
export function packSnapshot({ state, cursor }: Snapshot): Promise<Buffer> {
  return pack(cursor, state);
}

/** Reads a kept snapshot; undefined when it is none, whole. The state's own checksum is looked at when it is restored. */
export async function unpackSnapshot(packed: Buffer): Promise<Snapshot | undefined> {
  const found = await unpack(packed, MAX_BYTES);
  if (!found || !readCursor(found.text)) return undefined;
  return { state: found.state, cursor: found.text };
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
