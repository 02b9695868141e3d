import { describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { plainText } from '../../src/notice/text.ts';
import { makeEntry } from '../support/ledger.ts';
import { actionOf, asker, type House, NOW, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

const korean = asker({ language: 'ko' });

describe('/cost', () => {
  async function spend(payer: string, costNano: number): Promise<void> {
    const day = localDay(house.clock.now(), 'UTC');
    const reservation = { id: `r${payer}${costNano}`, day, payer, operator: false, amountNano: costNano };
    await house.deps.budget.reserve(reservation, house.deps.limits, 60_000);
    await house.deps.budget.settle(reservation, makeEntry(reservation, { at: NOW }));
  }

  it("tells a chat its own spend, and an operator the bot's with its models", async () => {
    house.deps.access = { ...house.deps.access, operators: new Set(['telegram:7']) };
    house.chat = createChat(house.deps);
    await say(house, asker(), '/start');
    const chat = await house.deps.chats.find(asker().address);
    await spend(chat?.uid ?? '', 1_000_000);
    await spend('bot', 2_000_000);
    const own = await words(house, asker(), '/cost today');
    expect(own).toContain('Spent: $0.001 of $0.05');
    expect(own).not.toContain('deepseek');
    const all = await words(house, asker({ chatId: '7', userId: '7' }), '/cost 7d');
    expect(all).toContain('AI cost of the whole bot: 7 days');
    expect(all).toContain('$0.003');
    expect(all).toContain('deepseek/deepseek-chat-v3-0324: 2 · $0.003');
  });

  it('schedules a daily summary, naming the zone, and ends it', async () => {
    const reply = await say(house, asker(), '/cost 9:00');
    expect(plainText(reply?.text ?? [])).toContain('every day at 09:00 (UTC)');
    await house.chat.press(asker(), actionOf(reply, 'End it'));
    await say(house, asker(), '/cost off');
    expect(house.changes.map((each) => each.costAt)).toEqual(['09:00', undefined, undefined]);
    expect(await words(house, korean, '/cost 18:30')).toContain('18:30');
  });

  it('lets only administrators schedule in a group', async () => {
    const member = asker({ type: 'group', admin: false });
    expect(await words(house, member, '/cost 09:00')).toContain('Only administrators');
    expect(house.changes).toEqual([]);
    expect(await words(house, member, '/cost')).toContain('AI cost: today');
  });

  it('understands the words of each language', async () => {
    expect(await words(house, korean, '/cost 7일')).toContain('AI 비용: 7일');
    expect(await words(house, korean, '/cost 끄기')).toContain('끝냈습니다');
    await say(house, korean, '/subscribe 비트 급등락 2%');
    expect(await words(house, korean, '/unsubscribe 모두')).toContain('삭제했습니다');
    expect(await house.storedRules()).toEqual([]);
  });

  it('takes period and time as options', async () => {
    const ask = (options: { period?: string; time?: string }) =>
      house.chat.command(asker({ platform: 'discord' }), { name: 'cost', words: [], options });
    expect(plainText((await ask({ period: '30d' }))?.text ?? [])).toContain('AI cost: 30 days');
    await ask({ time: '07:15' });
    expect(house.changes[0]?.costAt).toBe('07:15');
    expect(plainText((await ask({ time: 'noon' }))?.text ?? [])).toContain('“noon” is not a time of day');
  });
});
