import { describe, expect, it } from 'vitest';
import { readCursor } from '../../src/alerts/cursor.ts';
import { createEngine } from '../../src/alerts/engine.ts';
import type { Firing, InstanceState } from '../../src/alerts/rule.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import { type Commits, createCommits, type Transition } from '../../src/store/commits.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { makeRule } from '../alerts/rules.ts';
import { useRedis } from '../support/each-test.ts';

const SHARD = shardOf('BTCUSDT');

let store: Store;
let commits: Commits;

useRedis((redis) => {
  store = redis.connect();
  commits = createCommits(store);
});

function stateOf(episode: number, phase: InstanceState['phase'] = 'fired'): InstanceState {
  return { phase, since: 0, lastFire: 1_000, episode, suppressed: 0, deferred: false };
}

function bark(episode: number, ruleId = 'rule22'): Transition {
  const rule = makeRule({ id: ruleId });
  const firing: Firing = {
    eventId: `${ruleId}:BTCUSDT.${episode}`,
    ruleId,
    symbol: 'BTCUSDT',
    episode,
    why: 'cross',
    time: 1_000,
    value: 100,
    suppressed: 0,
  };
  const notice: AlertNotice = {
    type: 'alert',
    eventId: firing.eventId,
    rule,
    firing,
    source: 'simulated',
    tickSize: 0.1,
    from: undefined,
    to: { price: 100, time: 1_000 },
    volumeRatio: undefined,
    late: false,
    decidedAt: 1_000,
  };
  return { instance: `${ruleId}:BTCUSDT`, state: stateOf(episode), fired: { chat: 'chat-1', notice } };
}

const quiet = (episode: number): Transition => ({
  instance: 'rule22:BTCUSDT',
  state: stateOf(episode, 'armed'),
  fired: undefined,
});

