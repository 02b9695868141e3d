import { describe, expect, it } from 'vitest';
import { findZones } from '../../src/chat/resolve/zone.ts';
import { plainText, type Reply } from '../../src/notice/text.ts';
import { actionOf, asker, type House, NOW, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
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
        'What was withheld: silent',
        'Letters: silent',
        'Alert messages an hour: at most 12, then one that gathers the rest',
        'Quiet hours: no',
        'Daily market report: no',
        'Daily cost summary: no',
        'AI notes on alerts: yes',
        'Back-to-normal notes: no',
        'Who may change alerts: you',
      ].join('\n'),
    );
    expect(reply?.personal).toBe(true);
    expect(house.changes).toEqual([]);
  });

  it('is left for the first screen again, and comes back from there', async () => {
    const screen = await say(house, asker(), '/settings');
    const start = await press(screen, '‹ Back');
    expect(textOf(start)).toContain('Sheepdog watches');
    expect(textOf(await press(start, 'Settings'))).toContain('Settings of this chat');
  });

  it('changes the language, and answers in it at once', async () => {
    const screen = await press(await say(house, asker(), '/settings'), 'Language');
    expect(actionOf(screen, '✓ English')).toBe('v1:set:language:en');
    const changed = await press(screen, '日本語');
    expect(textOf(changed)).toContain('このチャットの設定');
    expect(await words(house, asker(), '/settings')).toContain('言語: 日本語');
    await house.writeHealth({ source: 'simulated' });
    house.clock.advanceBy(10_000);
    const back = await words(house, asker(), '/settings language en');
    expect(back).toContain('SIMULATED market');
    expect(back).not.toContain('模擬市場');
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

  it('turns each kind of alert by itself, and what is said of all alerts holds for each of them again', async () => {
    await say(house, asker(), '/subscribe btc funding 0.05%');
    const kinds = await press(
      await press(await say(house, asker(), '/settings'), 'Sound'),
      'By kind of alert',
    );
    const funding = await press(kinds, 'Funding: with sound');
    expect(actionOf(funding, '✓ Funding: with sound')).toBe('v1:set:sound:funding:on');
    const after = await press(funding, 'Funding: off');
    expect(actionOf(after, 'Funding: off')).toBe('v1:set:sound:funding');
    expect(textOf(await press(after, 'Back'))).toContain('Alerts: with sound · funding: off');
    expect(await words(house, asker(), '/alerts')).toContain('🔕 Switched off here: funding.');
    expect(await words(house, asker(), '/subscribe btc funding 0.06%')).toContain(
      'Switched off here: funding.',
    );
    expect(await words(house, asker(), '/subscribe btc volume 5x')).not.toContain('Switched off');
    await say(house, asker(), '/settings 청산 무음');
    expect(await stored()).toMatchObject({ sounds: { funding: 'off', liquidation: 'silent' } });
    await say(house, asker(), '/settings digests on');
    await say(house, asker(), '/settings alerts silent');
    expect((await stored())?.sounds).toEqual({ digests: 'on' });
  });

  it('turns the letter’s sound, and off ends it; notes of the AI come or do not', async () => {
    const screen = await press(await say(house, asker(), '/settings'), 'Sound');
    await press(screen, 'Letters: off');
    expect(await words(house, asker(), '/settings')).toContain('Letters: off');
    await say(house, asker(), '/settings letters silent');
    expect(await stored()).toMatchObject({ noLetter: false, sounds: { letters: 'silent' } });
    await press(await say(house, asker(), '/settings'), 'AI notes on alerts: yes');
    expect(await stored()).toMatchObject({ noNotes: true });
    await say(house, asker(), '/settings notes on');
    expect(await stored()).toMatchObject({ noNotes: false });
  });

  it('bounds the messages with alerts an hour, by a button or in words', async () => {
    const screen = await press(await say(house, asker(), '/settings'), 'Alert messages');
    expect(actionOf(screen, '✓ 12')).toBe('v1:set:barks:12');
    expect(textOf(await press(screen, '30'))).toContain('at most 30');
    expect(await stored()).toMatchObject({ barksPerHour: 30 });
    await say(house, asker(), '/settings barks 7');
    expect(await stored()).toMatchObject({ barksPerHour: 7 });
    expect(textOf(await press(screen, 'Back'))).toContain('Settings of this chat');
  });

  it('turns back-to-normal notes for new rules and for those that are there', async () => {
    await say(house, asker(), '/subscribe btc volatility 1%');
    const rules = async () => house.deps.rules.list((await stored())?.uid ?? '');
    const screen = await press(await say(house, asker(), '/settings'), 'Back-to-normal notes: no');
    expect(await stored()).toMatchObject({ tellNormal: true });
    expect(await rules()).toMatchObject([{ tellNormal: true }]);
    await press(screen, 'Back-to-normal notes: yes');
    expect((await rules())[0]?.tellNormal).toBeUndefined();
    await press(screen, 'Sunday letter: yes');
    expect(await stored()).toMatchObject({ tellNormal: false, noLetter: true });
    await say(house, asker(), '/settings letter on');
    expect(await stored()).toMatchObject({ noLetter: false });
  });

  it('opens the rules of a group to everybody in it, while settings stay with administrators', async () => {
    const admin = asker({ type: 'group', admin: true });
    const member = asker({ type: 'group', admin: false, userId: '7' });
    expect(await words(house, member, '/subscribe btc volatility 1%')).toContain('Only administrators');
    const screen = await press(await say(house, admin, '/settings'), 'Who may change alerts', admin);
    await press(screen, 'everyone here', admin);
    expect(await words(house, member, '/subscribe btc volatility 1%')).toContain('Alert set');
    expect(await words(house, member, '/settings tz Asia/Seoul')).toContain('Only administrators');
    expect(await words(house, admin, '/settings rules administrators')).toContain(
      'Who may change alerts: administrators',
    );
    expect(await words(house, asker(), '/settings rules everyone')).toContain('does not exist in this kind');
  });

  it('offers a role to call only on Discord, and never everyone', async () => {
    const admin = asker({ platform: 'discord', chatId: '9', type: 'group', admin: true });
    const screen = await press(await say(house, admin, '/settings'), 'Role to call', admin);
    expect(screen?.choice).toMatchObject({ type: 'role', action: 'v1:set:role:*' });
    const chosen = await house.chat.press(admin, 'v1:set:role:123456789012345678');
    expect(textOf(chosen)).toContain('Role to call @123456789012345678');
    expect(textOf(await house.chat.press(admin, 'v1:set:role:everyone'))).toContain('I do not call everyone');
    await say(house, admin, '/settings role off');
    expect((await stored(admin))?.pingRole).toBeUndefined();
    expect(textOf(await house.chat.press(asker(), 'v1:set:role'))).toContain('does not exist in this kind');
    const announcements = asker({ platform: 'discord', chatId: '10', type: 'channel', admin: true });
    await press(await say(house, announcements, '/settings'), 'Publish to followers: no', announcements);
    expect(await stored(announcements)).toMatchObject({ publish: true });
  });

  it('of another chat are changed from a private one by its administrator, who goes on reading his language', async () => {
    const address = { platform: 'telegram', chatId: '-1001', threadId: '' } as const;
    const channel = { address, type: 'channel', title: 'News', askerIsAdmin: true, missing: [] } as const;
    const owner = asker({ channels: { '@news': channel, '-1001': channel }, language: 'ko' });
    const screen = await say(house, owner, '/settings @news');
    expect(textOf(screen)).toContain('“News”의 설정');
    const zones = await press(screen, '시간대', owner);
    expect(textOf(await press(zones, 'Tokyo', owner))).toContain('Asia/Tokyo');
    expect(await stored(owner)).toMatchObject({ timezone: 'UTC' });
    expect(await house.deps.chats.find(address)).toMatchObject({ timezone: 'Asia/Tokyo' });
    const english = await press(await press(screen, '언어', owner), 'English', owner);
    expect(textOf(english)).toContain('“News”의 설정');
    const member = asker({ channels: { '@news': { ...channel, askerIsAdmin: false } } });
    expect(await words(house, member, '/settings @news')).toContain('“News”의 관리자가 아닙니다');
  });

  it.each([
    ['/settings barks 99', '“99”', '/settings barks 30'],
    ['/settings normal maybe', '“maybe”', '/settings normal on'],
    ['/settings volume 3', '“3”', '/settings volume silent'],
    ['/settings melody on', '“melody”', '/settings tz Asia/Seoul'],
    ['/settings tz Atlantis', 'Nearest:', '/settings tz Asia/Seoul'],
    ['/settings tz +19:00', '“+19:00”', '/settings tz Asia/Seoul'],
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

it('finds zones by name, by a part, by what people call them, by what they are ahead of UTC, or names the nearest', () => {
  expect(findZones('utc', 5, NOW)).toEqual({ zones: ['UTC'], nearest: [] });
  expect(findZones('東京', 5, NOW).zones).toEqual(['Asia/Tokyo']);
  expect(findZones('Seoull', 5, NOW)).toMatchObject({
    zones: [],
    nearest: expect.arrayContaining(['Asia/Seoul']),
  });
  expect(findZones('america', 5, NOW).zones).toHaveLength(5);
  for (const words of ['UTC+9', 'gmt +09:00', '+9', '＋９'])
    expect(findZones(words, 5, NOW).zones).toEqual(['Asia/Seoul', 'Asia/Tokyo']);
  expect(findZones('+5:30', 5, NOW).zones).toEqual(['Asia/Kolkata']);
  // Summer and winter differ.
  expect(findZones('UTC-4', 9, Date.UTC(2026, 6, 1)).zones).toContain('America/New_York');
  expect(findZones('UTC−5', 9, Date.UTC(2026, 0, 1)).zones).toContain('America/New_York');
});
