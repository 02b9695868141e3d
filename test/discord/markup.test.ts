import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, toMarkdown, toTitle } from '../../src/discord/markup.ts';
import { colourOf, renderNotices, renderPlain, renderReply } from '../../src/discord/render.ts';
import type { Text } from '../../src/notice/text.ts';
import { checkMessage } from '../world/discord/rules.ts';
import { liveMarkup, visibleText } from '../world/discord.ts';
import { alert } from './support.ts';

const HOSTILE = [
  '@everyone',
  '<@1>',
  '<#2>',
  '[x](http://evil)',
  '`',
  '||',
  '**',
  '\\',
  'discord.gg/a',
  '\n# ',
  '🐕',
];
const words = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''));
const inline = fc.oneof(
  words,
  words.map((b) => ({ b })),
  words.map((i) => ({ i })),
  words.map((code) => ({ code })),
);
const line = fc.array(inline, { minLength: 1, maxLength: 4 });
const text: fc.Arbitrary<Text> = fc.array(
  fc.oneof(
    line.map((line) => ({ type: 'title' as const, line })),
    line.map((line) => ({ type: 'text' as const, line })),
    line.map((line) => ({ type: 'small' as const, line })),
    fc.array(line, { maxLength: 5 }).map((items) => ({ type: 'list' as const, items })),
    fc.array(fc.tuple(words, words), { maxLength: 5 }).map((rows) => ({ type: 'facts' as const, rows })),
  ),
  { minLength: 1, maxLength: 8 },
);

describe('words on Discord', () => {
  it.each([
    ['@everyone and <@42>', '@\u200beveryone and \\<@\u200b42>'],
    ['[BTC](http://evil.example/x)', '\\[BTC\\](http\\://evil.example\\/x)'],
    ['BTC/USDT 09:00 (+2.1 %)', 'BTC/USDT 09:00 (+2.1 %)'],
    ['1000PEPE_x `*~|', '1000PEPE\\_x \\`\\*\\~\\|'],
    ['two\nlines\u202e', 'two lines'],
  ])('%j is escaped as %j', (raw, escaped) => {
    expect(escapeText(raw)).toBe(escaped);
  });

  it.each([
    ['# no heading', '\\# no heading'],
    ['- no list', '\\- no list'],
    ['-2.1 % in 5m', '\\-2.1 % in 5m'],
    ['1. no list', '1\\. no list'],
    ['> no quote', '\\> no quote'],
    ['65000.1 is a price', '65000.1 is a price'],
  ])('%j starts a line as %j', (raw, shown) => {
    expect(toMarkdown([{ type: 'text', line: [raw] }], 2000)).toBe(shown);
  });

  it('gives each kind of block its form', () => {
    const shown = toMarkdown(
      [
        { type: 'title', line: ['BTCUSDT ', { b: '+2.1 %' }] },
        { type: 'text', line: ['at ', { time: 1_700_000_000_500, text: '22:13' }] },
        {
          type: 'facts',
          rows: [
            ['Last', '65,000.1'],
            ['Funding', '-0.01 %'],
          ],
        },
        { type: 'list', items: [[{ code: '#a1b2c3' }, ' move 2 %']] },
        { type: 'text', line: [{ role: '123456789012345678' }, { role: '@everyone' }] },
        { type: 'small', line: ['No advice'] },
      ],
      2000,
    );
    expect(shown.split('\n')).toEqual([
      '**BTCUSDT +2.1 %**',
      'at <t:1700000000:f> (<t:1700000000:R>)',
      '**Last** 65,000.1',
      '**Funding** -0.01 %',
      '• `#a1b2c3` move 2 %',
      '<@&123456789012345678>@\u200beveryone',
      '-# No advice',
    ]);
  });

  it('never lets any text act, and never exceeds a limit', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (it, limit) => {
        const shown = toMarkdown(it, limit);
        expect(shown.length).toBeLessThanOrEqual(limit);
        expect(liveMarkup(shown)).toEqual([]);
        expect(shown.isWellFormed()).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('makes only messages that Discord takes', () => {
    fc.assert(
      fc.property(text, fc.array(words, { maxLength: 30 }), (it, labels) => {
        const rows = labels.map((label, i) => [{ label, action: `v1:a:${i % 20}` }]);
        for (const body of [renderReply(it, rows), renderNotices(it, rows, 'up'), renderPlain(it)]) {
          const whole = { ...body, content: `${body.content}.`.slice(-2000) };
          expect(() => checkMessage({ ...whole, embeds: withWords(body.embeds) }, 0)).not.toThrow();
        }
      }),
      { numRuns: 100 },
    );
  });

  it('cuts a title between graphemes', () => {
    expect(toTitle(['👨‍👩‍👧‍👦'.repeat(100)], 30)).toBe(`${'👨‍👩‍👧‍👦'.repeat(2)}…`);
    expect(visibleText(toTitle(['_'.repeat(600)], 256))).toBe(`${'_'.repeat(127)}…`);
  });

  it('colours a batch by the direction its alerts agree on', () => {
    expect(colourOf([alert('up')])).toBe('up');
    expect(colourOf([alert('down'), alert('down')])).toBe('down');
    expect(colourOf([alert('up'), alert('down')])).toBe('neutral');
  });
});

/** Texts made only of invisible characters render to nothing; the chat room never sends such. */
function withWords(embeds: readonly { title?: string; description?: string }[]) {
  return embeds.map((embed) => ({ ...embed, title: embed.title || 'x' }));
}
