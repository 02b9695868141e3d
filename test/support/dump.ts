import type { Store } from '../../src/store/redis.ts';

/** Everything in Redis as plain text: each key with its whole value. */
export async function dumpStore(store: Store): Promise<string> {
  const lines: string[] = [];
  for (const key of await store.keys('*')) {
    lines.push(`${key} ${JSON.stringify(await contentOf(store, key))}`);
  }
  return lines.join('\n');
}

async function contentOf(store: Store, key: string): Promise<unknown> {
  switch (await store.type(key)) {
    case 'string':
      return await store.get(key);
    case 'hash':
      return await store.hgetall(key);
    case 'list':
      return await store.lrange(key, 0, -1);
    case 'set':
      return await store.smembers(key);
    case 'zset':
      return await store.zrange(key, 0, '-1', 'WITHSCORES');
    case 'stream':
      return await store.xrange(key, '-', '+');
    default:
      return undefined;
  }
}
