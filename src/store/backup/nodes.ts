import { Cluster, type Redis } from 'ioredis';
import type { Store } from '../redis.ts';
import { PATTERNS } from './form.ts';

/** Every server that holds data. */
export async function dataNodes(store: Store): Promise<Redis[]> {
  if (!(store instanceof Cluster)) return [store];
  await store.ping();
  return store.nodes('master');
}

/** Sheepdog's keys, each once, in no order. */
export async function* ownKeys(store: Store): AsyncGenerator<string> {
  for (const node of await dataNodes(store)) {
    for (const pattern of PATTERNS) {
      // A scan may name a key twice.
      const seen = new Set<string>();
      let cursor = '0';
      do {
        const [next, found] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
        cursor = next;
        for (const key of found) {
          if (!seen.has(key)) yield key;
          seen.add(key);
        }
      } while (cursor !== '0');
    }
  }
}
