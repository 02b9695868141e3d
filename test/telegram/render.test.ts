import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Text } from '../../src/notice/text.ts';
import { renderButtons, renderMessage, renderMessages } from '../../src/telegram/render.ts';
import { parseHtml } from '../world/telegram/html.ts';

const one = (text: Text) => renderMessage(text).html;

describe('rendering for Telegram', () => {
  it('shows each kind of block its own way', () => {
    const html = one([
      { type: 'title', line: ['BTCUSDT ', { b: 'up' }] },
      { type: 'text', line: ['now ', { code: '#abc' }, ' ', { i: 'quiet' }] },
      { type: 'facts', rows: [['가격', '65,000.1']] },
      { type: 'list', items: [['first'], [{ b: 'second' }]] },
      { type: 'small', line: ['at ', { time: 1_700_000_000_000, text: '22:13 UTC' }] },
    ]);
    expect(html).toBe(
      [
        '<b>BTCUSDT </b><b>up</b>',
        'now <code>#abc</code> <i>quiet</i>',
        '',
        '가격: <b>65,000.1</b>',
        '',
        '• first',
        '• <b>second</b>',
        '',
        '<i>at </i><i><tg-time unix="1700000000">22:13 UTC</tg-time></i>',
      ].join('\n'),
    );
    expect(() => parseHtml(html)).not.toThrow();
  });

  it('sets a list right under the words that announce it', () => {
    const html = one([
      { type: 'title', line: ['Commands'] },
      { type: 'text', line: ['Ask'] },
      { type: 'list', items: [['/price']] },
      { type: 'text', line: ['About'] },
      { type: 'list', items: [['/cost']] },
    ]);
    expect(html).toBe('<b>Commands</b>\nAsk\n• /price\n\nAbout\n• /cost');
  });

  it('lets no markup, mention, link or direction mark of a hostile text through', () => {
    const { html, plain } = renderMessage([
      {
        type: 'text',
        line: ['<b>x</b><script>&amp; @admin see https://evil.example/a t.me/x \u202eabc\n/next'],
      },
    ]);
    expect(html).toContain('&lt;b&gt;x&lt;/b&gt;&lt;script&gt;&amp;amp;');
    for (const words of [parseHtml(html).text, plain]) {
      expect(words).not.toMatch(/@admin|:\/\/|evil\.example|t\.me|\u202e|\n/);
    }
  });

  it('is always something that Telegram takes, whatever it is made of', () => {
    const inline = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.record({ b: fc.string() }),
      fc.record({ code: fc.string({ unit: 'grapheme' }) }),
      fc.record({ time: fc.integer(), text: fc.string() }),
    );
    const lines = fc.array(inline, { maxLength: 6 });
    const block = fc.oneof(
      fc.record({ type: fc.constant('title' as const), line: lines }),
      fc.record({ type: fc.constant('text' as const), line: lines }),
      fc.record({ type: fc.constant('facts' as const), rows: fc.array(fc.tuple(fc.string(), fc.string())) }),
      fc.record({ type: fc.constant('list' as const), items: fc.array(lines) }),
    );
    fc.assert(
      fc.property(fc.array(block), (text) => {
        for (const message of renderMessages(text)) {
          // Code is not linked by the platform, so only its plain form needs the invisible joiner.
          expect(seen(parseHtml(message.html).text)).toBe(seen(message.plain));
          expect(message.html.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('cuts long texts between lines, and a long line between characters', () => {
    const rows = Array.from({ length: 600 }, (_, i) => [`label ${i}`, 'value & more'] as const);
    const messages = renderMessages([{ type: 'facts', rows }]);
    expect(messages.length).toBeGreaterThan(2);
    for (const { html } of messages) expect(parseHtml(html).text.length).toBeLessThanOrEqual(4096);
    expect(messages.flatMap(({ plain }) => plain.split('\n'))).toHaveLength(600);

    const [first, second] = renderMessages([{ type: 'text', line: [{ b: '😀'.repeat(3000) }] }]);
    expect(parseHtml(first?.html ?? '').text).toHaveLength(4096);
    expect(parseHtml(second?.html ?? '').text).toHaveLength(6000 - 4096);
  });

  it('cuts a notice off at one message', () => {
    const { html } = renderMessage([{ type: 'text', line: ['x'.repeat(5000)] }]);
    const { text } = parseHtml(html);
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text.endsWith('…')).toBe(true);
  });

  it('keeps buttons that Telegram takes, and under channel posts only links to what shows something', () => {
    const buttons = [
      [
        { label: 'Analyze', action: 'v1:analyze:BTCUSDT', style: 'primary' as const },
        { label: '가'.repeat(100), action: 'v1:x' },
        { label: 'too long', action: `v1:${'가'.repeat(21)}` },
        { label: ' ', action: 'v1:empty' },
      ],
    ];
    expect(renderButtons(buttons, 'group')?.inline_keyboard).toEqual([
      [
        { text: 'Analyze', callback_data: 'v1:analyze:BTCUSDT', style: 'primary' },
        { text: '가'.repeat(64), callback_data: 'v1:x' },
      ],
    ]);
    expect(renderButtons(buttons, 'channel')).toBeUndefined();
    expect(renderButtons(buttons, 'channel', 'SheepdogBot')?.inline_keyboard).toEqual([
      [{ text: 'Analyze', url: 'https://t.me/SheepdogBot?start=YW5hbHl6ZTpCVENVU0RU' }],
    ]);
    expect(renderButtons([], 'private')).toBeUndefined();
  });
});

function seen(text: string): string {
  return text.replaceAll('\u2060', '');
}
