import { unlinked } from '../desk/plain-words.ts';

const WORD_GRAPHEMES = 60;
const SENTENCE_GRAPHEMES = 300;
const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A word of somebody else as it may be shown again: without control, bidi and invisible characters, on one line, at
 * most 60 graphemes. Markup and mentions are the adapters' affair: they escape every string.
 */
export function shown(word: string): string {
  return plain(word, WORD_GRAPHEMES);
}

/** A model's name as a gateway gives it, which is no link even where it looks like one. */
export function shownModel(name: string): string {
  return unlinked(shown(name));
}

/** A sentence of somebody else, in the same way, of at most 300 graphemes. */
export function shownSentence(sentence: string): string {
  return plain(sentence, SENTENCE_GRAPHEMES);
}

function plain(text: string, most: number): string {
  const clean = text
    .slice(0, most * 7)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const graphemes = [...segments.segment(clean)].map((each) => each.segment);
  return graphemes.length <= most ? clean : `${graphemes.slice(0, most).join('')}…`;
}
