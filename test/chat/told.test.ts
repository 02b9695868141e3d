import { describe, expect, it } from 'vitest';
import type { Telling } from '../../src/chat/model.ts';
import { presentNotices } from '../../src/chat/present/present.ts';
import type { Addition } from '../../src/notice/amendment.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import { plainText } from '../../src/notice/text.ts';
import { LOCALES, type Locale } from '../../src/store/chat-model.ts';
import { moving } from '../courier/support.ts';
import { chatAt } from '../discord/support.ts';

const AT = Date.parse('2026-11-24T21:24:00Z');

/** A fall of a symbol, some minutes after the first. */
function fall(symbol: string, percent: number, minutes = 0, change: Partial<AlertNotice> = {}): AlertNotice {
  const alert = moving(symbol, -percent);
  const time = AT + minutes * 60_000;
  return {
    ...alert,
    firing: { ...alert.firing, time },
    from: { price: 100, time: time - 60_000 },
    to: { price: 100 - percent, time },
    tickSize: 0.01,
    ...change,
  };
}

function present(notices: readonly AlertNotice[], telling: Telling = {}, locale: Locale = 'en') {
  const chat = { ...chatAt('1'), locale, barksPerHour: 3 };
  const presented = presentNotices(notices, chat, false, false, () => 0.01, telling);
  return { ...presented, lines: plainText(presented.text).split('\n') };
}

describe('a message that goes on telling', () => {
  it('shows one move of the market as a line and a row each, the farthest first', () => {
    const alerts = [fall('BTCUSDT', 1), fall('ETHUSDT', 2.4, 3), fall('SOLUSDT', 1.7, 8, { earlier: 2 })];
    const { lines, picture } = present(alerts, { form: 'wide' });
    expect(lines.slice(0, 4)).toEqual([
      '🌊 3 symbols −1 % … −2.4 % · 8 min',
      '• ETH −2.4 % · 100 → 97.60 #move-ETHUSDT',
      '• SOL −1.7 % · 100 → 98.30 #move-SOLUSDT · +2 more',
      '• BTC −1 % · 100 → 99 #move-BTCUSDT',
    ]);
    expect(picture).toMatchObject({ symbol: 'BTCUSDT' });
  });

  it('counts what it has no room for', () => {
    const alerts = Array.from({ length: 30 }, (_, i) => fall(`C${i}USDT`, 1 + i / 10));
    for (const form of ['wide', 'barks', 'rest'] as const) {
      const { lines } = present(alerts, { form });
      expect(lines.length).toBeLessThan(45);
      expect(lines).toContain(form === 'barks' ? '+5 more' : '+10 more');
    }
  });

  it('says that the hour’s messages are used up, and how to have more', () => {
    const { lines } = present([fall('BTCUSDT', 1), fall('ETHUSDT', 2, 1, { earlier: 1 })], { form: 'rest' });
    expect(lines[0]).toBe('🗂 3 more alerts this hour');
    expect(lines.at(-1)).toMatch(/^After 3 messages .*\/settings/);
  });

  it('adds the note, what came, who saw it and that it is over to their alert', () => {
    const alert = fall('BTCUSDT', 1);
    const of = alert.eventId;
    const why = 'A <b>cascade</b> of [longs](https://x.example)';
    const additions: Addition[] = [
      { of, what: 'note', note: { state: 'made', why, unusual: [], model: 'm/one', madeAt: AT } },
      { of, what: 'since', symbols: [{ symbol: 'BTCUSDT', change: -0.9, low: -2.1, high: 0.3 }] },
      { of, what: 'normal', time: AT + 960_000, price: 99.5 },
      { of, what: 'ack', by: 'anna', at: AT + 660_000 },
      { of: 'other:ETHUSDT.1', what: 'ack', by: 'bert', at: AT },
    ];
    const { text, lines, picture } = present([alert], { additions });
    expect(lines).toContain('⏱ since then −0.9 %, lowest −2.1 %, highest +0.3 %');
    expect(lines).toContain('✅ back to normal 21:40 UTC');
    expect(lines).toContain('✓ seen by anna 21:35 UTC');
    expect(lines.join('\n')).not.toContain('bert');
    // The model's words stand alone in a piece without markup, which every platform escapes.
    const pieces = text.flatMap((block) => ('line' in block ? block.line : []));
    expect(pieces).toContainEqual({ i: why });
    expect(picture).toBeDefined();
  });

  it('says in a small line why there is no note', () => {
    const alert = fall('BTCUSDT', 1);
    const note = { state: 'none', reason: 'budget' } as const;
    const { text } = present([alert], { additions: [{ of: alert.eventId, what: 'note', note }] });
    const small = text.filter(({ type }) => type === 'small');
    expect(plainText(small)).toMatch(/budget/);
  });

  it('speaks every language', () => {
    const alerts = [fall('BTCUSDT', 1), fall('ETHUSDT', 2)];
    const of = alerts[1]?.eventId ?? '';
    const additions: Addition[] = [
      { of, what: 'since', symbols: [{ symbol: 'ETHUSDT', change: 1, low: 0, high: 2 }] },
      { of, what: 'normal', time: AT, price: 1 },
      { of, what: 'ack', by: 'anna', at: AT },
    ];
    for (const form of ['barks', 'wide', 'rest'] as const) {
      const said = LOCALES.map((locale) => present(alerts, { form, additions }, locale).lines.join('\n'));
      expect(new Set(said).size).toBe(LOCALES.length);
    }
  });

  it('tells open interest, the AI’s sentiment and listings in a line that reads alone', () => {
    const base = fall('BTCUSDT', 1);
    const of = (rule: Partial<AlertNotice['rule']>, value: number, change: Partial<AlertNotice> = {}) =>
      present([{ ...base, rule: { ...base.rule, ...rule }, firing: { ...base.firing, value }, ...change }])
        .lines[0];
    expect(of({ kind: 'oi' }, 3.2)).toBe('📈 BTC open interest +3.2 % · 5 min · now 99');
    expect(of({ kind: 'sentiment' }, 82)).toBe('🧠 BTC AI sentiment 82 · now 99');
    expect(of({ kind: 'listing' }, 0, { listing: { event: 'listed', at: AT } })).toBe('🆕 BTC is listed');
    expect(of({ unit: 'sigma', threshold: 3 }, -3.4)).toBe('🔻 BTC −1 % · 1 min · 100 → 99');
  });
});
