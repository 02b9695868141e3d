import { describe, expect, it } from 'vitest';
import type { WithheldNotice } from '../../src/notice/notice.ts';
import { plainText } from '../../src/notice/text.ts';
import { alert } from '../courier/support.ts';
import { actionOf, asker, type House, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

describe('/sleep', () => {
  it.each([
    ['/sleep 23:00-07:00', '23:00-07:00'],
    ['/sleep 23-7', '23:00-07:00'],
    ['/sleep 23:30 7:15', '23:30-07:15'],
    ['/sleep 23:30 - 07:15', '23:30-07:15'],
    ['/sleep 22:00〜6:00', '22:00-06:00'],
    ['/sleep 11pm-7am', '23:00-07:00'],
    ['/sleep 9:30PM 12pm', '21:30-12:00'],
    ['/sleep 12am-8:15am', '00:00-08:15'],
    ['/sleep 끄기', undefined],
  ])('%s sets quiet hours', async (line, hours) => {
    await say(house, asker(), '/sleep 01:00-02:00');
    const text = await words(house, asker(), line);
    expect((await house.deps.chats.find(asker().address))?.sleep).toBe(hours);
    if (hours === undefined) expect(text).toContain('No quiet hours any more');
    else expect(text).toContain(`from ${hours.slice(0, 5)} to ${hours.slice(6)} (UTC)`);
  });

  it('offers hours without an argument, and says what passes in them', async () => {
    const reply = await say(house, asker(), '/sleep');
    expect(plainText(reply?.text ?? [])).toContain('price levels, and moves of twice their threshold');
    expect(house.changes).toEqual([]);
    const pressed = await house.chat.press(asker(), actionOf(reply, '22:00-07:00'));
    expect(pressed?.replace).toBe(true);
    expect(house.changes).toEqual([{ sleep: '22:00-07:00' }]);
    await house.chat.press(asker(), actionOf(pressed, 'End them'));
    expect(house.changes.at(-1)).toEqual({ sleep: undefined });
  });

  it.each([
    '/sleep soon',
    '/sleep 25:00-07:00',
    '/sleep 07:00-07:00',
    '/sleep 1-2-3',
    '/sleep 23:00',
    '/sleep 13pm-7am',
    '/sleep 0am-7am',
  ])('%s names the wrong word and one right example', async (line) => {
    const text = await words(house, asker(), line);
    expect(text).toContain(`“${line.slice(7)}” is not a span of hours`);
    expect(text).toContain('Example: /sleep 23:00-07:00');
    expect(house.changes).toEqual([]);
  });

  it('is seen in the other screens while it lasts, and changed by administrators only', async () => {
    const admin = asker({ type: 'group', admin: true });
    await house.chat.command(admin, { name: 'sleep', words: [], options: { time: '11:00-13:00' } });
    expect(await words(house, admin, '/alerts')).toContain('🔕 Quiet hours until 13:00');
    expect(await words(house, admin, '/settings')).toContain('Quiet hours: 11:00-13:00');
    const member = asker({ type: 'group', admin: false });
    expect(await words(house, member, '/sleep off')).toContain('Only administrators');
  });
});

describe('the morning message', () => {
  const night = {
    from: Date.parse('2026-11-23T14:00:00Z'),
    to: Date.parse('2026-11-23T22:00:00Z'),
    blindMs: 0,
  };
  const notice = (change: Partial<WithheldNotice>): WithheldNotice => ({
    type: 'withheld',
    eventId: 'morning:u:2026-11-24',
    count: 0,
    rules: [],
    night,
    source: 'live',
    ...change,
  });
  async function told(change: Partial<WithheldNotice>) {
    const chat = await house.deps.chats.ensure(asker().address, {
      type: 'private',
      title: 'Anna',
      locale: 'en',
      timezone: 'Asia/Seoul',
      approved: true,
    });
    const { text, picture } = house.chat.present([notice(change)], chat, false);
    return { text: plainText(text), picture };
  }

  it('says that the night was quiet, with the chart of the market’s leader', async () => {
    const { text, picture } = await told({});
    expect(text).toBe('🌅 Quiet hours 23:00 KST – 07:00 KST\nNothing was withheld in the quiet hours.');
    expect(picture).toMatchObject({ symbol: 'BTCUSDT', interval: '5m', window: { from: night.from } });
  });

  it('tells what was withheld and how long it was blind', async () => {
    const { rule } = alert(1);
    const rules = [{ rule: { ...rule, symbol: 'ETHUSDT' }, tickSize: 0.01, count: 2, last: night.from }];
    const { text, picture } = await told({ count: 2, rules, night: { ...night, blindMs: 180_000 } });
    expect(text).toContain('2 alerts were withheld');
    expect(text).toContain('For 3 min of them there was no market data');
    expect(text).toContain('#rule1 ETH moves 2 % either way within 5 min · 2×, last at 23:00 KST');
    expect(picture).toMatchObject({ symbol: 'ETHUSDT' });
  });

  it('of a mute is one line and has no picture', async () => {
    const { text, picture } = await told({ count: 1, night: undefined });
    expect(text).toBe('🔔 1 alert was withheld');
    expect(picture).toBeUndefined();
  });
});
