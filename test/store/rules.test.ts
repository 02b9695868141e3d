import { describe, expect, it } from 'vitest';
import type { InstanceState } from '../../src/alerts/rule.ts';
import { createCommits } from '../../src/store/commits.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository, type RulesRepository } from '../../src/store/rules.ts';
import { makeRule } from '../alerts/rules.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';

const SHARD = shardOf('BTCUSDT');

let redis: TestRedis;
let store: Store;
let rules: RulesRepository;

useRedis((opened) => {
  redis = opened;
  store = redis.connect();
  rules = createRulesRepository(store);
});

const fired: InstanceState = {
  phase: 'fired',
  since: 0,
  lastFire: 5_000,
  episode: 3,
  suppressed: 1,
  deferred: false,
  condition: 'price:1m:1:100:98:repeat',
};

async function commitState(state: InstanceState) {
  const transition = { instance: 'rule22:BTCUSDT', state, fired: undefined };
  await createCommits(store).commit(SHARD, 1, 'BTCUSDT', '{}', [transition]);
  await store.hset(keys.episodes(SHARD), 'rule22:BTCUSDT', state.episode);
}

describe('a chat’s rules', () => {
  it('come back as they were saved, oldest first, wherever they lie', async () => {
    const saved = [
      makeRule({ id: 'bbbbbb', createdAt: 1 }),
      makeRule({ id: 'aaaaaa', createdAt: 2, symbol: '币安人生USDT', until: 99, preset: 'calm' }),
      makeRule({ id: 'cccccc', createdAt: 3, symbol: 'ETHUSDT', kind: 'move', direction: 'either' }),
    ];
    for (const rule of saved) expect((await rules.save(rule, 10)).saved).toBe(true);
    expect(await rules.list('chat-1')).toEqual(saved);
    expect(await rules.get('chat-1', 'aaaaaa')).toEqual(saved[1]);
    expect(await rules.symbolsWithRules()).toEqual(new Set(['BTCUSDT', 'ETHUSDT', '币安人生USDT']));
  });

  it('have ids that no other rule has or lately had, in any chat', async () => {
    const id = await rules.newId();
    expect(id).toMatch(/^[a-z2-9]{6}$/);
    expect(await store.ttl(keys.ruleId(id))).toBeGreaterThan(48 * 3_600);
    await rules.save(makeRule({ id }), 10);
    expect(await store.ttl(keys.ruleId(id))).toBe(-1);
    await rules.remove('chat-1', id);
    expect(await store.ttl(keys.ruleId(id))).toBeGreaterThan(48 * 3_600);
  });

  it('are known in no other chat', async () => {
    await rules.save(makeRule(), 10);
    expect(await rules.get('chat-2', 'rule22')).toBeUndefined();
    expect(await rules.remove('chat-2', 'rule22')).toBeUndefined();
    expect(await rules.list('chat-2')).toEqual([]);
    expect(await rules.list('chat-1')).toHaveLength(1);
  });

  it('are at most so many, also when asked for at once; changing one is always allowed', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const answers = await Promise.all(ids.map((id) => rules.save(makeRule({ id }), 3)));
    expect(answers.filter(({ saved }) => saved)).toHaveLength(3);
    const [first] = await rules.list('chat-1');
    expect((await rules.save(makeRule({ id: first?.id ?? '', cooldownMs: 60_000 }), 3)).saved).toBe(true);
    expect(await rules.list('chat-1')).toHaveLength(3);
    expect(await store.hget(keys.ruleSymbols(SHARD), 'BTCUSDT')).toBe('3');
  });

  it('are removed with their states, and the symbol is no longer held', async () => {
    const rule = makeRule();
    await rules.save(rule, 10);
    await commitState(fired);
    expect(await rules.instances([rule])).toEqual(new Map([['rule22:BTCUSDT', fired]]));
    expect(await rules.remove('chat-1', 'rule22')).toMatchObject({ rule });
    expect(await rules.remove('chat-1', 'rule22')).toBeUndefined();
    expect(await rules.instances([rule])).toEqual(new Map());
    expect(await rules.list('chat-1')).toEqual([]);
    expect(await rules.symbolsWithRules()).toEqual(new Set());
    expect(await store.hgetall(keys.episodes(SHARD))).toEqual({});
  });

  it('are watched since they were made, edited in what they wait for, paused or resumed, not since any other change', async () => {
    const rule = makeRule();
    const since = async () => (await rules.recentlyBegun([rule])).get(rule.id);
    const before = Date.now();
    await rules.save(rule, 10);
    expect(await since()).toBeGreaterThanOrEqual(before);
    // As if all of it was a minute ago.
    const age = async () => {
      const noted = await store.hget(keys.ruleSince(SHARD), rule.id);
      const older = noted?.replace(/^\d+/, `${before - 60_000}`) ?? '';
      await store.hset(keys.ruleSince(SHARD), rule.id, older);
    };
    await age();
    await rules.save({ ...rule, cooldownMs: 1_000, holdMs: 1_000, tellNormal: true }, 10);
    expect(await since()).toBe(before - 60_000);
    for (const change of [{ threshold: 200 }, { threshold: 200, paused: true }, { threshold: 200 }]) {
      await age();
      await rules.save({ ...rule, ...change }, 10);
      expect(await since()).toBeGreaterThanOrEqual(before);
    }
    expect((await rules.loadShard(SHARD)).since).toEqual(await rules.recentlyBegun([rule]));
    await rules.remove('chat-1', rule.id);
    expect(await store.exists(keys.ruleSince(SHARD))).toBe(0);
  });

  it('that have been watched so for hours are not among those that began lately', async () => {
    await rules.save(makeRule(), 10);
    await store.hset(keys.ruleSince(SHARD), 'rule22', `${Date.now() - 7_300_000} price`);
    expect(await rules.recentlyBegun([makeRule()])).toEqual(new Map());
  });

  it('never move to another symbol', async () => {
    await rules.save(makeRule(), 10);
    await expect(rules.save(makeRule({ symbol: 'ETHUSDT' }), 10)).rejects.toThrow(/another symbol/);
  });

  it('that this version cannot read are left alone', async () => {
    await rules.save(makeRule(), 10);
    const restless = JSON.stringify(makeRule({ id: 'unrest', rearm: 100 }));
    await store.hset(keys.rules(SHARD), 'newer1', '{"v":2}', 'broken', '{', 'unrest', restless);
    const { rules: readable, unreadable } = await rules.loadShard(SHARD);
    expect(readable).toEqual([makeRule()]);
    expect(unreadable.sort()).toEqual(['broken', 'newer1', 'unrest']);
    expect(await store.hget(keys.rules(SHARD), 'newer1')).toBe('{"v":2}');
  });
});

