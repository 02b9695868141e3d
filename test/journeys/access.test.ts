import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buttonsOf, wordsOf } from '../world/discord.ts';
import { OPERATOR_ID, startWorld, type World } from './house.ts';

describe('who may use the bot', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.stop());

  it('under ACCESS=list: the chats of the list and operators, on both platforms; nobody else', async () => {
    const { telegram, discord } = world;
    const [stranger, operator] = [telegram.addUser(), telegram.addUser({ id: OPERATOR_ID })];
    const members = { bot: 'member', admins: [stranger] } as const;
    const listed = telegram.addChat({ type: 'supergroup', title: 'Listed', ...members });
    const other = telegram.addChat({ type: 'supergroup', title: 'Other', ...members });
    const closedChannel = discord.addChannel(discord.guild, { name: 'closed' });
    await world.startSheepdog({
      ACCESS: 'list',
      ALLOWED_CHATS: `telegram:${listed.id},discord:${discord.channel.id}`,
    });
    const ask = `/price@${telegram.botName} btc`;

    telegram.say(other, ask, stranger);
    telegram.say(telegram.privateChat(stranger), '/price btc', stranger);
    await telegram.said(telegram.privateChat(stranger), /private/);
    telegram.say(listed, ask, stranger);
    await telegram.said(listed, /BTCUSDT/);
    telegram.say(telegram.privateChat(operator), '/price btc', operator);
    await telegram.said(telegram.privateChat(operator), /BTCUSDT/);
    expect(other.messages.filter(({ text }) => /BTCUSDT|private/.test(text ?? ''))).toEqual([]);

    const open = await discord.answered(discord.command('price', { symbol: 'btc' }));
    expect(wordsOf(open)).toMatch(/BTCUSDT/);
    const refused = discord.command('price', { symbol: 'btc' }, { channel: closedChannel });
    await discord.waitFor('an end of the placeholder', () => refused.acknowledgedAt);
    // From an open channel nobody reaches into one that is not on the list.
    const reaching = await discord.answered(
      discord.command('subscribe', { symbol: 'btc', threshold: '2%', channel: closedChannel.id }),
    );
    expect(wordsOf(reaching)).toMatch(/cannot see/);
    expect(discord.violations).toEqual([]);
  });

  it('under ACCESS=approval: a new chat has no AI until an operator taps Approve', async () => {
    const { telegram, gateway } = world;
    const [person, operator] = [telegram.addUser(), telegram.addUser({ id: OPERATOR_ID })];
    await world.startSheepdog({ ACCESS: 'approval' });
    const chat = telegram.privateChat(person);
    const desk = telegram.privateChat(operator);
    telegram.say(desk, '/start', operator);
    await telegram.said(desk);

    telegram.say(chat, '/analyze btc', person);
    await telegram.said(chat, /waits for approval/);
    expect(gateway.requests).toEqual([]);

    const request = await telegram.said(desk, /approval/);
    const button = request.keyboard.flat().find(({ text }) => text === 'Approve');
    telegram.press(request, button?.callback_data ?? '', operator);
    await telegram.said(desk, /Approved/);
    telegram.say(chat, '/analyze btc', person);
    await telegram.said(chat, /\/100/);
  });

  it('on Discord also through the channel option: the alert is set and told there', async () => {
    const { discord, exchange } = world;
    await world.startSheepdog();
    const alerts = discord.addChannel(discord.guild, { name: 'alerts' });
    const set = await discord.answered(
      discord.command('subscribe', { symbol: 'btc', kind: 'move', threshold: '1.5%', channel: alerts.id }),
    );
    expect(wordsOf(set)).toMatch(/alerts[\s\S]*#[a-z0-9]{6}/);
    const listed = await discord.answered(discord.command('alerts', { channel: alerts.id }));
    expect(wordsOf(listed)).toMatch(/BTC/);
    expect(buttonsOf(listed).length).toBeGreaterThan(0);
    exchange.market.jump('BTCUSDT', -2);
    expect(wordsOf(await discord.posted(alerts, /BTC/))).toMatch(/🔻/u);
    const denied = await discord.answered(
      discord.command(
        'subscribe',
        { symbol: 'eth', threshold: '2%', channel: alerts.id },
        { user: discord.member },
      ),
    );
    expect(wordsOf(denied)).toMatch(/not an administrator/);
    expect(discord.violations).toEqual([]);
  });
});
