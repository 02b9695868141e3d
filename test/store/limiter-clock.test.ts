import { expect, it } from 'vitest';
import { isMomentary } from '../../src/store/backup/form.ts';
import { keys } from '../../src/store/keys.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';

const rate = { intervalMs: 1_000, burst: 3 };
const HOUR_MS = 3_600_000;

let store: Store;
useRedis((redis) => {
  store = redis.connect();
});

it('a time further ahead than any pause is of another clock, and silences nobody', async () => {
  const limiter = createLimiter(store);
  const ahead = (await limiter.now()) + 3 * HOUR_MS;
  await store.set(keys.limit('a'), String(ahead));
  expect(await limiter.take('a', rate, 0)).toMatchObject({ taken: true, waitMs: 0 });
  await store.set(keys.limit('a'), String(ahead));
  await limiter.penalise('a', rate, HOUR_MS);
  expect((await limiter.take('a', rate, 0)).waitMs).toBeLessThanOrEqual(HOUR_MS);
});

it('a pause is kept however long a platform wants it, up to two hours', async () => {
  const limiter = createLimiter(store);
  await limiter.penalise('a', rate, 24 * HOUR_MS);
  const { taken, waitMs } = await limiter.take('a', rate, 0);
  expect(taken).toBe(false);
  expect(waitMs).toBeGreaterThan(1.9 * HOUR_MS);
  expect(waitMs).toBeLessThanOrEqual(2 * HOUR_MS);
});

it('no limit is part of a backup', () => {
  expect(isMomentary(keys.limit('telegram:-1'))).toBe(true);
});
