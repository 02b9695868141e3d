import { z } from 'zod';
import type { Locale } from '../store/chat-model.ts';
import { isIn, plainLine } from './plain-words.ts';

/** The languages of one answer: the first is the asker's, the others are wanted by others at the same time. */
export type Languages = readonly [Locale, ...Locale[]];

/** A text in each language in which it is there. */
export type Wordings = Partial<Record<Locale, string>>;

export const LANGUAGE_NAMES = {
  en: 'English',
  ko: 'Korean',
  zh: 'Simplified Chinese',
  ja: 'Japanese',
} as const satisfies Record<Locale, string>;

/** Longer than anything that is kept: words are cut, not refused. */
const MAX_CHARS = 2_000;

/** The form of words as the model is asked for them: a string, or with several languages one of each. */
export function wordsSchema(locales: Languages): z.ZodType {
  return locales.length === 1
    ? z.string()
    : z.strictObject(Object.fromEntries(locales.map((locale) => [locale, z.string()])));
}

/** Words as they may come, whatever was asked for. */
export const anyWords = z.union([z.string().max(MAX_CHARS), z.record(z.string(), z.string().max(MAX_CHARS))]);

/** Tells the model in which languages a field is to be. */
export function askFor(field: string, locales: Languages): string {
  const [first, ...others] = locales;
  if (others.length === 0) return `Language of "${field}": ${LANGUAGE_NAMES[first]}`;
  const fields = locales.map((locale) => `"${locale}":"…${LANGUAGE_NAMES[locale]}"`);
  return `"${field}" in each language: {${fields.join(',')}}`;
}

/** The words in each of these languages as one plain line; those that are not in their language by their script, not at all. */
export function wordingsIn(words: z.infer<typeof anyWords>, locales: Languages): Wordings {
  const found: Wordings = {};
  for (const locale of locales) {
    // A plain string is the answer to a question in one language.
    const text = typeof words !== 'string' ? words[locale] : locale === locales[0] ? words : undefined;
    if (text === undefined) continue;
    const plain = plainLine(text);
    if (isIn(locale, plain)) found[locale] = plain;
  }
  return found;
}
