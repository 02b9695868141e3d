import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/chat/commands/index.ts';
import { formatsFor } from '../../src/chat/format.ts';
import { catalogueOf, guessLocale } from '../../src/chat/locale/index.ts';
import { LOCALES } from '../../src/store/chat-model.ts';

/** Every text of a catalogue by its path; functions are called with marks as arguments. */
function textsOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const args = path.startsWith('.error.')
      ? [
          {
            word: '«w»',
            nearest: '«n»',
            kind: '«k»',
            min: '1',
            max: '2',
            limit: '3',
            missing: '«m»',
            last: '4',
            distance: '5',
            level: '«v»',
            choices: '«h»',
          },
        ]
      : ['«a»', '«b»', '«c»'];
    return [[path, String(value(...args))]];
  }
  if (Array.isArray(value)) return value.flatMap((each, i) => textsOf(each, `${path}.${i}`));
  return Object.entries(value as object).flatMap(([key, each]) => textsOf(each, `${path}.${key}`));
}

describe('the catalogue', () => {
  const english = new Map(textsOf(catalogueOf('en')));

  it.each(LOCALES)('is whole in %s: no empty text, no argument left out', (locale) => {
    const texts = textsOf(catalogueOf(locale));
    expect(texts.map(([path]) => path).sort()).toEqual([...english.keys()].sort());
    for (const [path, text] of texts) {
      expect(text, path).not.toBe('');
      expect(text, path).not.toContain('undefined');
      const marks = english.get(path)?.match(/«\w»/g) ?? [];
      for (const mark of marks) expect(text, `${locale} ${path}`).toContain(mark);
    }
  });

  it.each(LOCALES.filter((locale) => locale !== 'en'))('%s is translated, not copied', (locale) => {
    const same = textsOf(catalogueOf(locale)).filter(([path, text]) => english.get(path) === text);
    // What has no words of a language in it: figures, units, option syntax.
    expect(same.map(([path]) => path).filter((path) => !UNTRANSLATED.has(path))).toEqual([]);
  });
});

const UNTRANSLATED = new Set([
  '.options.options',
  '.analyze.sentiment',
  '.alerts.page',
  '.status.lagValue',
  '.subscribe.id',
]);

describe('definitions', () => {
  it('fit the menus of both platforms in every language', () => {
    for (const { definition } of COMMANDS) {
      expect(definition.name).toMatch(/^[a-z]{1,32}$/);
      const described = [definition, ...definition.options];
      for (const each of described) {
        for (const locale of LOCALES) {
          const text = each.description[locale];
          expect(text.length).toBeGreaterThan(2);
          expect(text.length, text).toBeLessThanOrEqual(100);
        }
      }
    }
  });

  it('are those of the contract', () => {
    expect(
      COMMANDS.map(({ definition }) => [definition.name, ...definition.options.map((o) => o.name)]),
    ).toEqual([
      ['start'],
      ['help'],
      ['price', 'symbol'],
      ['analyze', 'symbol'],
      ['chart', 'symbol', 'interval'],
      ['movers'],
      ['subscribe', 'symbol', 'kind', 'threshold', 'window', 'channel', 'options'],
      ['alert', 'symbol', 'kind', 'threshold', 'window', 'channel', 'options'],
      ['unsubscribe', 'id', 'channel'],
      ['alerts', 'channel'],
      ['why', 'id'],
      ['mute', 'duration', 'channel'],
      ['sleep', 'time', 'channel'],
      ['report', 'period', 'time', 'channel'],
      ['cost', 'period', 'time', 'channel'],
      ['settings', 'options', 'channel'],
      ['accuracy', 'symbol'],
      ['status'],
    ]);
  });
});

describe('formats', () => {
  it('guesses a language from what the platform says', () => {
    expect(['ko', 'ko-KR', 'zh-Hans', 'zh_CN', 'ja', 'en-GB', 'pt-BR', undefined].map(guessLocale)).toEqual([
      'ko',
      'ko',
      'zh',
      'zh',
      'ja',
      'en',
      undefined,
      undefined,
    ]);
  });

  it('sizes prices by tick and says whole spans exactly', () => {
    const f = formatsFor('en', 'UTC');
    expect([f.price(64_980, 0.1), f.price(64_980.5, 0.1), f.price(0.1023, 0.00001)]).toEqual([
      '64,980',
      '64,980.5',
      '0.10230',
    ]);
    expect([f.duration(5_400_000), f.duration(3_600_000), f.span(5_400_000)]).toEqual([
      '90 min',
      '1 hr',
      '2 hr',
    ]);
    expect(f.percent(-0.004, { signed: true })).toBe('0 %');
    expect(formatsFor('en', 'America/New_York').clock(Date.parse('2026-07-01T12:00:00Z'))).toBe('08:00 EDT');
  });
});
