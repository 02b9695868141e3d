import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatsRepository } from '../../src/store/chats.ts';
import { buttonsOf, EPHEMERAL, wordsOf } from '../world/discord.ts';
import type { FakeChat, FakeMessage, FakeUser } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('every place that a bot can be in', () => {
  let world: World;
  let admin: FakeUser;
  beforeAll(async () => {
    world = await startWorld();
    admin = world.telegram.addUser();
    await world.startSheepdog();
  });
  afterAll(async () => {
    expect(world.discord.violations).toEqual([]);
    await world.stop();
  });

  const buttonOf = ({ keyboard }: FakeMessage, label: RegExp): string =>
    keyboard.flat().find(({ text }) => label.test(text))?.callback_data ?? '';
  const chatAt = (platform: 'telegram' | 'discord', chatId: string, threadId = '') =>
    createChatsRepository(world.redis.connect()).find({ platform, chatId, threadId });
  const paused = async (chat: FakeChat) => (await chatAt('telegram', String(chat.id)))?.pausedReason;

  it('begins with a screen of buttons; what is missing is asked for, in place, and nothing is stored before a tap', async () => {
    const { telegram, discord } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/start', person);
    const screen = await telegram.said(chat, /Sheepdog watches/);
    telegram.press(screen, buttonOf(screen, /Set an alert/), person);
    await telegram.until('symbols', () => /Which symbol/.test(screen.text));
    telegram.press(screen, buttonOf(screen, /^ETH$/), person);
    await telegram.until('kinds', () => /What should I watch on ETHUSDT/.test(screen.text));
    telegram.say(chat, '/alerts', person);
    await telegram.said(chat, /Alerts: 0 of|no alert|No alert/i);
    telegram.press(screen, buttonOf(screen, /Normal/), person);
    await telegram.until('the rule', () => /Alert set/.test(screen.text));

    const start = await discord.answered(discord.command('start'));
    discord.press(start, buttonsOf(start).find(({ label }) => label === 'Set an alert')?.custom_id ?? '');
    await discord.waitFor('symbols', () => /Which symbol/.test(wordsOf(start)));
    discord.press(start, buttonsOf(start).find(({ label }) => label === 'ETH')?.custom_id ?? '');
    await discord.waitFor('kinds', () => /What should I watch on ETHUSDT/.test(wordsOf(start)));
    discord.press(start, buttonsOf(start).find(({ label }) => /Normal/.test(label))?.custom_id ?? '');
    await discord.waitFor('the rule', () => /Alert set/.test(wordsOf(start)));
  });

  it('answers old buttons politely, on both platforms', async () => {
    const { telegram, discord } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/subscribe bnb volatility 3% 5m', person);
    const set = await telegram.said(chat, /BNBUSDT/);
    const undo = buttonOf(set, /Undo/);
    telegram.press(set, undo, person);
    await telegram.until('its end', () => /removed/i.test(set.text));
    // The very press again, of a message that has changed meanwhile: the id of the rule is gone.
    telegram.say(chat, `/unsubscribe ${undo.split(':')[2]}`, person);
    await telegram.said(chat, /no alert|There is no/i);

    const rule = await discord.answered(
      discord.command('subscribe', { symbol: 'bnb', kind: 'volatility', threshold: '3%' }),
    );
    const gone = buttonsOf(rule).find(({ label }) => /Undo/.test(label));
    await discord.answered(discord.command('unsubscribe', { id: 'all' }));
    const late = await discord.answered(discord.press(rule, gone?.custom_id ?? ''));
    expect(wordsOf(late)).toMatch(/no alert|There is no|out of date/i);
  });

  it('of an anonymous administrator, of a topic, and of a group that becomes a supergroup', async () => {
    const { telegram, exchange } = world;
    const group = telegram.addChat({ type: 'supergroup', title: 'Forum', is_forum: true, admins: [admin] });
    const topic = telegram.addTopic(group);
    telegram.say(group, `/subscribe@${telegram.botName} xrp volatility 1% 5m`, admin, {
      thread: topic,
      anonymously: true,
    });
    const set = await telegram.said(group, /Alert set[\s\S]*XRPUSDT/);
    expect(set.threadId).toBe(topic);

    const old = telegram.addChat({ type: 'group', title: 'Old', admins: [admin] });
    telegram.say(old, `/subscribe@${telegram.botName} xrp volatility 1% 5m`, admin);
    await telegram.said(old, /Alert set/);
    // No word of the move reaches the bot: the next send is refused and says where the group is now.
    const moved = telegram.migrate(old, true);
    exchange.market.jump('XRPUSDT', 2);
    const inTopic = await telegram.said(group, /^(🔻|🔺|↕)/u);
    expect(inTopic.threadId).toBe(topic);
    await telegram.said(moved, /XRP/);
    expect((await chatAt('telegram', String(moved.id)))?.title).toBe('Old');
  });

  it('that it is put out of is paused with its rules, and goes on when it is let in again', async () => {
    const { telegram, discord } = world;
    const minsu = telegram.addUser({ language_code: 'ko' });
    const group = telegram.addChat({ type: 'supergroup', title: 'Fickle', admins: [admin, minsu] });
    telegram.say(group, `/subscribe@${telegram.botName} doge volatility 2% 5m`, admin);
    await telegram.said(group, /Alert set/);
    const mine = telegram.privateChat(minsu);
    telegram.say(mine, '/start', minsu);
    telegram.say(group, `/subscribe@${telegram.botName} doge volatility 3% 5m`, minsu);
    await telegram.until(
      'his rule',
      () => group.messages.filter(({ text }) => /Alert set/.test(text)).length === 2,
    );
    telegram.setMember(group, 'kicked', admin);
    await expect.poll(() => paused(group)).toMatch(/removed/);
    // Who set its rules is told in private, once, in his own language.
    await telegram.said(mine, /Fickle에서 제가 내보내졌습니다/);
    telegram.setMember(group, 'administrator', admin);
    await expect.poll(() => paused(group)).toBeUndefined();
    telegram.say(group, `/alerts@${telegram.botName}`, admin);
    await telegram.said(group, /DOGE/);

    const channel = discord.addChannel(discord.guild, { name: 'soon gone' });
    const thread = discord.addThread(channel, 'talk');
    for (const place of [channel, thread]) {
      await discord.answered(
        discord.command('subscribe', { symbol: 'doge', kind: 'move', threshold: '9%' }, { channel: place }),
      );
    }
    const direct = discord.directChannel(discord.admin);
    await discord.answered(discord.command('start', {}, { channel: direct }));
    discord.deleteChannel(channel);
    for (const place of [channel, thread]) {
      await expect.poll(async () => (await chatAt('discord', place.id))?.pausedReason).toMatch(/deleted/);
    }
    await discord.posted(direct, /#soon gone is gone, so its alerts are paused/);
    const elsewhere = discord.addGuild('Elsewhere');
    const far = discord.addChannel(elsewhere, { name: 'far' });
    await discord.answered(
      discord.command('subscribe', { symbol: 'doge', kind: 'move', threshold: '9%' }, { channel: far }),
    );
    discord.removeGuild(elsewhere, true);
    discord.removeGuild(elsewhere);
    await expect.poll(async () => (await chatAt('discord', far.id))?.pausedReason).toMatch(/removed/);
    await discord.posted(direct, /I was removed from #far\. Its alerts are paused and kept/);
  });

  it('speaks the language that the platform says, and understands words of each', async () => {
    const { telegram, discord } = world;
    for (const [language, line, wanted] of [
      ['ko', '/subscribe 비트 급등락 2% 15분', /알림을 설정|15분/],
      ['zh', '/subscribe BTC 波动 2% 15分钟', /15\s?分/],
      ['ja', '/subscribe BTC 変動率 2% 15分', /15\s?分/],
      ['en', '/subscribe BTC move 2% 15m', /15 min/],
    ] as const) {
      const person = telegram.addUser({ language_code: language });
      const chat = telegram.privateChat(person);
      telegram.say(chat, line, person);
      const told = await telegram.said(chat, /#[a-z0-9]{6}/);
      expect(told.text).toMatch(wanted);
    }
    const korean = discord.addUser({ locale: 'ko' });
    const answer = await discord.answered(
      discord.command('price', { symbol: '비트' }, { user: korean, channel: discord.directChannel(korean) }),
    );
    expect(wordsOf(answer)).toMatch(/현재가/);
  });

  it('answers kindly who asks too much, once, and what is wrong by name, to him alone', async () => {
    const { telegram, discord } = world;
    const hasty = telegram.addUser();
    const chat = telegram.privateChat(hasty);
    for (let i = 0; i < 23; i++) telegram.say(chat, '/help', hasty);
    await telegram.said(chat, /more than 20 commands/);
    telegram.say(chat, '/help', hasty);
    const calm = telegram.addUser();
    telegram.say(telegram.privateChat(calm), '/price btc', calm);
    await telegram.said(telegram.privateChat(calm), /BTCUSDT/);
    expect(chat.messages.filter(({ text }) => /more than 20/.test(text))).toHaveLength(1);

    const user = discord.addUser();
    const wrong = await discord.answered(
      discord.command('price', { symbol: 'btcc' }, { user, channel: discord.channel }),
    );
    expect(wrong.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect(wordsOf(wrong)).toMatch(/“btcc”[\s\S]*\/price BTC/);
  });
});
