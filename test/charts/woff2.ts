import { brotliDecompressSync } from 'node:zlib';

/** Tags by the number that stands for them in a WOFF2 table directory (WOFF 2.0, section 4.1). */
const KNOWN_TAGS =
  'cmap head hhea hmtx maxp name OS/2 post cvt  fpgm glyf loca prep CFF  VORG EBDT EBLC gasp hdmx kern LTSH PCLT VDMX vhea vmtx BASE GDEF GPOS GSUB EBSC JSTF MATH CBDT CBLC COLR CPAL SVG  sbix acnt avar bdat bloc bsln cvar fdsc feat fmtx fvar gvar hsty just lcar mort morx opbd prop trak Zapf Silf Glat Gloc Feat Sill';

/** Every code point that a WOFF2 font has a glyph for. */
export function codePointsOf(font: Buffer): Set<number> {
  const tables = font.readUInt16BE(12);
  let at = 48;
  const readBase128 = () => {
    let value = 0;
    for (;;) {
      const byte = font.readUInt8(at++);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  };
  let offset = 0;
  let cmap: { offset: number; length: number } | undefined;
  for (let i = 0; i < tables; i++) {
    const flags = font.readUInt8(at++);
    const known = flags & 0x3f;
    let tag = KNOWN_TAGS.slice(known * 5, known * 5 + 4);
    if (known === 63) {
      tag = font.toString('latin1', at, at + 4);
      at += 4;
    }
    const original = readBase128();
    // glyf and loca are transformed unless their version is 3, all others only if it is not 0.
    const version = flags >> 6;
    const isTransformed = tag === 'glyf' || tag === 'loca' ? version !== 3 : version !== 0;
    const length = isTransformed ? readBase128() : original;
    if (tag === 'cmap') cmap = { offset, length };
    offset += length;
  }
  if (!cmap) throw new Error('a font without cmap');
  const data = brotliDecompressSync(font.subarray(at, at + font.readUInt32BE(20)));
  return readCmap(data.subarray(cmap.offset, cmap.offset + cmap.length));
}

function readCmap(table: Buffer): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i < table.readUInt16BE(2); i++) {
    const subtable = table.subarray(table.readUInt32BE(4 + i * 8 + 4));
    const format = subtable.readUInt16BE(0);
    if (format === 4) readSegments(subtable, found);
    if (format === 12) {
      for (let group = 0; group < subtable.readUInt32BE(12); group++) {
        const first = subtable.readUInt32BE(16 + group * 12);
        const last = subtable.readUInt32BE(20 + group * 12);
        for (let code = first; code <= last; code++) found.add(code);
      }
    }
  }
  return found;
}

/** Format 4: segments with a delta, or an array of glyphs in which 0 means none. */
function readSegments(subtable: Buffer, found: Set<number>): void {
  const doubled = subtable.readUInt16BE(6);
  for (let i = 0; i < doubled; i += 2) {
    const last = subtable.readUInt16BE(14 + i);
    const first = subtable.readUInt16BE(16 + doubled + i);
    const rangeAt = 16 + 3 * doubled + i;
    const range = subtable.readUInt16BE(rangeAt);
    for (let code = first; code <= last && code < 0xffff; code++) {
      if (range === 0 || subtable.readUInt16BE(rangeAt + range + (code - first) * 2) !== 0) found.add(code);
    }
  }
}
