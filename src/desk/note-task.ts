import { z } from 'zod';
import { KINDS } from '../alerts/kinds.ts';
import type { AlertNote } from '../notice/amendment.ts';
import type { Facts } from '../store/analyses.ts';
import type { Locale } from '../store/chat-model.ts';
import type { NoteJob } from '../store/queues.ts';
import type { Task } from './dialogue.ts';
import { type Feature, featureValue, isFeature, knownFeatures } from './features.ts';
import { extractJson } from './json-in-text.ts';
import { cut, sentencesWithoutNumbers } from './plain-words.ts';
import { TABLE_RULES, table, WORD_RULES } from './prompt.ts';
import { anyWords, askFor, LANGUAGE_NAMES, type Languages, wordingsIn, wordsSchema } from './wording.ts';

/** The words of a note in each language, and what stood out, with the values that it had. */
export interface NoteWords {
  why: Partial<Record<Locale, string>>;
  unusual: Extract<AlertNote, { state: 'made' }>['unusual'];
}

const MAX_TOKENS = 220;
const MAX_TOKENS_PER_LANGUAGE = 80;
/** What is shown of a foreign word in a message. */
const MAX_GRAPHEMES = 100;
const MOST_UNUSUAL = 3;

// Static and first, so that a gateway may cache it.
const SYSTEM = `An alert on a crypto perpetual future has just fired. Say why now and what is unusual, with one JSON object, nothing else:
{"why":"one plain sentence, at most 100 characters, on what the figures show around the alert","unusual":["feature id"] (1 to 3 whose values stand out most, strongest first)}
${TABLE_RULES}
The sentence ${WORD_RULES}`;

const form = z.object({ why: anyWords, unusual: z.array(z.string()).max(20) });

/** In what an alert's value is measured. */
const UNITS: Partial<Record<NoteJob['kind'], string>> = {
  volatility: '%',
  move: '%',
  funding: '%',
  oi: '%',
  volume: 'x',
  ratio: 'x',
  liquidation: 'USDT',
};

/** The task of explaining an event by the figures of its symbol, in some languages. */
export function noteTask(event: NoteJob, facts: Facts, locales: Languages): Task<NoteWords> {
  const features = knownFeatures(facts);
  const ids = z.enum([features[0] ?? 'none', ...features.slice(1)]);
  const { $schema: _, ...schema } = z.toJSONSchema(
    z.object({ why: wordsSchema(locales), unusual: z.array(ids).min(1).max(MOST_UNUSUAL) }),
  );
  const within = KINDS[event.kind].windowed ? ` within ${event.window}` : '';
  const at = new Date(event.time).toISOString().slice(11, 19);
  const measured =
    event.value === undefined
      ? ''
      : ` measured ${Number(event.value.toPrecision(4))}${UNITS[event.kind] ?? ''}`;
  return {
    symbol: event.symbol,
    messages: [
      { role: 'system', content: SYSTEM },
      {
        role: 'user',
        content: `${askFor('why', locales)}\n<data>\nalert ${event.kind} ${event.direction}${within}${measured} at ${at}Z\n${table(facts)}\n</data>`,
      },
    ],
    schema,
    maxTokens: MAX_TOKENS + MAX_TOKENS_PER_LANGUAGE * (locales.length - 1),
    judge: (content) => judgeNote(content, facts, locales),
  };
}

/**
 * Judges what the model said of an event. The text is hostile: in each language one plain line of at most 100 graphemes
 * comes out, without the sentences that state numbers; what stood out are features with a value, which code reads.
 */
function judgeNote(content: string, facts: Facts, locales: Languages): ReturnType<Task<NoteWords>['judge']> {
  const parsed = form.safeParse(extractJson(content));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { type: 'invalid', fault: `${issue?.path.join('.')}: ${issue?.message}`.slice(0, 200) };
  }
  const unusual = [...new Set(parsed.data.unusual)].filter(isFeature).flatMap((feature: Feature) => {
    const value = featureValue(facts, feature);
    return value === undefined ? [] : [{ feature, value }];
  });
  if (unusual.length === 0) return { type: 'invalid', fault: 'unusual: none is a feature with a value' };
  const why = wordingsIn(parsed.data.why, locales);
  for (const locale of locales) {
    const kept = cut(sentencesWithoutNumbers(why[locale] ?? ''), MAX_GRAPHEMES);
    if (kept === '') delete why[locale];
    else why[locale] = kept;
  }
  if (Object.keys(why).length === 0)
    return { type: 'invalid', fault: `why: empty, not ${LANGUAGE_NAMES[locales[0]]}, or with numbers in it` };
  return { type: 'good', value: { why, unusual: unusual.slice(0, MOST_UNUSUAL) } };
}
