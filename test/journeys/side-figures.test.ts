import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { makeAnalysis, makeReading } from '../support/analyses.ts';
import type { FakeChat, FakeUser } from '../world/telegram.ts';
import { untilArmed } from './armed.ts';
import { startWorld, type World } from './house.ts';

describe('an alert on what is only known when it is asked for', () => {
  let world: World;
  let chat: FakeChat;
  let person: FakeUser;
  beforeEach(async () => {
    world = await startWorld();
    await world.startSheepdog();
    person = world.telegram.addUser();
    chat = world.telegram.privateChat(person);
  });
  afterEach(() => world.stop());

  it('comes when open interest has changed so much', async () => {
    const { telegram, exchange } = world;
    telegram.say(chat, '/subscribe btc oi 3% 1h', person);
    const set = await telegram.said(chat, /open interest changes 3 % either way within 1 hr/);
    await untilArmed(world, set.text, 'BTCUSDT');
    const market = createMarketRepository(world.redis.connect());
    const value = await vi.waitFor(async () => {
      const interest = (await market.brief('BTCUSDT'))?.openInterest?.value;
      expect(interest).toBeDefined();
      return interest ?? Number.NaN;
    });
    exchange.market.setOpenInterest('BTCUSDT', value * 0.95);
    // It is asked for again within 20 seconds.
    const bark = await telegram.said(chat, /^📈/u, 40_000);
    expect(bark.text).toMatch(/^📈 BTC open interest −[45]\.?\d* % · 1 hr · now/u);
  });

  it('comes when a reading that somebody asked for reaches the level', async () => {
    const { telegram, gateway, redis } = world;
    const finishedAt = Date.now() - 10 * 60_000;
    await createAnalysesRepository(redis.connect()).save(
      makeAnalysis({ reading: makeReading({ sentiment: 60 }), createdAt: finishedAt, finishedAt }),
    );
    telegram.say(chat, '/subscribe btc sentiment 80', person);
    const set = await telegram.said(chat, /AI sentiment rises to 80/);
    await untilArmed(world, set.text, 'BTCUSDT');
    gateway.next({ type: 'reading', reading: { sentiment: 86, summary: 'Buyers lead', abstain: false } });
    telegram.say(chat, '/analyze btc', person);
    const bark = await telegram.said(chat, /^🧠 BTC AI sentiment/u);
    expect(bark.text).toMatch(/^🧠 BTC AI sentiment 86 · now/u);
  });
});
