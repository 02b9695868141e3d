import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { asker, type House, say, useHouse, words } from './support.ts';

let house: House;
const rebuild = useHouse((built) => {
  house = built;
});

describe('who is answered', () => {
  it('suggests in private what an unknown command may have meant, and is silent in groups', async () => {
    expect(await words(house, asker(), '/pirce btc')).toBe('There is no /pirce. Did you mean /price?');
    expect(await words(house, asker(), '/unsub')).toBe('There is no /unsub. Did you mean /unsubscribe?');
    // Nothing is like it.
    expect(await words(house, asker(), '/foo')).toBe('There is no /foo. Did you mean /help?');
    expect(await say(house, asker({ type: 'group' }), '/pirce btc')).toBeUndefined();
  });

  it.each([
    ['/가격 비트', 'BTCUSDT'],
    ['/차트 btc 5분', '· 5 min'],
    ['/设置', 'Settings of this chat'],
    ['/アラート一覧', 'alerts'],
    ['/ステータス', 'Market stream'],
  ])('understands the command in %s', async (line, expected) => {
    await house.writeBrief();
    expect(await words(house, asker({ type: 'group' }), line)).toContain(expected);
  });

  it.each(['v0:price:BTCUSDT', 'v1:nothing:x', 'garbage', '', 'v1:sub:BTCUSDT:m::nonsense:'])(
    'answers an old button politely: %j',
    async (action) => {
      const reply = await house.chat.press(asker(), action);
      expect(plainText(reply?.text ?? [])).toContain('out of date');
      expect(reply?.personal).toBe(true);
    },
  );

  it('asks once for patience beyond so many commands in a minute', async () => {
    await rebuild({ commandsPerMinute: 3 });
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await words(house, asker(), '/help'));
    expect(answers[2]).toContain('Commands');
    expect(answers[3]).toContain('more than 3 commands in a minute');
    expect(answers.slice(4)).toEqual(['', '']);
    expect(await words(house, asker({ userId: '43', chatId: '43' }), '/help')).toContain('Commands');
  });

  it('is private under ACCESS=list: one sentence in private, silence in groups', async () => {
    await rebuild({
      access: { access: 'list', allowed: new Set(['telegram:-100500']), operators: new Set(['telegram:7']) },
    });
    expect(await words(house, asker(), '/price btc')).toBe(
      'This bot is private. Its operator decides who may use it.',
    );
    expect(await say(house, asker({ type: 'group', chatId: '-1' }), '/price btc')).toBeUndefined();
    expect(
      await house.chat.press(asker({ type: 'group', chatId: '-1' }), 'v1:price:BTCUSDT'),
    ).toBeUndefined();
    expect(await house.chat.joined(asker({ type: 'group', chatId: '-1' }))).toBeUndefined();
    expect(await house.deps.chats.list()).toEqual([]);
    expect(await words(house, asker({ type: 'group' }), '/price btc')).toContain('BTCUSDT');
    expect(await words(house, asker({ chatId: '7', userId: '7' }), '/price btc')).toContain('BTCUSDT');
  });

  it('gives a new chat three alerts and no AI under ACCESS=approval, until an operator taps Approve', async () => {
    await rebuild({ access: { access: 'approval', operators: new Set(['telegram:7']) } });
    expect(await words(house, asker(), '/start')).toContain('waits for approval');
    expect(await words(house, asker(), '/analyze btc')).toContain('this chat waits for approval');
    expect(house.analyses).toEqual([]);
    for (const percent of [1, 2, 3]) await say(house, asker(), `/subscribe BTC move ${percent}%`);
    expect(await words(house, asker(), '/subscribe BTC move 4%')).toContain('limit: 3 alerts at most');

    expect(house.told).toHaveLength(1);
    const [word] = house.told;
    const operatorChat = await house.deps.chats.ensure(
      { platform: 'telegram', chatId: '7', threadId: '' },
      { type: 'private', title: 'Op', locale: 'en', timezone: 'UTC', approved: true },
    );
    const notice = house.chat.present(
      [{ type: 'operator', eventId: 'e', code: 'approval', args: word?.args ?? {} }],
      operatorChat,
      false,
    );
    expect(plainText(notice.text)).toContain('A new chat asks for approval: Anna (telegram)');
    const action = notice.buttons[0]?.[0]?.action ?? '';
    const stranger = await house.chat.press(asker(), action);
    expect(plainText(stranger?.text ?? [])).toContain('out of date');
    const approved = await house.chat.press(asker({ chatId: '7', userId: '7' }), action);
    expect(plainText(approved?.text ?? [])).toContain('Approved: Anna');
    expect(await words(house, asker(), '/analyze btc')).toContain('72/100');
    expect(await words(house, asker(), '/subscribe BTC move 4%')).toContain('Alert set');
  });

  it('greets once when added, and wakes a paused chat', async () => {
    const group = asker({ type: 'group' });
    expect(plainText((await house.chat.joined(group))?.text ?? [])).toContain('Sheepdog watches');
    const chat = await house.deps.chats.find(group.address);
    await house.deps.chats.update(chat?.uid ?? '', { pausedReason: 'kicked' });
    expect(await house.chat.joined(group)).toBeUndefined();
    expect((await house.deps.chats.find(group.address))?.pausedReason).toBeUndefined();
  });

  it('answers a fault of its own with a reference, and tells nothing of it', async () => {
    house.deps.status = async () => {
      throw new Error('secret detail');
    };
    const reply = await say(house, asker(), '/status');
    expect(plainText(reply?.text ?? [])).toMatch(/went wrong on my side.*reference [a-z2-9]{6}/);
    expect(JSON.stringify(reply)).not.toContain('secret');
  });
});
