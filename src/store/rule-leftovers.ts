import { ALL_SYMBOLS } from '../alerts/rule.ts';
import { keys, shardOf } from './keys.ts';
import type { Store } from './redis.ts';

/** Fields that are looked at, and at most removed, by one command. */
const PAGE = 500;

/**
 * Removes what a shard still keeps of instances whose rules are gone for good: their ids do not even rest any more, so no
 * Undo brings them back and nobody remembers their events. Until then episodes go on counting. Whoever does it, and
 * however often, does the same. Returns how many fields went.
 */
export async function removeLeftovers(store: Store, shard: number): Promise<number> {
  let removed = 0;
  for (const name of [keys.instances(shard), keys.episodes(shard)]) {
    let cursor = '0';
    do {
      const [next, pairs] = await store.hscan(name, cursor, 'COUNT', PAGE);
      cursor = next;
      const fields = pairs.filter((_, index) => index % 2 === 0);
      for (let from = 0; from < fields.length; from += PAGE) {
        const page = fields.slice(from, from + PAGE);
        const gone = await rulesGone(store, shard, new Set(page.map(ruleOf)));
        const left = page.filter((field) => gone.has(ruleOf(field)));
        if (left.length > 0) removed += await store.hdel(name, ...left);
      }
    } while (cursor !== '0');
  }
  return removed;
}

function ruleOf(instance: string): string {
  return instance.split(':', 1)[0] ?? '';
}

/** Those that are kept neither here nor among the rules on all symbols, and whose ids are free. */
async function rulesGone(store: Store, shard: number, rules: ReadonlySet<string>): Promise<Set<string>> {
  let left = [...rules];
  for (const kept of new Set([shard, shardOf(ALL_SYMBOLS)])) {
    if (left.length === 0) break;
    const texts = await store.hmget(keys.rules(kept), ...left);
    left = left.filter((_, index) => typeof texts[index] !== 'string');
  }
  const inUse = await Promise.all(left.map((ruleId) => store.exists(keys.ruleId(ruleId))));
  return new Set(left.filter((_, index) => inUse[index] === 0));
}
