import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createFonts } from '../../src/charts/fonts.ts';
import { chartPicture } from '../../src/chat/chart-picture.ts';
import { formatsFor } from '../../src/chat/format.ts';
import { catalogueOf } from '../../src/chat/locale/index.ts';
import { CHART_INTERVALS } from '../../src/notice/picture.ts';
import { LOCALES } from '../../src/store/chat-model.ts';
import { NOON } from './support.ts';
import { codePointsOf } from './woff2.ts';

const fonts = createFonts();
const known = new Map<string, Set<number>>();

/** Characters of `words` that none of the files chosen for them has a glyph for. */
function missing(words: string, language: string): string[] {
  const files = fonts.filesFor(words, language).map((path) => {
    const points = known.get(path) ?? codePointsOf(readFileSync(path));
    known.set(path, points);
    return points;
  });
  const isThere = (character: string) => files.some((points) => points.has(character.codePointAt(0) ?? 0));
  return [...new Set(words)].filter((character) => !isThere(character));
}

describe('the packaged fonts', () => {
  it('have every figure and sign that a chart writes', () => {
    for (const language of ['en-US', 'ko-KR', 'zh-CN', 'ja-JP']) {
      expect(missing('0123456789.,:/%+−-–· ▲▼KMB()', language)).toEqual([]);
    }
  });

  it('have every label of every language, interval, market and zone', () => {
    for (const locale of LOCALES) {
      for (const timezone of Intl.supportedValuesOf('timeZone')) {
        const f = formatsFor(locale, timezone);
        const pictures = CHART_INTERVALS.flatMap((interval) =>
          (['live', 'replay', 'simulated'] as const).map((source) =>
            chartPicture(
              { symbol: 'BTCUSDT', interval, tickSize: 0.1, source, at: NOON },
              catalogueOf(locale),
              f,
            ),
          ),
        );
        const labels = pictures.flatMap(({ words }) => Object.values(words)).join('');
        expect(missing(labels, f.language), `${locale} ${timezone}`).toEqual([]);
      }
    }
  });

  it('have every date and every short amount of all four languages', () => {
    for (const language of ['en-US', 'ko-KR', 'zh-CN', 'ja-JP']) {
      const date = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
      const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumSignificantDigits: 3 });
      const dates = Array.from({ length: 12 }, (_, month) => date.format(new Date(2026, month, 28))).join('');
      const amounts = [5, 5e3, 5e4, 5e6, 5e8, 5e9, 5e12].map((value) => compact.format(value)).join('');
      expect(missing(dates + amounts, language)).toEqual([]);
    }
  });

  it('have all syllables of Hangul, both kana, and the names that perpetuals bear', () => {
    const from = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join('');
    expect(missing(from(0xac00, 0xd7a3), 'ko-KR')).toEqual([]);
    expect(missing(`${from(0x3041, 0x3093)}${from(0x30a1, 0x30f4)}ー・`, 'ja-JP')).toEqual([]);
    expect(missing('币安人生USDT 我踏马来了USDT 龙虾USDT', 'ko-KR')).toEqual([]);
  });

  it('are loaded as far as the words need them, figures from one file for all languages', () => {
    expect(fonts.filesFor('BTCUSDT 65,000', 'ko-KR')).toEqual(fonts.filesFor('BTCUSDT 65,000', 'ja-JP'));
    expect(fonts.filesFor('BTCUSDT 65,000', 'en-US')).toHaveLength(1);
    expect(fonts.filesFor('거래량', 'ko-KR').every((path) => path.includes('noto-sans-kr'))).toBe(true);
    expect(fonts.filesFor('成交量', 'zh-CN').every((path) => path.includes('noto-sans-sc'))).toBe(true);
  });
});
