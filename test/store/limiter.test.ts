import { describe, expect, it } from 'vitest';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import { useRedis } from '../support/each-test.ts';

const rate = { intervalMs: 1_000, burst: 3 };

describe('the limiter', () => {
  let limiter: Limiter;
  useRedis((redis) => {
    limiter = createLimiter(redis.connect());
  });

  it('gives a burst at once and then says when to come back', async () => {
    for (let i = 0; i < 3; i++)
      expect(await limiter.take('a', rate, 0)).toMatchObject({ taken: true, waitMs: 0 });
    const refused = await limiter.take('a', rate, 0);
    expect(refused.taken).toBe(false);
    expect(refused.waitMs).toBeGreaterThan(800);
    expect(refused.waitMs).toBeLessThanOrEqual(1_000);
    expect(await limiter.take('b', rate, 0)).toMatchObject({ taken: true });
  });

  it('gives slots ahead within the horizon', async () => {
    const slots = [];
    for (let i = 0; i < 5; i++) slots.push(await limiter.take('a', { intervalMs: 1_000, burst: 1 }, 2_500));
    expect(slots.map(({ taken }) => taken)).toEqual([true, true, true, false, false]);
    expect(slots[2]?.waitMs).toBeGreaterThan(1_500);
  });

  it('takes a slot back', async () => {
    for (let i = 0; i < 3; i++) await limiter.take('a', rate, 0);
    await limiter.giveBack('a', rate);
    expect(await limiter.take('a', rate, 0)).toMatchObject({ taken: true });
  });

  it('is silent for as long as a platform says, without a burst after it', async () => {
    await limiter.penalise('a', rate, 5_000);
    expect((await limiter.take('a', rate, 0)).waitMs).toBeGreaterThan(4_900);
    const [first, second] = [await limiter.take('a', rate, 6_000), await limiter.take('a', rate, 6_000)];
    expect(first.taken).toBe(true);
    expect(second.waitMs - first.waitMs).toBeGreaterThan(900);
  });
});
