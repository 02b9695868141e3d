import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { plainText } from '../../src/notice/text.ts';
import type { Reservation } from '../../src/store/budget.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { asker, buildHouse, type House, NOW, say, words } from './support.ts';

describe('/cost, to an operator', () => {
  let redis: TestRedis;
  let store: Store;
  let house: House;
  const operator = asker({ chatId: '7', userId: '7' });

  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    house = await buildHouse(store, { access: { operators: new Set(['telegram:7']) } });
  });

  let ids = 0;
  function reservation(day: string, payer: string, amountNano: number): Reservation {
    return { id: `r${++ids}`, day, payer, operator: false, amountNano };
  }

  async function spend(day: string, payer: string, costNano: number, estimated = false): Promise<void> {
    const made = reservation(day, payer, costNano);
    await house.deps.budget.settle(made, {
      id: made.id,
      at: NOW,
      payer,
      model: 'deepseek/deepseek-chat-v3-0324',
      servedModel: undefined,
      symbol: 'BTCUSDT',
      promptTokens: 600,
      cachedTokens: 64,
      completionTokens: 80,
      costNano,
      estimated,
      outcome: estimated ? 'timeout' : 'ok',
      priceTable: 'test',
    });
  }

  it('tells what an analysis costs, who spends, how sure it is, where the month leads and what others would cost', async () => {
    await say(house, asker({ title: 'Anna' }), '/start');
    const anna = await house.deps.chats.find(asker().address);
    await spend('2026-11-22', 'bot', 4_000_000);
    await spend('2026-11-23', 'bot', 2_000_000);
    await spend('2026-11-24', anna?.uid ?? '', 1_000_000);
    await spend('2026-11-24', 'bot', 1_000_000, true);
    const limits = { bot: 1, chat: undefined };
    expect(await house.deps.budget.reserve(reservation('2026-11-24', 'x', 5), limits, 1_000)).toBe('bot');
    const open = reservation('2026-11-24', 'x', 500_000);
    await house.deps.budget.reserve(open, { bot: undefined, chat: undefined }, 60_000);

    const text = await words(house, operator, '/cost 7d');
    expect(text).toContain('Per analysis: $0.002667');
    expect(text).toContain('Reserved now: $0.0005');
    expect(text).toMatch(/Per model\ndeepseek\/deepseek-chat-v3-0324: 4 · \$0.008/);
    expect(text).toContain('Of it estimated: 12.5 %');
    expect(text).toContain('Cached tokens: 256');
    expect(text).toContain('Denied: by the bot’s budget 1');
    // The mean of two full days is $0.003: one more for today, and six days.
    expect(text).toContain('This month: $0.008 so far, about $0.027 at its end');
    expect(text).toMatch(/Dearest chats\nscheduled readings and notes: \$0.007\nAnna: \$0.001/);
    expect(text).toContain('The same tokens with\nDeepSeek V3.2: $0.001142');
    expect(text).toContain('Claude Sonnet 4.5: $0.0408');
    expect(text).toContain('bill may differ');
  });

  it('sets a vendor’s own price beside the gateway’s only where the table has it, with source and date', async () => {
    await spend('2026-11-24', 'bot', 1_000_000);
    const list = { costNano: 2_000_000, source: 'vendor.example/prices', date: '2026-11-01' };
    house.deps.prices = {
      compare: () => [
        { name: 'One', costNano: 1_000_000, list },
        { name: 'Two', costNano: 3_000_000 },
      ],
    };
    house.chat = createChat(house.deps);
    expect(await words(house, operator, '/cost')).toContain(
      'One: $0.001 · list price $0.002 (vendor.example/prices, 2026-11-01)\nTwo: $0.003\n',
    );
  });

  it('ventures no forecast on the first day, and shows a call whose process died', async () => {
    await spend('2026-11-24', 'bot', 1_000_000);
    const lost = reservation('2026-11-24', 'bot', 3_000_000);
    await house.deps.budget.reserve(lost, { bot: undefined, chat: undefined }, 0);
    const text = await words(house, operator, '/cost');
    expect(text).toContain('$0.004');
    expect(text).toContain('Lost with a process: 1 · $0.003');
    expect(text).toContain('$0.004 so far; a forecast needs one full day');
  });

  it('comes with a bar for each day and the line of the budget, in the words of the chat', async () => {
    const people = asker({ language: 'ko', title: 'Mina' });
    await say(house, people, '/start');
    const mina = await house.deps.chats.find(people.address);
    await spend('2026-11-22', mina?.uid ?? '', 4_000_000);
    await spend('2026-11-24', mina?.uid ?? '', 1_000_000);
    await spend('2026-11-24', 'bot', 2_000_000);
    const reply = await say(house, people, '/cost 7d');
    expect(reply?.picture).toMatchObject({
      type: 'bars',
      language: 'ko-KR',
      words: { total: '$0.005', line: '하루 예산: $0.05' },
      line: 50_000_000,
    });
    const bars = reply?.picture?.type === 'bars' ? reply.picture.bars : [];
    expect(bars.map(({ nano }) => nano)).toEqual([0, 0, 0, 0, 4_000_000, 0, 1_000_000]);
    expect(bars.at(-1)?.label).toBe('11월 24일');
    const whole = await say(house, operator, '/cost 30d');
    expect(whole?.picture).toMatchObject({ words: { total: '$0.007' } });
    // One day is one figure, and nothing spent is nothing to draw.
    expect((await say(house, people, '/cost today'))?.picture).toBeUndefined();
    expect((await say(house, asker({ chatId: '9' }), '/cost 7d'))?.picture).toBeUndefined();
  });

  it('keeps the whole bot’s figures out of a group that everybody reads', async () => {
    await spend('2026-11-24', 'bot', 1_000_000);
    const inGroup = asker({ type: 'group', userId: '7', admin: true });
    expect(await words(house, inGroup, '/cost')).not.toContain('whole bot');
    const onDiscord = asker({ platform: 'discord', type: 'group', userId: '7', admin: true });
    house = await buildHouse(store, { access: { operators: new Set(['discord:7']) } });
    const reply = await say(house, onDiscord, '/cost');
    expect(plainText(reply?.text ?? [])).toContain('whole bot');
    expect(reply?.personal).toBe(true);
  });

  it('keeps all that from others', async () => {
    await spend('2026-11-24', 'bot', 1_000_000);
    const text = await words(house, asker(), '/cost');
    expect(text).not.toMatch(/Per analysis|This month|Dearest|same tokens/);
  });
});
