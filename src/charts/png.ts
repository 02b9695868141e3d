import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PALETTE_SIZE = 256;
/** Effort of the compression: beyond it, time doubles for a few percent of size. */
const LEVEL = 6;

/**
 * Codes opaque pixels (RGBA, row by row) as a PNG with a palette of 256 colours (PNG specification, section 11.2): a
 * drawing has few colours, so this is a third of the size and of the time of full colour. The commonest colours stay
 * exact; the rest, shades of smoothed edges, take the nearest of them.
 */
export function encodePng(pixels: Uint8ClampedArray, width: number, height: number): Buffer {
  const colours = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  const counts = countColours(colours);
  const palette = [...counts.entries()]
    .sort((a, b) => b[1] - a[1])
    .slice(0, PALETTE_SIZE)
    .map(([colour]) => colour);
  const indexOf = new Map(palette.map((colour, index) => [colour, index]));
  for (const colour of counts.keys()) {
    if (!indexOf.has(colour)) indexOf.set(colour, nearest(colour, palette));
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header(width, height)),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows(colours, width, height, indexOf), { level: LEVEL })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function countColours(colours: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>();
  let start = 0;
  for (let i = 1; i <= colours.length; i++) {
    const colour = colours[start] ?? 0;
    // By runs: neighbours are mostly equal.
    if (i < colours.length && colours[i] === colour) continue;
    counts.set(colour, (counts.get(colour) ?? 0) + i - start);
    start = i;
  }
  return counts;
}

/** Each row of indices behind a filter byte of 0 (none): filters do nothing for palettes. */
function rows(
  colours: Uint32Array,
  width: number,
  height: number,
  indexOf: ReadonlyMap<number, number>,
): Buffer {
  const out = Buffer.alloc((width + 1) * height);
  let last = -1;
  let index = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colours[y * width + x] ?? 0;
      if (colour !== last) {
        last = colour;
        index = indexOf.get(colour) ?? 0;
      }
      out[y * (width + 1) + 1 + x] = index;
    }
  }
  return out;
}

function nearest(colour: number, palette: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels(colour);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  palette.forEach((candidate, index) => {
    const r = (candidate & 0xff) - red;
    const g = ((candidate >> 8) & 0xff) - green;
    const b = ((candidate >> 16) & 0xff) - blue;
    const distance = r * r + g * g + b * b;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

/** Red, green and blue of a pixel read as a little-endian word, as every platform that the canvas runs on does. */
function channels(colour: number): number[] {
  return [colour & 0xff, (colour >> 8) & 0xff, (colour >> 16) & 0xff];
}

function header(width: number, height: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  // 8 bits a pixel, colour type 3 (palette); the one compression and filter method there is, not interlaced.
  data.set([8, 3, 0, 0, 0], 8);
  return data;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
