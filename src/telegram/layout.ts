import type { Block, Inline, Line, Text } from '../notice/text.ts';

/** What a run of characters looks like. */
export type Style = 'b' | 'i' | 'code';

/** A run of characters of one look; `time` is a moment, Unix seconds. */
export interface Piece {
  text: string;
  style: Style | undefined;
  time?: number;
}

/** A line of a message. Nothing runs across lines, so a message may be cut between any two of them. */
export type Row = readonly Piece[];

// Control characters, marks that turn the direction of what follows, halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+/gu;

/** One line of a text without anything that could disturb what stands around it. */
export function clean(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}

/** The rows of a text: blocks of different kinds stand apart, facts are "label: value" (columns break on CJK widths). */
export function layOut(text: Text): Row[] {
  const rows: Row[] = [];
  text.forEach((block, i) => {
    const before = text[i - 1];
    if (before && standsApart(before.type, block.type)) rows.push([]);
    switch (block.type) {
      case 'title':
        if (before) rows.push([]);
        rows.push(pieces(block.line, 'b'));
        break;
      case 'text':
        rows.push(pieces(block.line));
        break;
      case 'small':
        rows.push(pieces(block.line, 'i'));
        break;
      case 'facts':
        for (const [label, value] of block.rows) {
          rows.push([plain(`${label}: `), { text: clean(value), style: 'b' }]);
        }
        break;
      case 'list':
        for (const item of block.items) rows.push([plain('• '), ...pieces(item)]);
        break;
    }
  });
  // A title that follows another kind asked for distance twice.
  return rows.filter((row, i) => row.length > 0 || (rows[i - 1]?.length ?? 0) > 0);
}

/** Is there a blank line between two blocks? What heads something stands right over it, a list under the words that announce it. */
function standsApart(before: Block['type'], type: Block['type']): boolean {
  return before !== 'title' && before !== type && !(before === 'text' && type === 'list');
}

/**
 * Cuts rows into messages of at most `max` UTF-16 units, between rows where possible; a row that is too long itself is
 * cut between its characters.
 */
export function split(rows: readonly Row[], max: number): Row[][] {
  const messages: Row[][] = [[]];
  let length = 0;
  for (const row of rows.flatMap((whole) => splitRow(whole, max))) {
    const current = messages.at(-1) ?? [];
    const more = rowLength(row) + (current.length > 0 ? 1 : 0);
    if (length + more <= max) {
      current.push(row);
      length += more;
    } else if (row.length > 0) {
      messages.push([row]);
      length = rowLength(row);
    }
  }
  return messages.filter((message) => message.some((row) => row.length > 0));
}

/** One message of at most `max` UTF-16 units; what does not fit ends in an ellipsis. */
export function cutOff(rows: readonly Row[], max: number): Row[] {
  const [first, ...rest] = split(rows, max);
  if (rest.length === 0) return first ?? [];
  return [...(split(rows, max - 2)[0] ?? []), [plain('…')]];
}

function splitRow(row: Row, max: number): Row[] {
  if (rowLength(row) <= max) return [row];
  const parts: Piece[][] = [[]];
  let length = 0;
  for (const piece of row) {
    for (const character of piece.text) {
      if (length + character.length > max) {
        parts.push([]);
        length = 0;
      }
      const part = parts.at(-1) ?? [];
      const last = part.at(-1);
      if (last && last.style === piece.style && last.time === piece.time) last.text += character;
      else part.push({ ...piece, text: character });
      length += character.length;
    }
  }
  return parts;
}

function rowLength(row: Row): number {
  return row.reduce((sum, piece) => sum + piece.text.length, 0);
}

function pieces(line: Line, whole?: Style): Piece[] {
  return line.map((part) => pieceOf(part, whole)).filter((piece) => piece.text !== '');
}

function pieceOf(part: Inline, whole: Style | undefined): Piece {
  if (typeof part === 'string') return { text: clean(part), style: whole };
  if ('code' in part) return { text: clean(part.code), style: 'code' };
  if ('role' in part) return { text: clean(`@${part.role}`), style: whole };
  if ('b' in part) return { text: clean(part.b), style: whole ?? 'b' };
  if ('i' in part) return { text: clean(part.i), style: whole ?? 'i' };
  return { text: clean(part.text), style: whole, time: Math.floor(part.time / 1000) };
}

function plain(text: string): Piece {
  return { text: clean(text), style: undefined };
}
