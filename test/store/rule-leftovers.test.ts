import { describe, expect, it } from 'vitest';
import { createCommits } from '../../src/store/commits.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository, type RulesRepository } from '../../src/store/rules.ts';
import { makeRule } from '../alerts/rules.ts';
import { useRedis } from '../support/each-test.ts';

const SHARD = shardOf('SOLUSDT');
const state = { phase: 'fired', since: 0, lastFire: 5, episode: 3, suppressed: 0, deferred: false } as const;

let store: Store;
let rules: RulesRepository;

useRedis((redis) => {
  store = redis.connect();
  rules = createRulesRepository(store);
});

/** A rule with an instance on SOLUSDT that has barked three times. */
async function barked(ruleId: string, symbol = 'all') {
  const rule = makeRule({ id: ruleId, symbol });
  await rules.save(rule, 10);
  const transition = { instance: `${ruleId}:SOLUSDT`, state, fired: undefined };
  await createCommits(store).commit(SHARD, 1, 'SOLUSDT', '{}', [transition]);
  await store.hset(keys.episodes(SHARD), `${ruleId}:SOLUSDT`, 3);
  return rule;
}

const kept = async () => [
  ...(await store.hkeys(keys.instances(SHARD))),
  ...(await store.hkeys(keys.episodes(SHARD))),
];

/** What two days do to the id of a removed rule. */
const rest = (ruleId: string) => store.del(keys.ruleId(ruleId));

describe('what a shard keeps of a removed rule on all symbols', () => {
  it('stays as long as it may come back or its events are known, and then goes', async () => {
    const rule = await barked('rule22');
    await rules.remove(rule.chat, rule.id);
    expect(await rules.removeLeftovers(SHARD)).toBe(0);
    await rules.save(rule, 10);
    expect((await rules.instances([{ id: rule.id, symbol: 'SOLUSDT' }])).get('rule22:SOLUSDT')).toEqual(
      state,
    );
    await rules.remove(rule.chat, rule.id);
    await rest(rule.id);
    expect(await rules.removeLeftovers(SHARD)).toBe(2);
    expect(await kept()).toEqual([]);
    expect(await rules.removeLeftovers(SHARD)).toBe(0);
  });

  it('goes once, however many feeds do it, and rules that are there keep theirs', async () => {
    const [gone] = [await barked('rule22'), await barked('rule33'), await barked('rule44', 'SOLUSDT')];
    await rules.remove(gone.chat, gone.id);
    // Older versions did not file the ids of rules.
    for (const id of ['rule22', 'rule33', 'rule44']) await rest(id);
    const removed = await Promise.all([1, 2, 3].map(() => rules.removeLeftovers(SHARD)));
    expect(removed.reduce((sum, count) => sum + count)).toBe(2);
    const others = ['rule33:SOLUSDT', 'rule44:SOLUSDT'];
    expect(new Set(await kept())).toEqual(new Set(others));
  });

  it('goes whole when there is much of it', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => [`gone${index % 40}:S${index}USDT`, '1']);
    await store.hset(keys.instances(SHARD), ...many.flat());
    expect(await rules.removeLeftovers(SHARD)).toBe(3_000);
    expect(await kept()).toEqual([]);
  });
});
