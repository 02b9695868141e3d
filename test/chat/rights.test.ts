import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { actionOf, asker, type House, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

describe('who may change alerts', () => {
  const channel = {
    address: { platform: 'telegram', chatId: '-100777', threadId: '' },
    type: 'channel',
    title: 'Signals',
    askerIsAdmin: true,
    missing: [],
  } as const;

  it.each([
    ['a person in private', { type: 'private' }, true],
    ['a member of a group', { type: 'group', admin: false }, false],
    ['an administrator of a group', { type: 'group', admin: true }, true],
    ['a post in a channel', { type: 'channel', admin: true, userId: undefined }, true],
  ] as const)('%s', async (_, who, may) => {
    const text = await words(house, asker(who), '/subscribe BTC move 2%');
    expect(await house.storedRules()).toHaveLength(may ? 1 : 0);
    expect(text).toContain(may ? 'Alert set' : 'Only administrators');
  });

  it('lets a member see, but not remove', async () => {
    const admin = asker({ type: 'group', admin: true });
    const member = asker({ type: 'group', admin: false, userId: '43' });
    const set = await say(house, admin, '/subscribe BTC move 2%');
    const list = await say(house, member, '/alerts');
    expect(plainText(list?.text ?? [])).toContain('Alerts: 1 of 200');
    expect(list?.buttons?.flat().some((button) => button.label.startsWith('✕'))).toBe(false);
    const pressed = await house.chat.press(member, actionOf(set, 'Undo'));
    expect(plainText(pressed?.text ?? [])).toContain('Only administrators');
    expect(await words(house, member, '/unsubscribe all')).toContain('Only administrators');
    expect(await house.storedRules()).toHaveLength(1);
  });

  it('serves a channel from private to its administrator only', async () => {
    const owner = asker({ channels: { '@signals': channel, '-100777': channel } });
    const set = await say(house, owner, '/subscribe BTC volatility 1% @signals');
    expect(plainText(set?.text ?? [])).toContain('Where: Signals');
    const target = await house.deps.chats.find(channel.address);
    expect(await house.deps.rules.list(target?.uid ?? '')).toHaveLength(1);
    expect(await words(house, owner, '/alerts @signals')).toContain('Alerts in Signals: 1 of 200');
    expect(await words(house, owner, '/alerts')).toContain('No alerts here yet.');
    await house.chat.press(owner, actionOf(set, 'Undo'));
    expect(await house.storedRules()).toEqual([]);
  });

  it.each([
    ['one he does not administer', { askerIsAdmin: false }, 'You are not an administrator of “Signals”'],
    ['one where the bot cannot post', { missing: ['post messages'] }, 'Missing there: post messages'],
  ])('refuses a channel: %s', async (_, change, expected) => {
    const who = asker({ channels: { '@signals': { ...channel, ...change } } });
    expect(await words(house, who, '/subscribe BTC move 2% @signals')).toContain(expected);
    expect(await house.storedRules()).toEqual([]);
  });

  it('says that a channel is not visible', async () => {
    expect(await words(house, asker(), '/subscribe BTC move 2% @nowhere')).toContain(
      'I cannot see “@nowhere”',
    );
  });

  it("never resolves another chat's id", async () => {
    await say(house, asker(), '/subscribe BTC move 2%');
    const [id] = await house.storedRules();
    const stranger = asker({ chatId: '99', userId: '99' });
    expect(await words(house, stranger, `/unsubscribe #${id}`)).toContain(`no alert “#${id}” here`);
    expect(await house.storedRules()).toEqual([id]);
  });
});
