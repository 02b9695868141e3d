import { createHash } from 'node:crypto';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** One Redis or a Redis Cluster: everything Sheepdog uses works on both. */
export type Store = Redis | Cluster;

/** How to reach the store. */
export type StoreAddress =
  | { type: 'url'; url: string }
  | { type: 'socket'; path: string }
  | { type: 'cluster'; nodes: readonly string[] };

/** `request`: answers a person, so it fails within seconds. `worker`: waits for Redis to come back, for ever. */
export type StoreProfile = 'request' | 'worker';

// A half-open socket would hang for ever without a socket timeout; commands that block (BullMQ, XREAD) wait at most 10 s.
// RESP2 keeps the reply shapes that BullMQ and our scripts were written against.
const PROFILES = {
  request: { protocol: 2, maxRetriesPerRequest: 1, socketTimeout: 15_000, commandTimeout: 5_000 },
  worker: { protocol: 2, maxRetriesPerRequest: null, socketTimeout: 15_000 },
} as const satisfies Record<StoreProfile, RedisOptions>;

/** Opens a connection; it reconnects by itself. The caller ends it with `quit()` or `disconnect()`. */
export function connectStore(address: StoreAddress, profile: StoreProfile): Store {
  const options = PROFILES[profile];
  if (address.type === 'socket') return new Redis({ ...options, path: address.path });
  if (address.type === 'url') return new Redis(address.url, options);
  const [first] = address.nodes;
  if (first === undefined) throw new Error('REDIS_CLUSTER names no node');
  const { username, password, protocol } = new URL(first);
  return new Cluster(
    address.nodes.map((node) => {
      const { hostname, port } = new URL(node);
      return { host: hostname, port: Number(port || 6379) };
    }),
    {
      redisOptions: {
        ...options,
        ...(username ? { username: decodeURIComponent(username) } : {}),
        ...(password ? { password: decodeURIComponent(password) } : {}),
        ...(protocol === 'rediss:' ? { tls: {} } : {}),
      },
    },
  );
}

/** A Lua script, sent once and then called by its hash. Scripts must be idempotent: a reconnect may run one twice. */
export interface Script {
  run(store: Store, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown>;
}

/** Prepares a Lua script; all keys of one call share one tag. */
export function defineScript(lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  return {
    async run(store, keys, args) {
      try {
        return await store.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
          return await store.eval(lua, keys.length, ...keys, ...args);
        }
        throw error;
      }
    },
  };
}
