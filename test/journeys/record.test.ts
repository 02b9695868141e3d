import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { QUEUE_PREFIX } from '../../src/store/keys.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { QUEUES } from '../../src/store/queues.ts';
import { createCallRecord, HORIZON_MS } from '../../src/store/record.ts';
import { startWorld, type World } from './house.ts';

describe('the record of the AI', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.startSheepdog({ ANALYSIS_EVERY: '1h', SYMBOLS: 'BTCUSDT' });
  });
  afterAll(() => world.stop());

  it('gets each scheduled call before its outcome, and is told to whoever asks', async () => {
    const { telegram } = world;
    const store = world.redis.connect();
    const market = createMarketRepository(store);
    await vi.waitFor(async () => expect((await market.brief('BTCUSDT'))?.mark).toBeDefined());
    const record = createCallRecord(store);
    const calls = () => record.read('BTCUSDT', Date.now() - HORIZON_MS.h4, Date.now());

    // The hour comes: the waiting job of the scheduler is made due.
    const queue = new Queue(QUEUES.clerk, { connection: store, prefix: QUEUE_PREFIX });
    for (const job of await queue.getDelayed()) {
      if (job.data.task === 'analysis') await job.promote();
    }
    await queue.close();
    await vi.waitFor(async () => expect(await calls()).not.toHaveLength(0));
    const [call] = await calls();
    expect(call).toMatchObject({ kind: 'call', trigger: 'scheduled', outcomes: {} });
    // The market of this world stands still.
    expect(call?.mark).toBe((await market.brief('BTCUSDT'))?.mark);

    // A quarter of an hour later it had risen by a percent, as far as the record is concerned.
    const due = (await record.due(Date.now() + HORIZON_MS.m15)).find((each) => each.id === call?.id);
    if (!due || !call) throw new Error('nothing is due');
    await record.resolve(due, { mark: call.mark * 1.01, at: due.at });

    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/accuracy btc', person);
    const told = await telegram.said(chat, /record/);
    expect(told.text).toMatch(/deepseek[\s\S]*15 min[\s\S]*100 % of 1 right[\s\S]*not enough data/);
  });
});
