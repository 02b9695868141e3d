import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLeases } from '../../src/store/leases.ts';
import { createSnapshots } from '../../src/store/snapshots.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

it('keeps bytes as they are, and takes none from an owner that was replaced', async () => {
  const store = redis.connect();
  const leases = createLeases(store);
  const snapshots = createSnapshots(store);
  const first = (await leases.acquire(5, 'a', 60_000)) ?? 0;
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  expect(await snapshots.save(5, first, new Map([['BTCUSDT', bytes]]))).toBe(true);
  expect(await snapshots.load(5, 'BTCUSDT')).toEqual(bytes);
  expect(await snapshots.load(5, 'ETHUSDT')).toBeUndefined();
  await leases.release(5, 'a', first);
  await leases.acquire(5, 'b', 60_000);
  expect(await snapshots.save(5, first, new Map([['BTCUSDT', Buffer.from('old')]]))).toBe(false);
  expect(await snapshots.load(5, 'BTCUSDT')).toEqual(bytes);
});