/** A store that dies after its first script. */
function dying(store: Store): Store {
  let scripts = 0;
  return new Proxy(store, {
    get(target, name) {
      if (name === 'evalsha' && ++scripts > 1) return () => Promise.reject(new Error('killed'));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const outboxIds = async () => (await commits.outbox(SHARD, 1_000)).map(({ notice }) => notice.eventId);
const keptState = async () => JSON.parse((await store.hget(keys.instances(SHARD), 'rule22:BTCUSDT')) ?? '{}');

describe('a commit', () => {
  it('settles what was missed and tells of it by thousands of rules together: no end of a feed can part them', async () => {
    await commits.commit(SHARD, 7, 'BTCUSDT', 'cursor-1', [], new Map([['17', Buffer.from('missed')]]));
    const late = Array.from({ length: 4_500 }, (_, i) => bark(1, `late${i}`));
    const settled = new Map([['17', undefined]]);
    await createCommits(dying(store)).commit(SHARD, 7, 'BTCUSDT', 'cursor-2', late, settled);
    expect(await commits.arrears(SHARD, 'BTCUSDT')).toEqual(new Map());
    expect(await store.xlen(keys.outbox(SHARD))).toBe(late.length);
    expect(await store.hlen(keys.episodes(SHARD))).toBe(late.length);
    expect(await store.hlen(keys.instances(SHARD))).toBe(late.length);
  });

  it('keeps state, cursor and bark together', async () => {
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'cursor-1', [bark(1)])).toBe(1);
    expect(await keptState()).toEqual(stateOf(1));
    expect(await store.hget(keys.cursors(SHARD), 'BTCUSDT')).toBe('cursor-1');
    expect(await commits.outbox(SHARD, 10)).toMatchObject([
      { shard: SHARD, chat: 'chat-1', notice: { type: 'alert', eventId: 'rule22:BTCUSDT.1' } },
    ]);
  });

  it('without a transition moves the cursor', async () => {
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'cursor-2', [])).toBe(0);
    expect(await store.hget(keys.cursors(SHARD), 'BTCUSDT')).toBe('cursor-2');
  });

  it('of an older epoch is refused whole', async () => {
    await commits.commit(SHARD, 8, 'BTCUSDT', 'new', [quiet(0)]);
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'old', [bark(1)])).toBe('lost');
    expect(await outboxIds()).toEqual([]);
    expect(await store.hget(keys.cursors(SHARD), 'BTCUSDT')).toBe('new');
    expect(await keptState()).toMatchObject({ phase: 'armed' });
  });

  it('keeps arrears with what it brings, of one symbol alone, and lets them go with what they told', async () => {
    const owed = new Map([['17', Buffer.from([0, 255, 10])]]);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [quiet(0)], owed);
    await commits.commit(SHARD, 7, 'BTCUSDTX', 'c', [], new Map([['18', Buffer.from('other')]]));
    expect(await commits.arrears(SHARD, 'BTCUSDT')).toEqual(owed);
    expect(await commits.commit(SHARD, 6, 'BTCUSDT', 'c', [bark(1)], new Map([['17', undefined]]))).toBe(
      'lost',
    );
    expect(await commits.arrears(SHARD, 'BTCUSDT')).toEqual(owed);
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1)], new Map([['17', undefined]]))).toBe(1);
    expect(await commits.arrears(SHARD, 'BTCUSDT')).toEqual(new Map());
    expect((await commits.arrears(SHARD, 'BTCUSDTX')).size).toBe(1);
  });

  it('heals an epoch that a failover lost, and then refuses older ones again', async () => {
    await commits.commit(SHARD, 8, 'BTCUSDT', 'c', [bark(1)]);
    await store.del(keys.epoch(SHARD));
    expect(await commits.commit(SHARD, 8, 'BTCUSDT', 'c', [bark(2)])).toBe(1);
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(3)])).toBe('lost');
  });

  it('takes an episode in once, however often it comes', async () => {
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1)])).toBe(1);
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1), bark(1)])).toBe(0);
    expect(await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(2), bark(1)])).toBe(1);
    expect(await outboxIds()).toEqual(['rule22:BTCUSDT.1', 'rule22:BTCUSDT.2']);
  });

  it('lets no state of an earlier episode come after a later one', async () => {
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(2)]);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [quiet(1)]);
    expect(await keptState()).toMatchObject({ phase: 'fired', episode: 2 });
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [quiet(2)]);
    expect(await keptState()).toMatchObject({ phase: 'armed', episode: 2 });
  });

  it('takes several episodes of one rule in their order, and its newest state', async () => {
    const written = await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1), bark(2), quiet(2), bark(2)]);
    expect(written).toBe(2);
    expect(await outboxIds()).toEqual(['rule22:BTCUSDT.1', 'rule22:BTCUSDT.2']);
    expect(await keptState()).toEqual(stateOf(2, 'armed'));
    expect(await store.hget(keys.episodes(SHARD), 'rule22:BTCUSDT')).toBe('2');
  });

  it('in several parts points before its event until the last part', async () => {
    const engine = createEngine();
    for (let i = 0; i < 450; i++) engine.add(makeRule({ id: `rule${i}` }), undefined);
    engine.tick('BTCUSDT', 1_000, 1, () => 99);
    const transitions = engine
      .tick('BTCUSDT', 2_000, 2, () => 101)
      .map(({ rule, instance, state, firing }): Transition => {
        const { fired } = bark(firing?.episode ?? 0, rule.id);
        return { instance, state, fired };
      });
    expect(transitions).toHaveLength(450);

    // A newer owner appears between the parts: what was written so far must be replayed from before the event.
    const impatient = createCommits(
      interruptAfter(store, 2, () => store.set(keys.epoch(SHARD), '9').then(() => undefined)),
    );
    expect(await impatient.commit(SHARD, 8, 'BTCUSDT', engine.cursor('BTCUSDT'), transitions)).toBe('lost');
    const between = readCursor((await store.hget(keys.cursors(SHARD), 'BTCUSDT')) ?? '');
    expect(between?.now).toMatchObject({ seq: 1, books: [{ value: 99 }] });
    expect(await outboxIds()).toHaveLength(400);

    expect(await commits.commit(SHARD, 9, 'BTCUSDT', engine.cursor('BTCUSDT'), transitions)).toBe(50);
    const after = readCursor((await store.hget(keys.cursors(SHARD), 'BTCUSDT')) ?? '');
    expect(after?.now).toMatchObject({ seq: 2, books: [{ value: 101 }] });
    expect(new Set(await outboxIds()).size).toBe(450);
  });
});