describe('undo', () => {
  it('brings removed rules back once, in their chat only', async () => {
    const rule = makeRule();
    const token = await rules.keepForUndo('chat-1', [rule]);
    expect(await rules.takeUndo('chat-2', token)).toEqual([]);
    expect(await rules.takeUndo('chat-1', token)).toEqual([rule]);
    expect(await rules.takeUndo('chat-1', token)).toEqual([]);
  });

  it('lasts ten minutes', async () => {
    const token = await rules.keepForUndo('chat-1', [makeRule()]);
    const left = await store.pttl(keys.undo('chat-1', token));
    expect(left).toBeGreaterThan(590_000);
    expect(left).toBeLessThanOrEqual(600_000);
  });

  it('goes on counting episodes, so that no event id is used twice, and from the last firing its cooldown', async () => {
    await rules.save(makeRule(), 10);
    await commitState(fired);
    await rules.remove('chat-1', 'rule22');
    await rules.save(makeRule(), 10);
    const { instances } = await rules.loadShard(SHARD);
    expect(instances.get('rule22:BTCUSDT')).toMatchObject({
      phase: 'init',
      episode: 3,
      lastFire: fired.lastFire,
    });
  });
});

describe('the shard’s owner', () => {
  it('loads rules, states and cursors, and then hears of every change', async () => {
    await rules.save(makeRule(), 10);
    await commitState(fired);
    const loaded = await rules.loadShard(SHARD);
    expect(loaded).toMatchObject({
      rules: [makeRule()],
      instances: new Map([['rule22:BTCUSDT', fired]]),
      cursors: new Map([['BTCUSDT', '{}']]),
      unreadable: [],
    });
    const waiting = rules.readCommands(new Map([[SHARD, loaded.commandsFrom]]), 5_000);
    const { commandId } = await rules.save(makeRule({ paused: true }), 10);
    const [command] = await waiting;
    expect(command).toMatchObject({ shard: SHARD, commandId, ruleId: 'rule22', symbol: 'BTCUSDT' });
    expect(await rules.stored('BTCUSDT', 'rule22')).toEqual(makeRule({ paused: true }));

    const removed = await rules.remove('chat-1', 'rule22');
    const next = await rules.readCommands(new Map([[SHARD, command?.streamId ?? '']]), 5_000);
    expect(next).toMatchObject([{ commandId: removed?.commandId }]);
    expect(await rules.stored('BTCUSDT', 'rule22')).toBeUndefined();
  });

  it('reads many shards at once and stops waiting in time', async () => {
    const other = shardOf('ETHUSDT');
    const from = new Map([
      [SHARD, '0-0'],
      [other, '0-0'],
    ]);
    expect(await rules.readCommands(from, 10)).toEqual([]);
    await rules.save(makeRule(), 10);
    await rules.save(makeRule({ id: 'other2', symbol: 'ETHUSDT' }), 10);
    const commands = await rules.readCommands(from, 1_000);
    expect(new Set(commands.map(({ shard }) => shard))).toEqual(new Set([SHARD, other]));
  });

  it('answers the one who asked', async () => {
    const { commandId } = await rules.save(makeRule(), 10);
    const waiting = rules.awaitAnswer('BTCUSDT', commandId, 5_000);
    const [command] = await rules.readCommands(new Map([[SHARD, '0-0']]), 1_000);
    if (!command) throw new Error('no command came');
    await rules.answer(command, { state: 'already', value: 101.5 });
    expect(await waiting).toEqual({ state: 'already', value: 101.5 });
  });

  it('is waited for only so long', async () => {
    expect(await rules.awaitAnswer('BTCUSDT', 'nobody', 20)).toBeUndefined();
  });
});

it('leaves no connection behind when its own ends', async () => {
  const own = redis.connect();
  const repository = createRulesRepository(own);
  const clients = async () =>
    String(await store.client('LIST'))
      .trim()
      .split('\n').length;
  await own.ping();
  const before = await clients();
  await repository.readCommands(new Map([[SHARD, '0-0']]), 1);
  await repository.awaitAnswer('BTCUSDT', 'nobody', 1);
  await expect.poll(clients).toBe(before + 1);
  own.disconnect();
  await expect.poll(clients).toBe(before - 1);
});
