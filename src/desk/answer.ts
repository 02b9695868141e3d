import { z } from 'zod';
import { WINDOWS } from '../market/brief.ts';
import type { Reading, ReadingFlag } from '../store/analyses.ts';

const MAX_GRAPHEMES = 50;

const probability = z.number().min(0).max(1);
const pUp = z.object({ m15: probability, h1: probability, h4: probability });

/** The form asked of the model. Lengths are looser than what is kept: a summary is cut, not refused. */
const answer = z.object({
  sentiment: z.int().min(0).max(100),
  summary: z.string().max(2_000),
  drivers: z.array(z.object({ feature: z.string(), effect: z.enum(['up', 'down', 'neutral']) })).max(3),
  risk: z.enum(['low', 'medium', 'high', 'extreme']),
  horizon: z.enum(['15m', '1h', '4h']),
  abstain: z.boolean(),
  // A reading without usable probabilities is one still; it just cannot be scored.
  p_up: pUp.optional().catch(undefined),
});

/** An answer that holds, with what had to be mended in it; or why it does not, in words for the model. */
export type Judged =
  | { type: 'reading'; reading: Reading; mended: readonly ReadingFlag[] }
  | { type: 'invalid'; fault: string };

/** The JSON schema of the answer for models that take one; drivers may name these features only. */
export function answerSchema(features: readonly string[]): Record<string, unknown> {
  const [first, ...rest] = features;
  const named = answer.extend({
    p_up: pUp,
    drivers: z
      .array(
        z.object({
          feature: first === undefined ? z.string() : z.enum([first, ...rest]),
          effect: z.enum(['up', 'down', 'neutral']),
        }),
      )
      .min(1)
      .max(3),
  });
  const { $schema: _, ...schema } = z.toJSONSchema(named);
  return schema;
}

/**
 * Judges what the model said against the form and the features it was given. The text is hostile: the summary comes out
 * as one plain line of at most 50 graphemes, without control characters, markup, mentions, links or market numbers.
 */
export function judgeAnswer(content: string, features: readonly string[]): Judged {
  const value = extractJson(content);
  if (value === undefined) return { type: 'invalid', fault: 'no JSON object' };
  const parsed = answer.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { type: 'invalid', fault: `${issue?.path.join('.')}: ${issue?.message}`.slice(0, 200) };
  }
  const mended = new Set<ReadingFlag>();
  const drivers = parsed.data.drivers.filter((driver) => features.includes(driver.feature));
  if (drivers.length < parsed.data.drivers.length) mended.add('drivers');
  // Who has no view need not say what drives it, nor say anything.
  const { abstain } = parsed.data;
  if (drivers.length === 0 && !abstain)
    return { type: 'invalid', fault: 'drivers: none is a feature with a value' };
  const plain = plainLine(parsed.data.summary);
  const wordsOnly = withoutNumbers(plain);
  if (wordsOnly !== plain) mended.add('digits');
  const summary = cut(wordsOnly);
  if (summary !== wordsOnly) mended.add('cut');
  if (summary === '' && !abstain)
    return { type: 'invalid', fault: 'summary: empty, or nothing but numbers and markup' };
  const { p_up, ...plainFields } = parsed.data;
  const reading = { ...plainFields, drivers, summary, ...(p_up ? { pUp: p_up } : {}) };
  if (contradictsItself(reading)) mended.add('conflict');
  return { type: 'reading', reading, mended: [...mended] };
}

const AT_HORIZON = { '15m': 'm15', '1h': 'h1', '4h': 'h4' } as const;
/** A sentiment this far from the middle has a direction. */
const LEANING = 10;

/** Does its sentiment lean the other way than its probability for its own horizon? */
function contradictsItself({ abstain, sentiment, pUp, horizon }: Reading): boolean {
  if (abstain || !pUp) return false;
  const p = pUp[AT_HORIZON[horizon]];
  return (sentiment >= 50 + LEANING && p < 0.5) || (sentiment <= 50 - LEANING && p > 0.5);
}

/** The first balanced JSON object in a text, be it fenced, or with words around it. */
function extractJson(text: string): unknown {
  for (let start = text.indexOf('{'); start !== -1; start = text.indexOf('{', start + 1)) {
    const end = balancedEnd(text, start);
    // Not closed: cut off, and every later brace is inside it.
    if (end === undefined) return undefined;
    try {
      return JSON.parse(text.slice(start, end));
    } catch {
      // Braces in prose before the object: look on.
    }
  }
  return undefined;
}

/** The index after the brace that closes the one at `start`, strings respected. */
function balancedEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}

/** One line of plain words: no control or direction marks, no markup, mentions, commands or links. */
function plainLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/<[^>]*>/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(
      /\b[a-z][a-z0-9+.-]*:\/\/\S+|\bwww\.\S+|\b[\w-]+\.(com|net|org|io|ai|me|gg|xyz|ru|cn|app|dev|info)\b\S*/gi,
      ' ',
    )
    .replace(/[@#/][\p{L}\p{N}_]+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (char) => (char === '\u200d' ? char : ' '))
    .replace(/[*_~`|<>[\]{}\\@#]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** How people write the windows that exist; followed by a letter it is another word, or millions. */
const WINDOW_NAME = new RegExp(
  `^(?:(?:${WINDOWS.join('|')})(?![a-z])|(?:1|5|15)[분分]|(?:1|4|24)(?:시간|小时|時間))`,
  'iu',
);
const NUMBER = /[$€₩¥+\-−±~≈]*\p{N}[\p{N}.,]*(?:\s?(?:%|(?:bps?|[kmbx]|usdt?|[만억万亿億])(?!\p{L})))?/giu;

/** Takes out numbers that are not a window's name: the model may not state figures of the market, code does that. */
function withoutNumbers(text: string): string {
  return text
    .replace(NUMBER, (number, offset: number, whole: string) =>
      WINDOW_NAME.test(whole.slice(offset)) ? number : '',
    )
    .replace(/\s+([,.;:!?])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** At most 50 graphemes; what is cut ends in an ellipsis. */
function cut(text: string): string {
  const graphemes = [...segmenter.segment(text)].map((part) => part.segment);
  if (graphemes.length <= MAX_GRAPHEMES) return text;
  return `${graphemes
    .slice(0, MAX_GRAPHEMES - 1)
    .join('')
    .trimEnd()}…`;
}
