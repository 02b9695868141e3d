import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMarketRepository } from '../../src/store/market.ts';
import { buttonsOf, CHANNEL_TYPES, EPHEMERAL, roleListsOf, wordsOf } from '../world/discord.ts';
import type { FakeChat, FakeMessage, FakeUser } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

/** What the link on this button carries into the private chat. */
function payloadOf(message: FakeMessage, label: RegExp): string {
  const link = message.keyboard.flat().find(({ text }) => label.test(text));
  return new URL(link?.url ?? '').searchParams.get('start') ?? '';
}

describe('whoever is not where he may', () => {
  let world: World;
  let owner: FakeUser;
  let home: FakeChat;
  beforeAll(async () => {
    world = await startWorld();
    owner = world.telegram.addUser();
    home = world.telegram.privateChat(owner);
    await world.startSheepdog();
  });
  afterAll(async () => {
    expect(world.discord.violations).toEqual([]);
    await world.stop();
  });

  it('is led from a group on Telegram into his private chat, with the rule he wanted', async () => {
    const { telegram } = world;
    const member = telegram.addUser();
    const group = telegram.addChat({
      type: 'supergroup',
      title: 'Traders',
      admins: [owner],
      members: [member],
    });
    telegram.say(group, `/subscribe@${telegram.botName} btc volatility 1% 5m`, member);
    const refused = await telegram.said(group, /Only administrators/);
    const alone = telegram.privateChat(member);
    telegram.say(alone, `/start ${payloadOf(refused, /in private/)}`, member);
    const asked = await telegram.said(alone, /Set this alert here/);
    expect(asked.text).toMatch(/BTC volatility · 1% · 5m/);
    const set = asked.keyboard.flat().find(({ text }) => /Set it/.test(text));
    telegram.press(asked, set?.callback_data ?? '', member);
    await telegram.until('the rule', () => /Alert set[\s\S]*BTCUSDT/.test(asked.text));
  });

  it('sets a channel on Telegram up from private, picked from the list of his own, whose readers get links', async () => {
    const { telegram, exchange } = world;
    const channel = telegram.addChat({ type: 'channel', title: 'News', bot: 'left', admins: [owner] });
    telegram.say(home, '/start', owner);
    const start = await telegram.said(home, /Sheepdog watches/);
    telegram.press(start, 'v1:where', owner);
    const asked = await telegram.said(home, /Which channel or group/);
    telegram.share(asked, '📣 A channel', channel, owner);
    const chosen = await telegram.said(home, /What should I do there/);
    const sub = chosen.keyboard.flat().find(({ text }) => /Set an alert/.test(text))?.callback_data ?? '';
    telegram.press(chosen, sub, owner);
    await telegram.until('symbols', () => /Which symbol/.test(chosen.text));
    telegram.say(home, `/subscribe ${channel.id} eth volatility 1% 5m`, owner);
    await telegram.said(home, /ETHUSDT[\s\S]*News/);
    for (const [line, wanted] of [
      [`/mute ${channel.id} 1h`, /muted until[\s\S]*News/],
      [`/mute ${channel.id} off`, /told again[\s\S]*News/],
      [`/sleep ${channel.id} 01:00-02:00`, /Quiet hours[\s\S]*News/],
      [`/report ${channel.id} 08:00`, /08:00[\s\S]*News/],
      [`/cost ${channel.id} 09:00`, /09:00[\s\S]*News/],
      [`/settings ${channel.id} tz Asia/Seoul`, /Settings of “News”[\s\S]*Asia\/Seoul/],
      [`/alerts ${channel.id}`, /ETH/],
    ] as const) {
      telegram.say(home, line, owner);
      await telegram.said(home, wanted);
    }
    // Nothing of it was said in the channel, where all its readers are.
    expect(channel.messages).toEqual([]);
    exchange.market.jump('ETHUSDT', 2);
    const bark = await telegram.said(channel, /ETH/);
    expect(bark.keyboard.flat().map(({ callback_data }) => callback_data)).toEqual(['', '', '']);
    const reader = telegram.addUser();
    const alone = telegram.privateChat(reader);
    telegram.say(alone, `/start ${payloadOf(bark, /Me too/)}`, reader);
    expect((await telegram.said(alone, /Set this alert here/)).text).toMatch(/ETH volatility · 1% · 5m/);
    telegram.say(alone, `/start ${payloadOf(bark, /Analyze/)}`, reader);
    await telegram.said(alone, /ETHUSDT/);
  });

  it('is led from a server on Discord into the direct channel, which is one chat with what he says there', async () => {
    const { discord } = world;
    const { member } = discord;
    const refused = await discord.answered(
      discord.command('subscribe', { symbol: 'btc', kind: 'volatility', threshold: '1%' }, { user: member }),
    );
    expect(refused.flags & EPHEMERAL).toBe(EPHEMERAL);
    const lead = buttonsOf(refused).find(({ label }) => /in private/.test(label));
    discord.press(refused, lead?.custom_id ?? '', member);
    const direct = discord.directChannel(member);
    const asked = await discord.posted(direct, /Set this alert here/);
    const set = buttonsOf(asked).find(({ label }) => /Set it/.test(label));
    discord.press(asked, set?.custom_id ?? '', member);
    await discord.waitFor('the rule', () => /Alert set/.test(wordsOf(asked)));
    const list = await discord.answered(discord.command('alerts', {}, { user: member, channel: direct }));
    expect(wordsOf(list)).toMatch(/BTC/);
  });

  it('is answered on Discord wherever he brings the bot along, and sets nothing there', async () => {
    const { discord } = world;
    for (const where of ['server', 'chat'] as const) {
      const visit = discord.visit('price', { symbol: 'btc' }, discord.member, where);
      expect(wordsOf(await discord.answered(visit))).toMatch(/BTCUSDT/);
    }
    const keys = await world.redis.connect().keys('*visitor*');
    expect(keys.filter((key) => /chat|address/.test(key))).toEqual([]);
  });

  it('finds settings on Discord by buttons, a form and the server’s own roles', async () => {
    const { discord } = world;
    const news = discord.addChannel(discord.guild, { name: 'news', type: CHANNEL_TYPES.announcement });
    const screen = await discord.answered(discord.command('settings', {}, { channel: news }));
    expect(screen.flags & EPHEMERAL).toBe(EPHEMERAL);
    const pressed = async (label: RegExp, wanted: RegExp) => {
      const button = buttonsOf(screen).find((each) => label.test(each.label));
      const press = discord.press(screen, button?.custom_id ?? '');
      await discord.waitFor(String(wanted), () => wanted.test(wordsOf(screen)) || press.form);
      return press;
    };
    await pressed(/Time zone/, /Which time zone/);
    discord.fill(await pressed(/Type it/, /never/), 'reykjavik');
    await discord.waitFor('the zone', () => /Atlantic\/Reykjavik/.test(wordsOf(screen)));
    await pressed(/Role to call/, /may call one role/);
    expect(roleListsOf(screen)).toHaveLength(1);
    discord.choose(screen, '123456789012345678');
    await discord.waitFor('the role', () => wordsOf(screen).includes('<@&123456789012345678>'));
    await pressed(/Publish to followers: no/, /Publish to followers\W+yes/);
    await pressed(/Alert messages/, /How many messages/);
    await pressed(/^30$/, /at most 30/);
  });

  it('is told what the bot may not do in the channel that he chose', async () => {
    const { discord } = world;
    const deaf = discord.addChannel(discord.guild, { name: 'deaf', botPermissions: 1n << 10n });
    const told = await discord.answered(
      discord.command('subscribe', { symbol: 'btc', kind: 'move', threshold: '2%', channel: deaf.id }),
    );
    expect(wordsOf(told)).toMatch(/cannot post in “#deaf”.*Send Messages, Embed Links, Attach Files/);
    expect(await createMarketRepository(world.redis.connect()).brief('BTCUSDT')).toBeDefined();
  });
});
