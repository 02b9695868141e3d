import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

/** Where a rule on 90,000 is armed again at the latest: 0.2 % below. */
const BACK = 90_000 * 0.998;

it('adds to its bark that a rule is back to normal, once for each that was told, where the chat wants it', async () => {
  const world = await startFeedWorld(redis);
  try {
    await world.feed().start();
    const { market } = world.exchange;
    for (const rule of [
      priceRule({ mode: 'repeat', tellNormal: true, cooldownMs: 60_000 }),
      priceRule({ id: 'mute23', mode: 'repeat' }),
    ]) {
      const { commandId } = await world.rules.save(rule, 10);
      await world.rules.awaitAnswer('BTCUSDT', commandId, 5_000);
    }
    market.print('BTCUSDT', 90_500, 0.01);
    await vi.waitFor(() => expect(world.post.posted).toHaveLength(2), SOON);
    expect(world.post.amended).toEqual([]);
    market.print('BTCUSDT', 88_000, 0.01);
    await vi.waitFor(() => expect(world.post.amended).toHaveLength(1), SOON);
    expect(world.post.amended).toMatchObject([
      {
        chat: 'chat-1',
        amendment: {
          type: 'amendment',
          eventId: 'normal:abc234:BTCUSDT.1',
          of: 'abc234:BTCUSDT.1',
          what: 'normal',
          // The test's market trades by itself too: whichever trade was back first.
          price: expect.toSatisfy((price: number) => price > 0 && price <= BACK),
        },
      },
    ]);
    // A crossing within the cooldown is not told, and so is its end.
    market.print('BTCUSDT', 90_600, 0.01);
    market.print('BTCUSDT', 88_100, 0.01);
    await vi.waitFor(() => expect(world.post.posted).toHaveLength(3), SOON);
    await vi.waitFor(async () => {
      const states = await world.rules.instances([priceRule()]);
      expect(states.get('abc234:BTCUSDT')).toMatchObject({ phase: 'armed', suppressed: 1 });
    }, SOON);
    expect(world.post.amended).toHaveLength(1);
  } finally {
    await world.stop();
  }
});
