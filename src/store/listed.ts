import { z } from 'zod';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';
import { readJson } from './rule-json.ts';

/** How a perpetual stood at the last look: announced, traded, being settled, or no longer there. */
const STANDINGS = ['pending', 'trading', 'settling', 'gone'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Listed {
  standing: Standing;
  /** Grows by one with each change. */
  change: number;
}

/** The perpetuals of a shard as its owner last saw them, so that changes are seen across any downtime. */
export interface ListedRepository {
  /** Undefined before the first look. */
  read(shard: number): Promise<Map<string, Listed> | undefined>;
  write(shard: number, changed: ReadonlyMap<string, Listed>): Promise<void>;
}

const listedSchema = z.object({ standing: z.enum(STANDINGS), change: z.number().int().nonnegative() });
/** Field that says that the shard was looked at, though it may have no symbol. */
const SEEN = '';

export function createListedRepository(store: Store): ListedRepository {
  return {
    async read(shard) {
      const kept = Object.entries(await store.hgetall(keys.listed(shard)));
      if (kept.length === 0) return undefined;
      return new Map(
        kept.flatMap(([symbol, text]) => {
          const listed = symbol === SEEN ? undefined : readJson(listedSchema, text);
          return listed ? [[symbol, listed]] : [];
        }),
      );
    },
    async write(shard, changed) {
      const fields = [...changed].flatMap(([symbol, listed]) => [symbol, JSON.stringify(listed)]);
      await store.hset(keys.listed(shard), SEEN, '1', ...fields);
    },
  };
}
