import { describe, expect, it } from 'vitest';
import { catalogueOf } from '../../src/chat/locale/index.ts';
import { presentNotices } from '../../src/chat/present/present.ts';
import type { LetterNotice, LetterRow } from '../../src/notice/notice.ts';
import { shownRule } from '../../src/notice/shown-rule.ts';
import { plainText } from '../../src/notice/text.ts';
import { LOCALES, type Locale } from '../../src/store/chat-model.ts';
import { makeRule } from '../support/samples.ts';
import { asker, type House, say, useHouse } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

const row = (change: Parameters<typeof makeRule>[0], figures: Partial<LetterRow> = {}): LetterRow => ({
  rule: shownRule(makeRule(change)),
  barks: 3,
  withheld: 0,
  acted: 0,
  ...figures,
});

function letter(change: Partial<LetterNotice> = {}): LetterNotice {
  return {
    type: 'letter',
    eventId: 'letter:u1:2026-11-29',
    from: '2026-11-22',
    to: '2026-11-28',
    barks: 57,
    useful: [row({ id: 'useful' }, { barks: 12, acted: 4 })],
    noisy: [
      row(
        { id: 'noisy2', kind: 'move', direction: 'either', symbol: 'ETHUSDT' },
        { barks: 42, withheld: 9, quieter: { threshold: 1.4, perDay: 3.1 } },
      ),
      row({ id: 'noisy3', kind: 'liquidation', threshold: 10_000 }, { barks: 40 }),
    ],
    others: [row({ id: 'others' })],
    silent: [shownRule(makeRule({ id: 'silent' }))],
    unnamed: 2,
    source: 'live',
    ...change,
  };
}

async function presented(notice: LetterNotice, locale: Locale = 'en') {
  const chat = await house.deps.chats.ensure(asker().address, {
    type: 'private',
    title: 'Anna',
    locale,
    timezone: 'UTC',
    approved: true,
  });
  return presentNotices([notice], { ...chat, locale }, false, false, () => 0.1);
}

describe('the letter on Sundays', () => {
  it('ranks the rules in words', async () => {
    const { text } = await presented(letter());
    expect(plainText(text).split('\n')).toEqual([
      '🗞 Your rules this week, Nov 22 – Nov 28',
      '57 barks in all',
      '⭐ Useful: somebody acted on them',
      '• #useful BTC range within 5 min reaches 1 % · barked 12× · acted on 4×',
      '📢 Noisy: much barking that moved nobody',
      '• #noisy2 ETH moves 1 % either way within 5 min · barked 42× · 9 of them withheld · try 1.4 % · ≈3/day',
      '• #noisy3 BTC liquidations seen within 5 min reach 10K USDT · barked 40×',
      'Now and then',
      '• #others BTC range within 5 min reaches 1 % · barked 3×',
      '💤 Silent all week',
      '• #silent BTC range within 5 min reaches 1 %',
      '2 more rules are not named.',
      'No letter any more: /settings',
    ]);
  });

  it('says so in every language', async () => {
    for (const locale of LOCALES) {
      const { text } = await presented(letter(), locale);
      const words = plainText(text);
      expect(words).toContain(catalogueOf(locale).letter.noisy);
      expect(words).toContain('#noisy2');
    }
  });

  it('leaves out what there is none of', async () => {
    const { text, buttons } = await presented(
      letter({ useful: [], noisy: [], silent: [], unnamed: 0, barks: 1 }),
    );
    expect(plainText(text)).toBe(
      [
        '🗞 Your rules this week, Nov 22 – Nov 28',
        '1 bark in all',
        'Now and then',
        '• #others BTC range within 5 min reaches 1 % · barked 3×',
        'No letter any more: /settings',
      ].join('\n'),
    );
    expect(buttons).toEqual([]);
  });

  it('has a button that gives a noisy rule the quieter threshold, and one that removes it; the letter stays', async () => {
    await say(house, asker(), '/subscribe btc move 0.5% 5m');
    const [id = ''] = await house.storedRules();
    const rule = makeRule({ id, kind: 'move', direction: 'either', threshold: 0.5 });
    const noisy = [
      { ...row({}), rule: shownRule(rule), barks: 42, quieter: { threshold: 1.4, perDay: 3.1 } },
    ];
    const { buttons } = await presented(letter({ noisy }));
    expect(buttons.map((line) => line.map(({ label }) => label))).toEqual([
      [`BTC #${id} → 1.4 %`, `✕ #${id}`],
    ]);
    const [take, remove] = buttons[0] ?? [];

    const taken = await house.chat.press(asker(), take?.action ?? '');
    expect(taken?.replace ?? false).toBe(false);
    const { uid } = (await house.deps.chats.find(asker().address)) ?? { uid: '' };
    expect(await house.deps.rules.get(uid, id)).toMatchObject({ threshold: 1.4, rearm: 0.98 });

    const removed = await house.chat.press(asker(), remove?.action ?? '');
    expect(removed?.replace ?? false).toBe(false);
    expect(await house.storedRules()).toEqual([]);
  });
});
