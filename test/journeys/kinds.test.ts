import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMarketRepository } from '../../src/store/market.ts';
import type { FakeChat } from '../world/telegram.ts';
import { untilArmed } from './armed.ts';
import { startWorld, type World } from './house.ts';

describe('an alert on another figure than the price', () => {
  let world: World;
  let chat: FakeChat;
  let say: (text: string) => void;
  beforeEach(async () => {
    world = await startWorld();
    await world.startSheepdog();
    const { telegram } = world;
    const person = telegram.addUser();
    chat = telegram.privateChat(person);
    say = (text) => telegram.say(chat, text, person);
    // Funding and liquidations are known from the first mark price on, which comes within a second of the start.
    const market = createMarketRepository(world.redis.connect());
    await vi.waitFor(async () => {
      const brief = await market.brief('BTCUSDT');
      expect(brief?.fundingRate).toBeDefined();
      expect(brief?.windows['5m'].liquidated).toBeDefined();
    });
  });
  afterEach(() => world.stop());

  /** Sets the rule and waits until the feed watches it. */
  async function set(text: string): Promise<void> {
    const before = chat.messages.length;
    say(text);
    await vi.waitFor(() =>
      expect(
        chat.messages
          .slice(before)
          .some(({ text }) => /State: watching; now[\s\S]*#[a-z0-9]{6}/.test(text ?? '')),
      ).toBe(true),
    );
  }
  const last = async () =>
    (await createMarketRepository(world.redis.connect()).brief('BTCUSDT'))?.last ?? Number.NaN;

  it('comes when much more is traded than usual', async () => {
    await set('/subscribe btc volume 5x');
    const price = await last();
    world.exchange.market.print('BTCUSDT', price, 3e9 / price);
    const bark = await world.telegram.said(chat, /^📊/u);
    expect(bark.text).toMatch(/^📊 BTC volume [\d.]+× usual · 5 min · now/);
  });

  it('comes when takers are on one side, and says on which', async () => {
    await set('/subscribe btc ratio 3 15m');
    const price = await last();
    world.exchange.market.print('BTCUSDT', price - 0.1, 3e9 / price);
    const bark = await world.telegram.said(chat, /^⚖️/u);
    expect(bark.text).toMatch(/^⚖️ BTC taker sells [\d.]+× the buys · 15 min · now/);
  });

  it('comes when the coming funding is far from nothing, on the side that was asked for', async () => {
    await set('/subscribe btc funding -0.05%');
    world.exchange.market.setFunding('BTCUSDT', 0.001);
    const market = createMarketRepository(world.redis.connect());
    await vi.waitFor(async () =>
      expect((await market.brief('BTCUSDT'))?.fundingRate).toBeGreaterThan(0.0009),
    );
    world.exchange.market.setFunding('BTCUSDT', -0.0008);
    const bark = await world.telegram.said(chat, /^💸/u);
    expect(bark.text).toMatch(/^💸 BTC funding −0\.0[78]\d* % · now/);
    expect(chat.messages.filter(({ text }) => text?.startsWith('💸'))).toHaveLength(1);
  });

  it('comes when forced orders were seen, and speaks of what was seen', async () => {
    await set('/subscribe btc liquidation 1m 5m');
    world.exchange.market.liquidate('ETHUSDT', 'SELL', 5e6);
    world.exchange.market.liquidate('BTCUSDT', 'SELL', 700_000);
    world.exchange.market.liquidate('BTCUSDT', 'BUY', 500_000);
    const bark = await world.telegram.said(chat, /^💥/u);
    expect(bark.text).toMatch(/^💥 BTC liquidations seen: 1\.2M USDT · 5 min · now/);
  });

  it('comes at the mark price that tells the funding, though nothing is traded', async () => {
    world.exchange.market.freeze('btcusdt@aggTrade');
    await set('/subscribe btc funding 0.05%');
    world.exchange.market.setFunding('BTCUSDT', 0.001);
    const bark = await world.telegram.said(chat, /^💸/u);
    expect(bark.text).toMatch(/^💸 BTC funding \+0\.(?:09|1)/u);
  });

  it('comes when a perpetual is settled', async () => {
    say('/subscribe listing');
    await world.telegram.said(chat, /Alert set/);
    world.exchange.market.setStatus('LTCUSDT', 'SETTLING');
    const bark = await world.telegram.said(chat, /^⏳ LTC/u);
    expect(bark.text).toMatch(/settl/i);
  });

  it('comes when two conditions hold at once, not when one of them does', async () => {
    await set('/subscribe btc volatility 1% 5m and volume 5x 5m');
    const { market } = world.exchange;
    market.jump('BTCUSDT', 2);
    // A later rule on the same market has seen the move: so has the first one.
    await set('/subscribe btc volatility 3% 5m');
    expect(chat.messages.some(({ text }) => /^[↕📊]/u.test(text ?? ''))).toBe(false);
    const price = await last();
    market.print('BTCUSDT', price, 3e9 / price);
    const bark = await world.telegram.said(chat, /^↕/u);
    expect(bark.text).toMatch(
      /range within 5 min reaches 1 %, and at the same time volume of 5 min reaches 5× its usual/,
    );
  });
});

describe('an alert in the symbol’s own deviations', () => {
  it('is set in σ, says so, and comes', async () => {
    const world = await startWorld({ volatility: 0.6 });
    try {
      await world.startSheepdog();
      const { telegram } = world;
      const person = telegram.addUser();
      const chat = telegram.privateChat(person);
      telegram.say(chat, '/subscribe btc move 30σ 5m', person);
      const set = await telegram.said(chat, /Alert set/);
      expect(set.text).toMatch(/moves 30σ either way within 5 min/);
      await untilArmed(world, set.text, 'BTCUSDT');
      world.exchange.market.jump('BTCUSDT', -9);
      const bark = await telegram.said(chat, /^🔻/u);
      expect(bark.text).toMatch(/^🔻 BTC −[\d.]+ %[\s\S]*moves 30σ either way/u);
    } finally {
      await world.stop();
    }
  });
});

describe('an alert on all symbols', () => {
  it('is set with how many these are, barks for one that nobody named, and tells why', async () => {
    const world = await startWorld();
    try {
      await world.startSheepdog();
      const { telegram, exchange } = world;
      const market = createMarketRepository(world.redis.connect());
      await vi.waitFor(async () => expect((await market.overview())?.rows.length).toBeGreaterThan(3));
      const person = telegram.addUser();
      const chat = telegram.privateChat(person);
      telegram.say(chat, '/subscribe all move 3% 5m', person);
      const set = await telegram.said(chat, /Alert set/);
      expect(set.text).toMatch(/What: every symbol moves 3 % either way within 5 min/);
      expect(set.text).toMatch(
        /State: watching[\s\S]*Symbols: \d+ now: those with at least 50M USDT in 24 h/,
      );
      const id = await untilArmed(world, set.text, 'SOLUSDT');
      exchange.market.jump('SOLUSDT', 4);
      const bark = await telegram.said(chat, /^🔺 SOL/u);
      expect(bark.text).toMatch(new RegExp(`rule #${id} every symbol moves 3 %`));
      const why = bark.keyboard.flat().find(({ text }) => text === 'Why');
      telegram.press(bark, why?.callback_data ?? '', person);
      await telegram.said(chat, new RegExp(`#${id} SOLUSDT moves 3 %[\\s\\S]*1: fired at`));
      telegram.say(chat, `/why ${id}`, person);
      await telegram.said(chat, new RegExp(`#${id} every symbol moves 3 %[\\s\\S]*SOL fired at .*delivered`));
      telegram.say(chat, '/unsubscribe all', person);
      await telegram.said(chat, /Removed[\s\S]*every symbol moves 3 %/);
    } finally {
      await world.stop();
    }
  });
});
