import { type Inline, type Line, plainLine, type Text } from '../notice/text.ts';

// Everything that Discord's markdown gives a meaning to wherever it stands, mentions and masked links included.
const ACTIVE = /[\\*_~`|<[\]]/g;
// A scheme makes a link of what follows it, and so does a known domain before a slash (invites).
const SCHEME = /:(?=\/\/)/g;
const DOMAIN_SLASH = /(?<=\.\p{L}{2,})\//gu;
// Line breaks would start headings and quotes; direction overrides would reorder the rest of the message.
const BREAKS = /[\s\u0085\u2028\u2029]+/g;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069\ufeff]/g;
// Only at the start of a line: lists, headings, quotes, small print.
const LINE_START = /^(\s*)([-+#>]|\d+(?=[.)]\s))/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line without control characters, lone surrogates and direction overrides; the words stay. */
function cleanLine(text: string): string {
  return text.toWellFormed().replace(BREAKS, ' ').replace(CONTROLS, '');
}

/** Makes a hostile text show as it is written: no markdown, no link, no mention, no line break. */
export function escapeText(text: string): string {
  return cleanLine(text)
    .replace(ACTIVE, '\\$&')
    .replace(SCHEME, '\\:')
    .replace(DOMAIN_SLASH, '\\/')
    .replaceAll('@', '@\u200b');
}

/**
 * A text as Discord markdown of at most `limit` UTF-16 units. What does not fit is cut inside the plain words,
 * before they are escaped, so that a cut never opens or breaks markup.
 */
export function toMarkdown(text: Text, limit: number): string {
  let out = '';
  for (const { prefix, line } of physicalLines(text)) {
    const start = out === '' ? prefix : `\n${prefix}`;
    const room = limit - out.length - start.length;
    if (room <= 0) break;
    const { shown, whole } = renderLine(line, room, prefix === '');
    if (shown !== '' || whole) out += start + shown;
    if (!whole) break;
  }
  return out;
}

/** A line where Discord allows no formatting but still reads escapes (embed titles): words only, at most `limit` units. */
export function toTitle(line: Line, limit: number): string {
  return cut(plainLine(line), limit, escapeText);
}

/** Words where Discord reads no markup at all (button labels, choices): at most `limit` units. */
export function toLabel(text: string, limit: number): string {
  return cut(text, limit, cleanLine).trim();
}

interface PhysicalLine {
  prefix: string;
  line: Line;
}

function physicalLines(text: Text): PhysicalLine[] {
  return text.flatMap((block): PhysicalLine[] => {
    if (block.type === 'facts') {
      return block.rows.map(([label, value]) => ({ prefix: '', line: [{ b: label }, ` ${value}`] }));
    }
    if (block.type === 'list') return block.items.map((line) => ({ prefix: '• ', line }));
    if (block.type === 'title') return [{ prefix: '', line: [{ b: plainLine(block.line) }] }];
    return [{ prefix: block.type === 'small' ? '-# ' : '', line: block.line }];
  });
}

function renderLine(line: Line, limit: number, atLineStart: boolean): { shown: string; whole: boolean } {
  let shown = '';
  for (const [index, part] of line.entries()) {
    const full = renderInline(part, Number.POSITIVE_INFINITY, atLineStart && index === 0);
    if (shown.length + full.length > limit) {
      return {
        shown: shown + renderInline(part, limit - shown.length, atLineStart && index === 0),
        whole: false,
      };
    }
    shown += full;
  }
  return { shown, whole: true };
}

function renderInline(part: Inline, limit: number, atLineStart: boolean): string {
  if (typeof part === 'string') {
    return cut(part, limit, (words) =>
      atLineStart ? escapeText(words).replace(LINE_START, startEscape) : escapeText(words),
    );
  }
  if ('b' in part) return cut(part.b, limit, (words) => wrap('**', escapeText(words)));
  if ('i' in part) return cut(part.i, limit, (words) => wrap('_', escapeText(words)));
  // Nothing but a backtick has a meaning inside a code span.
  if ('code' in part)
    return cut(part.code, limit, (words) => wrap('`', cleanLine(words).replaceAll('`', 'ˋ')));
  if ('role' in part) {
    // Who sends it allows no mention, so that nobody is called.
    const mention = /^\d+$/.test(part.role) ? `<@&${part.role}>` : escapeText(part.role);
    return mention.length <= limit ? mention : '';
  }
  const seconds = Math.floor(part.time / 1000);
  const stamp = `<t:${seconds}:f> (<t:${seconds}:R>)`;
  return stamp.length <= limit ? stamp : '';
}

/** `1.` is escaped behind its digits, everything else before itself. */
function startEscape(_match: string, space: string, mark: string): string {
  return /\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`;
}

function wrap(mark: string, words: string): string {
  return words.trim() === '' ? words : `${mark}${words}${mark}`;
}

/** The longest start of `words` whose rendering fits into `limit`, with an ellipsis when it is not all of it. */
function cut(words: string, limit: number, render: (words: string) => string): string {
  const whole = render(words);
  if (whole.length <= limit) return whole;
  const parts = Array.from(graphemes.segment(words.slice(0, Math.max(0, limit))), ({ segment }) => segment);
  let fits = 0;
  let tooMany = parts.length + 1;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (render(`${parts.slice(0, middle).join('')}…`).length <= limit) fits = middle;
    else tooMany = middle;
  }
  return fits === 0 ? '' : render(`${parts.slice(0, fits).join('')}…`);
}
