import { WINDOWS } from '../market/brief.ts';
import type { Locale } from '../store/chat-model.ts';

/** Where a dot between words would make a link of them, in whatever top-level domain, a blank keeps them apart. */
export function unlinked(text: string): string {
  return text.replace(/(?<=[\p{L}\p{N}])\s*\.(?=\p{L})/gu, '. ');
}

/** One line of plain words: no control or direction marks, no markup, mentions, commands or links. */
export function plainLine(text: string): string {
  const bare = text
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
    // A cashtag is a link, too.
    .replace(/\$(?=\p{L})/gu, '');
  return unlinked(bare).replace(/\s+/g, ' ').trim();
}

/** How people write the windows that exist; followed by a letter it is another word, or millions. */
const WINDOW_NAME = new RegExp(
  `^(?:(?:${WINDOWS.join('|')})(?![a-z])|(?:1|5|15)[분分]|(?:1|4|24)(?:시간|小时|時間))`,
  'iu',
);
const NUMBER = /[$€₩¥+\-−±~≈]*\p{N}[\p{N}.,]*(?:\s?(?:%|(?:bps?|[kmbx]|usdt?|[만억万亿億])(?!\p{L})))?/giu;

/** Takes out numbers that are not a window's name: the model may not state figures of the market, code does that. */
export function withoutNumbers(text: string): string {
  const words = text
    .replace(NUMBER, (number, offset: number, whole: string) =>
      WINDOW_NAME.test(whole.slice(offset)) ? number : '',
    )
    .replace(/\s+([,.;:!?])/g, '$1');
  // What a number kept apart is not to become a link.
  return unlinked(words).replace(/\s+/g, ' ').trim();
}

/** Only the sentences that state no number: one from which a number was taken says something else than it did. */
export function sentencesWithoutNumbers(text: string): string {
  const sentences = text.match(/.+?(?:[.!?](?=\s|$)|[。！？]|$)/gu) ?? [];
  return sentences
    .filter((sentence) => withoutNumbers(sentence) === sentence.trim())
    .join('')
    .trim();
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** At most so many graphemes; what is cut ends in an ellipsis. */
export function cut(text: string, most: number): string {
  const graphemes = [...segmenter.segment(text)].map((part) => part.segment);
  if (graphemes.length <= most) return text;
  return `${graphemes
    .slice(0, most - 1)
    .join('')
    .trimEnd()}…`;
}

const HAN = /\p{Script=Han}/u;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HANGUL = /\p{Script=Hangul}/u;

/** Can this be a sentence in a language, by the script it is written in? Names in Latin letters are everywhere. */
export function isIn(locale: Locale, text: string): boolean {
  switch (locale) {
    case 'ko':
      return HANGUL.test(text);
    case 'ja':
      return (KANA.test(text) || HAN.test(text)) && !HANGUL.test(text);
    case 'zh':
      return HAN.test(text) && !KANA.test(text) && !HANGUL.test(text);
    case 'en':
      return /\p{Script=Latin}/u.test(text) && !HAN.test(text) && !KANA.test(text) && !HANGUL.test(text);
  }
}
