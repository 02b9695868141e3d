import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDay } from '../../src/kit/local-time.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createBudget } from '../../src/store/budget.ts';
import { dumpStore } from '../support/dump.ts';
import { wordsOf } from '../world/discord.ts';
import { startWorld, type World } from './house.ts';

describe('a question to the AI', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.startSheepdog();
  });
  afterAll(() => world.stop());

  it('is answered on Telegram, with the result in Redis and its cost in the ledger', async () => {
    const person = world.telegram.addUser();
    const chat = world.telegram.privateChat(person);
    world.gateway.next({
      type: 'reading',
      reading: {
        sentiment: 64,
        summary: 'Buyers lead, range stays narrow',
        drivers: [{ feature: 'change_1h', effect: 'up' }],
        risk: 'medium',
        horizon: '1h',
        abstain: false,
      },
    });
    world.telegram.say(chat, '/analyze BTCUSDT', person);

    await world.telegram.waitFor('sendChatAction', (payload) => payload.action === 'typing');
    const answer = await world.telegram.said(chat, /Buyers lead/);
    expect(answer.text).toMatch(/64/);
    expect(answer.text).toMatch(/BTCUSDT/);
    expect(answer.text).toMatch(/deepseek/);

    const store = world.redis.connect();
    const analysis = await createAnalysesRepository(store).latest('BTCUSDT');
    expect(analysis?.reading).toMatchObject({ sentiment: 64, summary: 'Buyers lead, range stays narrow' });
    expect(analysis?.costNano).toBeGreaterThan(0);
    const today = localDay(Date.now(), 'UTC');
    const cost = await createBudget(store).summary(today, today, 'UTC', undefined, {
      bot: undefined,
      chat: undefined,
    });
    expect(cost).toMatchObject({ calls: 1, costNano: analysis?.costNano, reservedNano: 0 });
  });

  it('is acknowledged on Discord before any work, then answered', async () => {
    const asked = world.discord.command('analyze', { symbol: 'ETHUSDT' });
    const answer = await world.discord.answered(asked);
    expect(asked.acknowledgedAt).toBeDefined();
    expect(wordsOf(answer)).toMatch(/ETHUSDT/);
    expect(wordsOf(answer)).toMatch(/\/ ?100|sentiment/i);
    expect(world.discord.violations).toEqual([]);
  });

  it('cannot be used to inject markup or mentions, on either platform', async () => {
    const hostile = '<b>@everyone</b> [x](http://e.vil) **now**';
    world.gateway.always({
      type: 'reading',
      reading: {
        sentiment: 50,
        summary: hostile,
        drivers: [{ feature: 'change_1h', effect: 'neutral' }],
        risk: 'low',
        horizon: '1h',
        abstain: false,
      },
    });
    const person = world.telegram.addUser();
    const chat = world.telegram.privateChat(person);
    world.telegram.say(chat, '/analyze BNBUSDT', person);
    const told = await world.telegram.said(chat, /BNBUSDT/);
    expect(told.text).not.toMatch(/http/);
    const shown = await world.discord.answered(world.discord.command('analyze', { symbol: 'BNBUSDT' }));
    expect(JSON.stringify(shown)).not.toMatch(/http:\/\/e\.vil|@everyone/);
    world.gateway.always({ type: 'reading' });
  });

  it('about an unknown symbol gets the nearest ones and stores nothing', async () => {
    const calls = world.gateway.requests.length;
    const answer = await world.discord.answered(world.discord.command('analyze', { symbol: 'BTCUSTD' }));
    expect(wordsOf(answer)).toMatch(/BTCUSTD[\s\S]*BTCUSDT/);
    expect(world.gateway.requests.length).toBe(calls);
  });

  it('about a symbol that nobody watched is answered too: it is in use from then on', async () => {
    const answer = await world.discord.answered(
      world.discord.command('price', { symbol: '币安人生' }),
      10_000,
    );
    expect(wordsOf(answer)).toMatch(/币安人生USDT/);
    expect(world.exchange.subscriptions('market')).toContain('币安人生usdt@aggTrade');
  });

  it('leaves no secret in Redis, logs or answers', async () => {
    const secrets = [world.telegram.token, world.discord.token, world.gateway.apiKey];
    const said = [
      ...world.log,
      await dumpStore(world.redis.connect()),
      JSON.stringify(world.telegram.calls.map(({ method, payload }) => [method, payload])),
      JSON.stringify(world.discord.state.messages),
    ].join('\n');
    for (const secret of secrets) expect(said.includes(secret)).toBe(false);
  });
});
