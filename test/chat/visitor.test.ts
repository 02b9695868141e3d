import { describe, expect, it } from 'vitest';
import type { Asker } from '../../src/chat/model.ts';
import { plainText } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { asker, buildHouse, type House, say, useHouse, words } from './support.ts';

describe('a visitor, who brought the bot along to where it is not', () => {
  let store: Store;
  let house: House;
  const visitor: Asker = {
    ...asker({ platform: 'discord', chatId: 'visitor-7', userId: '7', language: 'en-US' }),
    visitor: true,
  };
  useHouse((built, opened) => {
    house = built;
    store = opened;
  });

  it('is answered what the market does, and nothing is kept of the place', async () => {
    expect(await words(house, visitor, '/analyze btc')).toContain('Buyers lead');
    expect(house.analyses).toMatchObject([{ payer: 'visitor-7', operator: false }]);
    for (const line of ['/price btc', '/chart btc', '/movers']) {
      expect(await words(house, visitor, line)).not.toContain('only a guest');
    }
    expect(await house.deps.chats.list()).toEqual([]);
    expect(await house.deps.chats.find(visitor.address)).toBeUndefined();
  });

  it('sets nothing: no rule, no schedule, no setting, be it by a command, a button or a form', async () => {
    for (const line of ['/subscribe btc 2%', '/report 08:00', '/settings', '/cost', '/mute 1h', '/start']) {
      expect(await words(house, visitor, line)).toContain('only a guest');
    }
    const pressed = await house.chat.press(visitor, 'v1:sub:BTCUSDT:m:5m:+2%:');
    expect(plainText(pressed?.text ?? [])).toContain('only a guest');
    expect(await house.chat.fill(visitor, 'v1:form:subscribe:BTC', '2%')).toBeDefined();
    expect(await house.storedRules()).toEqual([]);
    expect(await house.deps.chats.list()).toEqual([]);
  });

  it('has the limits of a person: analyses an hour are counted wherever he asks', async () => {
    house = await buildHouse(store, { commandsPerMinute: 2 });
    for (const line of ['/price btc', '/price btc']) await say(house, visitor, line);
    expect(await words(house, visitor, '/price btc')).toContain('more than 2');
  });

  it('is not answered where the bot is for a list of chats only', async () => {
    house = await buildHouse(store, { access: { access: 'list' } });
    expect(await words(house, visitor, '/analyze btc')).toContain('private');
    expect(house.analyses).toEqual([]);
  });
});
