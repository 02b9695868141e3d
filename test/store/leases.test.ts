import { expect, it } from 'vitest';
import { createCommits } from '../../src/store/commits.ts';
import { keys } from '../../src/store/keys.ts';
import { createLeases, type Leases } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';

let store: Store;
let leases: Leases;

useRedis((redis) => {
  store = redis.connect();
  leases = createLeases(store);
});

/** Takes a lease that must be free. */
async function take(owner: string): Promise<number> {
  const epoch = await leases.acquire(5, owner, 60_000);
  if (epoch === undefined) throw new Error('the lease is held');
  return epoch;
}

it('belongs to one owner, who renews it under the same epoch', async () => {
  const epoch = await take('a|1');
  expect(await leases.acquire(5, 'b', 60_000)).toBeUndefined();
  expect(await leases.acquire(5, 'a|1', 60_000)).toBe(epoch);
  expect(await leases.owners()).toEqual(new Map([[5, 'a|1']]));
});

it('goes to another when it runs out, under a greater epoch', async () => {
  const first = await leases.acquire(5, 'a', 1);
  await expect.poll(() => store.exists(keys.lease(5))).toBe(0);
  expect(await take('b')).toBeGreaterThan(first ?? 0);
});

it('that ran out and nobody had since goes on under its epoch, and under a new one otherwise', async () => {
  const epoch = await take('a');
  await store.del(keys.lease(5));
  expect(await leases.acquire(5, 'a', 60_000, epoch)).toBe(epoch);
  await store.del(keys.lease(5));
  const other = await take('b');
  await leases.release(5, 'b', other);
  expect(await leases.acquire(5, 'a', 60_000, epoch)).toBeGreaterThan(other);
});

it('is given back only by who holds it, with its epoch', async () => {
  const epoch = await take('a');
  await leases.release(5, 'b', epoch);
  await leases.release(5, 'a', epoch - 1);
  expect(await leases.owners()).toEqual(new Map([[5, 'a']]));
  await leases.release(5, 'a', epoch);
  expect(await leases.owners()).toEqual(new Map());
  expect(await take('b')).toBeGreaterThan(epoch);
});

it('has an epoch that grows even if the last one is lost', async () => {
  const epoch = await take('a');
  await store.del(keys.lease(5), keys.epoch(5));
  expect(await take('b')).toBeGreaterThanOrEqual(epoch);
});

it('fences the writes of a holder that slept through its loss', async () => {
  const commits = createCommits(store);
  const asleep = await take('a');
  await store.del(keys.lease(5));
  const awake = await take('b');
  expect(await commits.commit(5, asleep, 'BTCUSDT', 'old', [])).toBe('lost');
  expect(await commits.commit(5, awake, 'BTCUSDT', 'new', [])).toBe(0);
});
