import { describe, expect, it } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { prepareStore } from '../../src/store/prepare.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';

describe('preparing a store', () => {
  let store: Store;
  useRedis((redis) => {
    store = redis.connect();
  });

  it('marks an empty store and finds nothing to warn about in the embedded server', async () => {
    expect(await prepareStore(store, 'live')).toEqual([]);
    expect(await store.get(keys.source)).toBe('live');
    expect(await prepareStore(store, 'live')).toEqual([]);
  });

  it('never lets a simulated market into a store of the live one', async () => {
    await prepareStore(store, 'live');
    await expect(prepareStore(store, 'simulated')).rejects.toThrow(/holds a live market/);
  });

  it('refuses a store written by a newer version', async () => {
    await store.set(keys.schema, '99');
    await expect(prepareStore(store, 'live')).rejects.toThrow(/newer Sheepdog/);
  });

  it('warns of settings that can lose data', async () => {
    await store.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await store.config('SET', 'appendonly', 'no');
    const warnings = await prepareStore(store, 'live');
    expect(warnings.join(' ')).toMatch(/noeviction.*appendonly/);
    await store.config('SET', 'maxmemory-policy', 'noeviction');
  });
});
