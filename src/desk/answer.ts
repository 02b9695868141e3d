import { z } from 'zod';
import type { Reading, ReadingFlag } from '../store/analyses.ts';
import { extractJson } from './json-in-text.ts';
import { cut, withoutNumbers } from './plain-words.ts';
import {
  anyWords,
  LANGUAGE_NAMES,
  type Languages,
  type Wordings,
  wordingsIn,
  wordsSchema,
} from './wording.ts';

const MAX_GRAPHEMES = 50;

const probability = z.number().min(0).max(1);
const pUp = z.object({ m15: probability, h1: probability, h4: probability });

/** The form asked of the model. Lengths are looser than what is kept: a summary is cut, not refused. */
const answer = z.object({
  sentiment: z.int().min(0).max(100),
  summary: anyWords,
  drivers: z.array(z.object({ feature: z.string(), effect: z.enum(['up', 'down', 'neutral']) })).max(3),
  risk: z.enum(['low', 'medium', 'high', 'extreme']),
  horizon: z.enum(['15m', '1h', '4h']),
  abstain: z.boolean(),
  // A reading without usable probabilities is one still; it just cannot be scored.
  p_up: pUp.optional().catch(undefined),
});

/**
 * An answer that holds, in the first language and with the summaries in all that it has, and with what had to be mended
 * in it; or why it does not, in words for the model.
 */
export type Judged =
  | { type: 'reading'; reading: Reading; summaries: Wordings; mended: readonly ReadingFlag[] }
  | { type: 'invalid'; fault: string };

/** The JSON schema of the answer for models that take one; drivers may name these features only. */
export function answerSchema(features: readonly string[], locales: Languages): Record<string, unknown> {
  const [first, ...rest] = features;
  const named = answer.extend({
    summary: wordsSchema(locales),
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
 * Judges what the model said against the form, the features and the languages it was given. The text is hostile: a summary
 * comes out as one plain line of at most 50 graphemes, without control characters, markup, mentions, links or market numbers.
 */
export function judgeAnswer(content: string, features: readonly string[], locales: Languages): Judged {
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
  const summaries = summariesIn(parsed.data.summary, locales, mended);
  const [own] = locales;
  const summary = summaries[own] ?? '';
  if (summary === '' && !abstain)
    return {
      type: 'invalid',
      fault: `summary: empty, not ${LANGUAGE_NAMES[own]}, or nothing but numbers and markup`,
    };
  const { p_up, ...plainFields } = parsed.data;
  const reading = { ...plainFields, drivers, summary, ...(p_up ? { pUp: p_up } : {}) };
  if (contradictsItself(reading)) mended.add('conflict');
  return { type: 'reading', reading, summaries, mended: [...mended] };
}

function summariesIn(
  words: z.infer<typeof anyWords>,
  locales: Languages,
  mended: Set<ReadingFlag>,
): Wordings {
  const summaries = wordingsIn(words, locales);
  for (const locale of locales) {
    const plain = summaries[locale];
    if (plain === undefined) continue;
    const wordsOnly = withoutNumbers(plain);
    if (wordsOnly !== plain) mended.add('digits');
    const short = cut(wordsOnly, MAX_GRAPHEMES);
    if (short !== wordsOnly) mended.add('cut');
    if (short === '') delete summaries[locale];
    else summaries[locale] = short;
  }
  return summaries;
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
