import { crc32 } from 'node:zlib';

/** Arrays of numbers as they lie in memory; every machine that Node runs on is little-endian. */
type Numbers = Float64Array | Uint32Array | Uint8Array;

/**
 * A walk over all fields of something, in fixed order: writing or reading, whoever walks. `value` returns the field's
 * value from then on: the one given when writing, the kept one when reading.
 */
export interface Walk {
  value(current: number): number;
  /** Writes an array, or fills it. */
  numbers(array: Numbers): void;
}

/** What is walked over. */
export type Walked = (walk: Walk) => void;

// Mark, version, checksum of what follows; then f64s and arrays, none of them aligned.
const MARK = 0x53484457;
const HEADER_BYTES = 12;

/** Everything a walk meets, with version and checksum. */
export function pack(version: number, walked: Walked): Buffer {
  const parts: Buffer[] = [];
  walked({
    value(current) {
      const part = Buffer.allocUnsafe(8);
      part.writeDoubleLE(current);
      parts.push(part);
      return current;
    },
    numbers: (array) => void parts.push(Buffer.from(bytesOf(array))),
  });
  const body = Buffer.concat(parts);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(MARK, 0);
  header.writeUInt32LE(version, 4);
  header.writeUInt32LE(crc32(body), 8);
  return Buffer.concat([header, body]);
}

/** Walks over what `pack` wrote; false, and nothing walked, unless mark, version, length (bytes of the body) and checksum are right. */
export function unpack(bytes: Uint8Array, version: number, length: number, walked: Walked): boolean {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length !== HEADER_BYTES + length) return false;
  const body = whole.subarray(HEADER_BYTES);
  if (whole.readUInt32LE(0) !== MARK || whole.readUInt32LE(4) !== version) return false;
  if (whole.readUInt32LE(8) !== crc32(body)) return false;
  let at = 0;
  walked({
    value() {
      at += 8;
      return body.readDoubleLE(at - 8);
    },
    numbers(array) {
      const target = bytesOf(array);
      target.set(body.subarray(at, at + target.length));
      at += target.length;
    },
  });
  return true;
}

function bytesOf(array: Numbers): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
