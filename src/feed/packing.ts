import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

// Length and checksum of the text, the text, the state (which has a checksum of its own).
const HEADER_BYTES = 8;
/** Each comes out in one piece: with hundreds of them putting pieces together would take longer than the rest. */
const PIECE_BYTES = 1 << 18;

/** A text and a symbol's saved state in one: most of it is prices that hardly differ, so it is deflated, off the main thread. */
export async function pack(text: string, state: Uint8Array): Promise<Buffer> {
  const bytes = Buffer.from(text);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(bytes.length, 0);
  header.writeUInt32LE(crc32(bytes), 4);
  return await deflate(Buffer.concat([header, bytes, state]), { level: 1, chunkSize: PIECE_BYTES });
}

/**
 * Reads what `pack` made; undefined when it is not whole, or holds more than `maxBytes`: a length that was not ours must not
 * fill the memory.
 */
export async function unpack(
  packed: Buffer,
  maxBytes: number,
): Promise<{ text: string; state: Buffer } | undefined> {
  let whole: Buffer;
  try {
    whole = await inflate(packed, { maxOutputLength: maxBytes, chunkSize: PIECE_BYTES });
  } catch {
    return undefined;
  }
  if (whole.length < HEADER_BYTES) return undefined;
  const end = HEADER_BYTES + whole.readUInt32LE(0);
  if (end > whole.length) return undefined;
  const text = whole.subarray(HEADER_BYTES, end);
  return crc32(text) === whole.readUInt32LE(4)
    ? { text: text.toString(), state: whole.subarray(end) }
    : undefined;
}
