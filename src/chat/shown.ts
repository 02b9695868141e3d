const MAX_GRAPHEMES = 60;
const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A word of somebody else as it may be shown again: without control, bidi and invisible characters, on one line, at
 * most 60 graphemes. Markup and mentions are the adapters' affair: they escape every string.
 */
export function shown(word: string): string {
  const clean = word
    .slice(0, 400)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const graphemes = [...segments.segment(clean)].map((each) => each.segment);
  return graphemes.length <= MAX_GRAPHEMES ? clean : `${graphemes.slice(0, MAX_GRAPHEMES).join('')}…`;
}
