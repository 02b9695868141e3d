import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findZones } from '../../src/chat/resolve/zone.ts';
import { plainText, type Reply } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { actionOf, asker, buildHouse, type House, say, words } from './support.ts';

let redis: TestRedis;
let store: Store;
let house: House;
beforeAll(async () => {
  redis = await startTestRedis();
  store = redis.connect();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  house = await buildHouse(store);
});

const stored = (who = asker()) => house.deps.chats.find(who.address);
/** Presses the button with this label; the reply takes the place of the one before. */
async function press(reply: Reply | undefined, label: string, who = asker()): Promise<Reply | undefined> {
  const next = await house.chat.press(who, actionOf(reply, label));
  expect(next?.replace).toBe(true);
  return next;
}
const textOf = (reply: Reply | undefined) => plainText(reply?.text ?? []);

describe('/settings', () => {
  it('shows what is set, to the one who asks', async () => {
    const reply = await say(house, asker(), '/settings');
    expect(textOf(reply)).toBe(
      [
        'Settings of this chat',
        'Language: English',
        'Time zone: UTC · 12:00 UTC',
        'Alerts: with sound',
        'Reports: silent',
        'Quiet hours: no',
        'Daily market report: no',
        'Daily cost summary: no',
        'Who may change alerts: you',
      ].join('\n'),
    );
    expect(reply?.personal).toBe(true);
    expect(house.changes).toEqual([]);
  });

  it('changes the language, and answers in it at once', async () => {
    const screen = await press(await say(house, asker(), '/settings'), 'Language');
    expect(actionOf(screen, '✓ English')).toBe('v1:set:language:en');
    const changed = await press(screen, '日本語');
    expect(textOf(changed)).toContain('このチャットの設定');
    expect(await words(house, asker(), '/settings')).toContain('言語: 日本語');
  });

  it('changes the time zone by buttons that tell the time there, with Back and further pages', async () => {
    const first = await press(await say(house, asker(), '/settings'), 'Time zone');
    const second = await press(first, 'More');
    expect(actionOf(second, 'Dubai 16:00')).toBe('v1:set:tz:Asia/Dubai');
    expect(textOf(await press(second, 'Back'))).toContain('Settings of this chat');
    const changed = await press(first, 'Seoul 21:00');
    expect(textOf(changed)).toContain('Time zone: Asia/Seoul · 21:00 KST');
    // Schedules follow the zone.
    expect(house.changes).toEqual([{ timezone: 'Asia/Seoul' }]);
  });

  it.each([
    ['/settings tz Asia/Seoul', 'Asia/Seoul'],
    ['/settings tz new york', 'America/New_York'],
    ['/settings timezone kst', 'Asia/Seoul'],
    ['/settings 시간대 서울', 'Asia/Seoul'],
    ['/settings tz europe/lisbon', 'Europe/Lisbon'],
  ])('%s sets the zone', async (line, zone) => {
    expect(await words(house, asker(), line)).toContain(`Time zone: ${zone}`);
    expect((await stored())?.timezone).toBe(zone);
  });

  it('offers the zones that a word may mean', async () => {
    const reply = await say(house, asker(), '/settings tz argentina');
    expect(textOf(reply)).toContain('Which of these?');
    await press(reply, 'Ushuaia');
    expect((await stored())?.timezone).toContain('Ushuaia');
  });

  it('turns sounds of alerts and reports, each by itself', async () => {
    const screen = await press(await say(house, asker(), '/settings'), 'Sound');
    const silent = await press(screen, 'Alerts: silent');
    expect(actionOf(silent, '✓ Alerts: silent')).toBe('v1:set:sound:alerts:silent');
    await press(silent, 'Reports: off');
    expect(await stored()).toMatchObject({ alertSound: 'silent', reportSound: 'off' });
    expect(await words(house, asker(), '/settings alerts off')).toContain('Alerts are switched off here');
    expect(await words(house, asker(), '/alerts')).toContain('🔕 Alerts are switched off here');
  });

  it.each([
    ['/settings volume 3', '“volume”', '/settings tz Asia/Seoul'],
    ['/settings tz Atlantis', 'Nearest:', '/settings tz Asia/Seoul'],
    ['/settings tz +09:00', '“+09:00”', '/settings tz Asia/Seoul'],
    ['/settings language klingon', '“klingon”', '/settings language ko'],
    ['/settings alerts loud', '“loud”', '/settings alerts silent'],
  ])('%s names the wrong word and one right example', async (line, expected, example) => {
    const text = await words(house, asker(), line);
    expect(text).toContain(expected);
    expect(text).toContain(`Example: ${example}`);
    expect(house.changes).toEqual([]);
  });

  it('is seen by everybody in a group and changed by administrators', async () => {
    const member = asker({ type: 'group', admin: false });
    const screen = await say(house, member, '/settings');
    expect(textOf(screen)).toContain('Who may change alerts: administrators');
    const refused = await house.chat.press(member, 'v1:set:language:ko');
    expect(textOf(refused)).toContain('Only administrators');
    expect(await words(house, member, '/settings tz Asia/Seoul')).toContain('Only administrators');
    const admin = asker({ type: 'group', admin: true });
    expect(await words(house, admin, '/settings language ko')).toContain('이 채팅의 설정');
  });

  it.each(['v1:set:colour', 'v1:set:tz:Nowhere'])(
    'answers the strange button %s politely',
    async (action) => {
      expect(textOf(await house.chat.press(asker(), action))).toContain('out of date');
    },
  );
});

it('finds zones by name, by a part, by what people call them, or names the nearest', () => {
  expect(findZones('utc', 5)).toEqual({ zones: ['UTC'], nearest: [] });
  expect(findZones('東京', 5).zones).toEqual(['Asia/Tokyo']);
  expect(findZones('Seoull', 5)).toMatchObject({
    zones: [],
    nearest: expect.arrayContaining(['Asia/Seoul']),
  });
  expect(findZones('america', 5).zones).toHaveLength(5);
});
