import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { wordsOf } from '../world/discord.ts';
import { startWorld, type World } from './house.ts';

describe('a message that told a bark', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.startSheepdog();
  });
  afterEach(() => world.stop());

  it('goes on telling of the same move, carries its chart, and says who saw it', {
    timeout: 60_000,
  }, async () => {
    const { telegram, discord, exchange } = world;
    const person = telegram.addUser({ first_name: 'Anna' });
    const chat = telegram.privateChat(person);
    for (const coin of ['btc', 'eth']) {
      telegram.say(chat, `/subscribe ${coin} move 1% 5m`, person);
      await telegram.said(chat, new RegExp(`${coin.toUpperCase()}USDT[\\s\\S]*#[a-z0-9]{6}`));
      await discord.answered(
        discord.command('subscribe', { symbol: coin, kind: 'move', threshold: '1%', window: '5m' }),
      );
    }
    const words = telegram.state.chats.get(chat.id)?.messages.length ?? 0;

    exchange.market.jump('BTCUSDT', -2);
    const bark = await telegram.said(chat, /^🔻 BTC/u);
    await telegram.until('its chart', () => bark.photo !== undefined, 30_000);
    exchange.market.jump('ETHUSDT', -3);
    await telegram.until('the other one in it', () => /🔻 ETH −[\s\S]*🔻 BTC −/u.test(bark.text));
    expect(chat.messages.slice(words).filter(({ byBot }) => byBot)).toEqual([bark]);

    const embed = await discord.posted(discord.channel, /BTC/);
    await discord.waitFor('the other one in it', () => /ETH/.test(wordsOf(embed)));

    const seen = bark.keyboard.flat().find(({ text }) => text.includes('Seen'));
    telegram.press(bark, seen?.callback_data ?? '', person);
    await telegram.until('who saw it', () => /✓ seen by .*Anna/u.test(bark.text));
    await vi.waitFor(() => expect(discord.violations).toEqual([]));
  });

  it('of two rules that barked at once carries one chart, without a sound where both of their kinds have none', {
    timeout: 60_000,
  }, async () => {
    const { telegram, discord, exchange } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    for (const kind of ['move', 'volatility']) {
      telegram.say(chat, `/subscribe btc ${kind} 1% 5m`, person);
      await telegram.said(chat, new RegExp(`Alert set[\\s\\S]*${kind === 'move' ? 'moves' : 'range'} `));
      telegram.say(chat, `/settings ${kind} silent`, person);
      await telegram.said(chat, new RegExp(`Alerts: with sound[^\\n]*${kind}: silent`));
      await discord.answered(
        discord.command('subscribe', { symbol: 'btc', kind, threshold: '1%', window: '5m' }),
      );
    }
    exchange.market.jump('BTCUSDT', -2);
    const bark = await telegram.said(chat, /^(?=[\s\S]*🔻 BTC)(?=[\s\S]*↕️ BTC)/u);
    expect(bark.silent).toBe(true);
    await telegram.until('its chart', () => bark.photo !== undefined, 30_000);
    const told = await discord.posted(discord.channel, /🔻 BTC/);
    expect(wordsOf(told)).toContain('↕️ BTC');
    await discord.waitFor('its chart', () => told.embeds?.some(({ image }) => image !== undefined), 30_000);
  });
});
