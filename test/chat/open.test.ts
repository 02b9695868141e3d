import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { actionOf, asker, type House, say, useHouse } from './support.ts';

describe('a rule that somebody may not set where he is', () => {
  let house: House;
  const member = asker({ type: 'group', admin: false, userId: '7' });
  const alone = asker({ chatId: '7', userId: '7' });
  useHouse((built) => {
    house = built;
  });

  it('is one tap away in private, prefilled, and set there only by another tap', async () => {
    const refused = await say(house, member, '/subscribe btc move +2% 15m');
    expect(plainText(refused?.text ?? [])).toContain('Only administrators');
    expect(refused?.buttons?.flat()).toEqual([
      { label: 'Set it in private', action: 'v1:open:btc:m:15m:+2%:', via: 'private' },
    ]);
    const asked = await house.chat.follow(alone, actionOf(refused, 'in private'));
    expect(plainText(asked?.text ?? [])).toBe(
      'Set this alert here?\nBTC move · +2% · 15m\nNothing is set yet.',
    );
    expect(await house.storedRules()).toEqual([]);
    const set = await house.chat.press(alone, actionOf(asked, 'Set it'));
    expect(plainText(set?.text ?? [])).toContain('2 % within 15 min');
    expect(await house.storedRules()).toHaveLength(1);
  });

  it('that is not whole yet is asked for in private from there on', async () => {
    const refused = await say(house, member, '/subscribe btc');
    const asked = await house.chat.follow(alone, actionOf(refused, 'in private'));
    expect(plainText(asked?.text ?? [])).toContain('What should I watch on BTCUSDT?');
  });

  it.each([
    'v1:rm:a1b2c3:',
    'v1:mute:1h',
    'v1:set:language:ko',
    'v1:sub:BTCUSDT:m:5m:+2%:',
    'v2:open:BTC',
    'x',
  ])('is no way in for a link that would change something: %s', async (action) => {
    expect(await house.chat.follow(alone, action)).toBeUndefined();
    expect(await house.storedRules()).toEqual([]);
  });
});
