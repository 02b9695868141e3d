import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMarketRepository } from '../../src/store/market.ts';
import { dumpStore } from '../support/dump.ts';
import { wordsOf } from '../world/discord.ts';
import type { FakeChat, FakeUser } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('an alert', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.stop());

  const alertsIn = (chat: FakeChat) =>
    chat.messages.map(({ text }) => text ?? '').filter((text) => /^(🔻|🔺|↕)/u.test(text));

  /** The public channel `@signals`, in which the bot may post. */
  const channelOf = (admin: FakeUser) =>
    world.telegram.addChat({
      type: 'channel',
      title: 'Signals',
      username: 'signals',
      bot: 'administrator',
      admins: [admin],
    });

  it('barks once for one move: in a Telegram channel, a group, a forum topic, and on Discord', async () => {
    await world.startSheepdog();
    const { telegram, discord } = world;
    const admin = telegram.addUser();
    const channel = channelOf(admin);
    const group = telegram.addChat({ type: 'supergroup', title: 'Traders', bot: 'member', admins: [admin] });
    const forum = telegram.addChat({
      type: 'supergroup',
      title: 'Desk',
      is_forum: true,
      bot: 'member',
      admins: [admin],
    });
    const topic = telegram.addTopic(forum);
    const thread = discord.addThread(discord.channel, 'btc');

    telegram.channelPost(channel, '/subscribe btc volatility 1% 5m');
    telegram.say(group, `/subscribe@${telegram.botName} btc move -1.5% 5m`, admin);
    telegram.say(forum, `/alert@${telegram.botName} btc volatility 1% 5m`, admin, { thread: topic });
    const asked = discord.command('subscribe', {
      symbol: 'btc',
      kind: 'volatility',
      threshold: '1%',
      channel: thread.id,
    });
    await Promise.all([
      telegram.said(channel, /#[a-z0-9]{6}/),
      telegram.said(group, /#[a-z0-9]{6}/),
      telegram.said(forum, /#[a-z0-9]{6}/),
      discord.answered(asked),
    ]);

    world.exchange.market.jump('BTCUSDT', -2);

    const bark = await telegram.said(channel, /^(🔻|↕)/u);
    expect(bark.text).toMatch(/BTC/);
    await telegram.said(group, /^🔻/u);
    const inTopic = await telegram.said(forum, /^(🔻|↕)/u);
    expect(inTopic.threadId).toBe(topic);
    expect(wordsOf(await discord.posted(thread))).toMatch(/BTC/);

    // The move goes on: nobody hears of it again.
    world.exchange.market.jump('BTCUSDT', -0.5);
    world.exchange.market.jump('BTCUSDT', 0.4);
    // A later trade that a fresh rule does hear of: everything before it has been decided.
    telegram.say(group, `/subscribe@${telegram.botName} eth volatility 1% 5m`, admin);
    await telegram.said(group, /ETHUSDT[\s\S]*#[a-z0-9]{6}/);
    world.exchange.market.jump('ETHUSDT', 2);
    await telegram.said(group, /ETH[\s\S]*2/);
    for (const chat of [channel, forum]) expect(alertsIn(chat)).toHaveLength(1);
    expect(alertsIn(group).filter((text) => /BTC/.test(text))).toHaveLength(1);
    expect(discord.violations).toEqual([]);
  });

  it('survives a restart: no rule is lost and nothing is told twice', async () => {
    const first = await world.startSheepdog();
    const { telegram } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/subscribe btc volatility 1% 5m', person);
    telegram.say(chat, '/subscribe eth volatility 1% 5m', person);
    await vi.waitFor(() =>
      expect(chat.messages.filter(({ text }) => /#[a-z0-9]{6}/.test(text ?? ''))).toHaveLength(2),
    );
    world.exchange.market.jump('BTCUSDT', 2);
    await telegram.said(chat, /BTC[\s\S]*2/);
    await vi.waitFor(() => expect(alertsIn(chat)).toHaveLength(1));
    await first.stop();

    await world.startSheepdog();
    // The other way: it is no part of the move that was told.
    world.exchange.market.jump('ETHUSDT', -2);
    await vi.waitFor(() => expect(alertsIn(chat)).toHaveLength(2));
    expect(alertsIn(chat).filter((text) => /BTC/.test(text))).toHaveLength(1);
  });

  it('is set from private for a channel that the person administers, and refused for any other', async () => {
    await world.startSheepdog();
    const { telegram } = world;
    const admin = telegram.addUser();
    const other = telegram.addUser();
    const channel = channelOf(admin);
    telegram.say(telegram.privateChat(other), '/subscribe @signals btc volatility 1%', other);
    await telegram.said(telegram.privateChat(other));
    expect(await dumpStore(world.redis.connect())).not.toMatch(/"kind":"volatility"/);

    telegram.say(telegram.privateChat(admin), '/subscribe @signals btc volatility 1%', admin);
    await telegram.said(telegram.privateChat(admin), /Signals[\s\S]*#[a-z0-9]{6}/);
    world.exchange.market.jump('BTCUSDT', 2);
    await telegram.said(channel, /BTC/);
    expect(alertsIn(telegram.privateChat(admin))).toHaveLength(0);
  });

  it('may not be changed by a member of a group', async () => {
    await world.startSheepdog();
    const { telegram, discord } = world;
    const admin = telegram.addUser();
    const member = telegram.addUser();
    const group = telegram.addChat({
      type: 'supergroup',
      title: 'Traders',
      bot: 'member',
      admins: [admin],
      members: [member],
    });
    telegram.say(group, `/subscribe@${telegram.botName} btc volatility 1%`, member);
    await telegram.said(group, /administrator/i);
    const refused = await discord.answered(
      discord.command(
        'subscribe',
        { symbol: 'btc', threshold: '1%', kind: 'volatility' },
        { user: discord.member },
      ),
    );
    expect(wordsOf(refused)).toMatch(/administrator|manage/i);
    expect(await dumpStore(world.redis.connect())).not.toMatch(/"kind":"volatility"/);
  });

  it('comes at a price level once, from either side', async () => {
    await world.startSheepdog();
    const { telegram } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    world.exchange.market.setPrice('BTCUSDT', 80_000);
    const market = createMarketRepository(world.redis.connect());
    await vi.waitFor(async () => expect((await market.brief('BTCUSDT'))?.last).toBeCloseTo(80_000, -1));
    telegram.say(chat, '/subscribe btc 81k', person);
    telegram.say(chat, '/subscribe btc 79k', person);
    await vi.waitFor(() =>
      expect(chat.messages.filter(({ text }) => /#[a-z0-9]{6}/.test(text ?? ''))).toHaveLength(2),
    );
    world.exchange.market.setPrice('BTCUSDT', 81_050);
    await vi.waitFor(() => expect(alertsIn(chat)).toHaveLength(1));
    world.exchange.market.setPrice('BTCUSDT', 78_900);
    await vi.waitFor(() => expect(alertsIn(chat)).toHaveLength(2));
    world.exchange.market.setPrice('BTCUSDT', 82_000);
    telegram.say(chat, '/alerts', person);
    await telegram.said(chat, /0/);
    expect(alertsIn(chat)).toHaveLength(2);
  });
});
