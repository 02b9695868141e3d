import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { priceRule, startFeedWorld } from './support.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

it('barks for a change of open interest inside a window that the past makes known at once', async () => {
  const asked: string[] = [];
  const world = await startFeedWorld(redis, {
    guard: (request) => {
      asked.push(request.url ?? '');
      return undefined;
    },
  });
  try {
    await world.feed().start();
    const { market } = world.exchange;
    const { commandId } = await world.rules.save(
      priceRule({ kind: 'oi', direction: 'either', threshold: 3, rearm: 2.1, window: '1h' }),
      10,
    );
    await world.rules.awaitAnswer('BTCUSDT', commandId, 5_000);
    // Before it has seen where open interest stands a rule cannot be crossed.
    await vi.waitFor(
      async () => {
        const states = await world.rules.instances([priceRule()]);
        expect(states.get('abc234:BTCUSDT')?.phase).toBe('armed');
      },
      { timeout: 8_000 },
    );
    const before = (await world.market.brief('BTCUSDT'))?.openInterest?.value ?? 0;
    market.setOpenInterest('BTCUSDT', before * 0.95);
    await vi.waitFor(() => expect(world.post.posted).toMatchObject([{ notice: { rule: { kind: 'oi' } } }]), {
      timeout: 8_000,
    });
    const [{ notice } = { notice: undefined }] = world.post.posted;
    expect(notice?.type === 'alert' && notice.firing.value).toBeCloseTo(-5, 1);
    expect(asked.filter((url) => url.startsWith('/futures/data/openInterestHist'))).toHaveLength(1);
  } finally {
    await world.stop();
  }
});
