import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { actionOf, asker, type House, NOW, say, useHouse, words } from './support.ts';

const HOUR = 3_600_000;

let house: House;
useHouse((built) => {
  house = built;
});

const mutedUntil = async (who = asker()) => (await house.deps.chats.find(who.address))?.mutedUntil;

describe('/mute', () => {
  it.each([
    ['/mute 1h', NOW + HOUR],
    ['/mute 30 m', NOW + HOUR / 2],
    ['/mute 2시간', NOW + 2 * HOUR],
    ['/mute morning', Date.parse('2026-11-25T08:00:00Z')],
    ['/mute 朝まで', Date.parse('2026-11-25T08:00:00Z')],
  ])('%s mutes until then, and says so', async (line, until) => {
    const reply = await say(house, asker(), line);
    expect(await mutedUntil()).toBe(until);
    expect(plainText(reply?.text ?? [])).toMatch(/Alerts are muted until Nov 2[45], \d\d:\d\d UTC/);
    expect(await words(house, asker(), '/alerts')).toContain('🔕 Alerts are muted until');
    house.clock.advanceTo(until);
    await house.writeHealth();
    expect(await words(house, asker(), '/alerts')).not.toContain('🔕');
  });

  it('ends at once by word or button, as if its time had come', async () => {
    const reply = await say(house, asker(), '/mute 1h');
    house.clock.advanceBy(60_000);
    const pressed = await house.chat.press(asker(), actionOf(reply, 'Unmute'));
    expect(plainText(pressed?.text ?? [])).toBe('🔔 Alerts are told again.');
    expect(pressed?.replace).toBe(true);
    expect(await mutedUntil()).toBe(NOW + 60_000);
    await say(house, asker(), '/mute off');
    expect(house.changes).toHaveLength(2);
  });

  it('offers spans without an argument, and changes nothing until one is chosen', async () => {
    const reply = await say(house, asker(), '/mute');
    expect(reply?.buttons?.flat().map(({ label }) => label)).toEqual([
      '1 hr',
      '4 hr',
      '8 hr',
      'Until morning',
      'Type it …',
      '‹ Settings',
    ]);
    expect(house.changes).toEqual([]);
    const pressed = await house.chat.press(asker(), actionOf(reply, '4 hr'));
    expect(pressed?.replace).toBe(true);
    expect(await mutedUntil()).toBe(NOW + 4 * HOUR);
  });

  it('is said when an alert is set meanwhile', async () => {
    await say(house, asker(), '/mute 1h');
    const text = await words(house, asker(), '/subscribe btc 70k');
    expect(text).toContain('Alert set');
    expect(text).toContain('🔕 Alerts are muted until');
  });

  it('is pressed under an alert without losing the alert', async () => {
    const pressed = await house.chat.press(asker(), 'v1:mute:1h');
    expect(pressed?.replace).toBeUndefined();
    expect(await mutedUntil()).toBe(NOW + HOUR);
  });

  it.each([
    ['/mute soon', '“soon” is not a duration'],
    ['/mute 10s', 'out of bounds: from 1m to 30d'],
    ['/mute 400d', 'out of bounds'],
  ])('%s names the wrong word and one right example', async (line, expected) => {
    const text = await words(house, asker(), line);
    expect(text).toContain(expected);
    expect(text).toContain('Example: /mute 1h');
    expect(house.changes).toEqual([]);
  });

  it('is for administrators in a group, by word and by button', async () => {
    const member = asker({ type: 'group', admin: false });
    expect(await words(house, member, '/mute 1h')).toContain('Only administrators');
    const pressed = await house.chat.press(member, 'v1:mute:morning');
    expect(plainText(pressed?.text ?? [])).toContain('Only administrators');
    expect(house.changes).toEqual([]);
    await say(house, asker({ type: 'group', admin: true }), '/mute 1h');
    expect(house.changes).toHaveLength(1);
  });
});