/** The same store, with something happening after so many successful script calls. */
function interruptAfter(target: Store, calls: number, happen: () => Promise<void>): Store {
  let done = 0;
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      if (name !== 'evalsha' && name !== 'eval') return value.bind(object);
      return async (...args: unknown[]) => {
        if (done === calls) await happen();
        const result = await Reflect.apply(value, object, args);
        done += 1;
        return result;
      };
    },
  });
}

describe('the outbox', () => {
  it('gives the oldest first and forgets what was relayed', async () => {
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1), bark(2), bark(3)]);
    const [first, second] = await commits.outbox(SHARD, 2);
    expect([first?.notice.eventId, second?.notice.eventId]).toEqual(['rule22:BTCUSDT.1', 'rule22:BTCUSDT.2']);
    await commits.relayed(SHARD, [first?.streamId ?? '', second?.streamId ?? '']);
    expect(await outboxIds()).toEqual(['rule22:BTCUSDT.3']);
    await commits.relayed(SHARD, []);
  });

  it('drops the barks of a rule that a person removed, until he takes that back', async () => {
    const rules = createRulesRepository(store);
    await rules.save(makeRule(), 10);
    await rules.save(makeRule({ id: 'other2' }), 10);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1), bark(1, 'other2')]);
    await rules.remove('chat-1', 'rule22');
    expect(await outboxIds()).toEqual(['other2:BTCUSDT.1']);
    expect(await store.xlen(keys.outbox(SHARD))).toBe(1);
    await rules.save(makeRule(), 10);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(2)]);
    expect(await outboxIds()).toEqual(['other2:BTCUSDT.1', 'rule22:BTCUSDT.2']);
  });

  it('drops the barks of a removed rule on all symbols in every shard, until that is taken back', async () => {
    const rules = createRulesRepository(store);
    await rules.save(makeRule({ symbol: 'all' }), 10);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1)]);
    await rules.remove('chat-1', 'rule22');
    // Its instance's owner has not heard of it yet.
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(2)]);
    expect(await outboxIds()).toEqual([]);
    expect(await store.xlen(keys.outbox(SHARD))).toBe(0);
    await rules.save(makeRule({ symbol: 'all' }), 10);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(2), bark(3)]);
    expect(await outboxIds()).toEqual(['rule22:BTCUSDT.3']);
  });

  it('still delivers the barks of a rule that ended by itself', async () => {
    const rules = createRulesRepository(store);
    await rules.save(makeRule(), 10);
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1)]);
    await rules.remove('chat-1', 'rule22', 'ended');
    expect(await outboxIds()).toEqual(['rule22:BTCUSDT.1']);
  });

  it('steps over an entry it cannot read and leaves it', async () => {
    await store.xadd(keys.outbox(SHARD), '*', 'e', '{"chat":"chat-1","notice":{"type":"song"}}');
    await commits.commit(SHARD, 7, 'BTCUSDT', 'c', [bark(1)]);
    expect((await commits.outbox(SHARD, 1)).map(({ notice }) => notice.eventId)).toEqual([
      'rule22:BTCUSDT.1',
    ]);
    expect(await store.xlen(keys.outbox(SHARD))).toBe(2);
  });
});
