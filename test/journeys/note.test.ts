import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBudget } from '../../src/store/budget.ts';
import type { FakeChat } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('the note on a bark', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.stop());

  const subscribe = async (chat: FakeChat, from: Parameters<World['telegram']['say']>[2]) => {
    world.telegram.say(chat, '/subscribe btc move 1.5% 5m', from);
    await world.telegram.said(chat, /#[a-z0-9]{6}/);
  };
  /** The bark in a chat as it is now. */
  const barkIn = (chat: FakeChat) => chat.messages.find(({ text }) => /^🔺/u.test(text ?? ''))?.text ?? '';

  it('comes into the message that told it, in each chat’s language, for one call on the bot’s account', async () => {
    await world.startSheepdog();
    const { telegram, discord, gateway, exchange } = world;
    const [mia, jun] = [telegram.addUser(), telegram.addUser({ language_code: 'ko' })];
    const [english, korean] = [telegram.privateChat(mia), telegram.privateChat(jun)];
    await subscribe(english, mia);
    await subscribe(korean, jun);
    await discord.answered(discord.command('subscribe', { symbol: 'btc', kind: 'move', threshold: '1.5%' }));

    exchange.market.jump('BTCUSDT', 2);
    await vi.waitFor(() => {
      expect(barkIn(english)).toMatch(/Why now: Buyers lead while the range stays calm/);
      expect(barkIn(korean)).toMatch(/왜 지금: 매수세가 우세하고 변동성은 낮음/);
    });
    // What is unusual is named by the model, and measured by code.
    expect(barkIn(english)).toMatch(/Unusual: .*\d/);
    expect(barkIn(english)).toMatch(/opinion, not advice/);
    await discord.posted(discord.channel, /Why now[\s\S]*Buyers lead/);
    const notes = gateway.requests.filter(({ body }) =>
      body?.messages.some(({ content }) => content.includes('"why"')),
    );
    // One, unless the machine is so slow that the last is told when the call is under way.
    expect([1, 2]).toContain(notes.length);
    const day = new Date().toISOString().slice(0, 10);
    const budget = createBudget(world.redis.connect());
    expect((await budget.summary(day, day, 'UTC', 'bot', { bot: undefined, chat: undefined })).calls).toBe(
      notes.length,
    );
  });

  it('is not asked for with a budget of zero, which /why says once, and no bark', async () => {
    await world.startSheepdog({ AI_DAILY_BUDGET_USD: '0' });
    const { telegram, gateway, exchange } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    await subscribe(chat, person);
    exchange.market.jump('BTCUSDT', 2);
    // The chart comes at once where no note is expected.
    await vi.waitFor(() =>
      expect(telegram.calls.some(({ method }) => method === 'editMessageMedia')).toBe(true),
    );
    expect(barkIn(chat)).toMatch(/BTC/);
    expect(barkIn(chat)).not.toMatch(/AI/);
    telegram.say(chat, '/why', person);
    await telegram.said(chat, /AI note: none with these alerts: the operator set the AI’s budget to zero/);
    expect(gateway.requests).toEqual([]);
  });

  it('says why there is none, and the bark never waited for it', async () => {
    await world.startSheepdog();
    const { telegram, gateway, exchange } = world;
    gateway.always({ type: 'status', status: 500 });
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    await subscribe(chat, person);
    exchange.market.jump('BTCUSDT', 2);
    await vi.waitFor(() => expect(barkIn(chat)).toMatch(/No AI note: the AI gave no usable answer/));
  });
});
