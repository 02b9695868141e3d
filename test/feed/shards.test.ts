import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/alerts/engine.ts';
import { chooseOwner } from '../../src/feed/membership.ts';
import { RuleBook } from '../../src/feed/rule-book.ts';
import { createShards, type Shards } from '../../src/feed/shards.ts';
import { DEFAULT_TIMINGS } from '../../src/feed/timings.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createCommits } from '../../src/store/commits.ts';
import { keys, SHARDS, shardOf } from '../../src/store/keys.ts';
import { createLeases } from '../../src/store/leases.ts';
import { createMembers } from '../../src/store/members.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { FAST, priceRule } from './support.ts';

const ALL = Array.from({ length: SHARDS }, (_, shard) => shard);
const member = (id: string, sees = true) => ({ id, sees });

describe('the owner of a shard', () => {
  const shares = (ids: string[]) =>
    Map.groupBy(ALL, (shard) =>
      chooseOwner(
        shard,
        ids.map((id) => member(id)),
      ),
    );

  it('is the same for everybody who knows the same feeds', () => {
    for (const shard of ALL) {
      expect(chooseOwner(shard, [member('b'), member('a')])).toBe(
        chooseOwner(shard, [member('a'), member('b')]),
      );
    }
    expect(chooseOwner(3, [])).toBeUndefined();
  });

  it('is everybody about as often', () => {
    for (let n = 0; n < 20; n++) {
      const shared = shares([`feed-${n}`, `feed-${n + 1}`, `feed-${n + 2}`, `feed-${n + 3}`]);
      for (const share of shared.values()) expect(share.length).toBeGreaterThanOrEqual(5);
      expect(shared.size).toBe(4);
    }
  });

  it('stays the same when others come and go', () => {
    const before = shares(['a', 'b', 'c']);
    const after = shares(['a', 'c']);
    for (const id of ['a', 'c']) expect(after.get(id)).toEqual(expect.arrayContaining(before.get(id) ?? []));
  });

  it('is never one that sees no market while another does', () => {
    expect(new Set(ALL.map((shard) => chooseOwner(shard, [member('a', false), member('b')])))).toEqual(
      new Set(['b']),
    );
    const blind = [member('a', false), member('b', false)];
    expect(new Set(ALL.map((shard) => chooseOwner(shard, blind)))).toEqual(new Set(['a', 'b']));
  });
});

describe('feeds that share the shards', () => {
  let redis: TestRedis;
  let store: Store;
  const running = new Set<Shards>();
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
  });
  afterAll(() => redis.stop());
  beforeEach(() => redis.clear());
  afterEach(async () => {
    await Promise.all([...running].map((shards) => shards.stop()));
    running.clear();
  });

  const SOON = { timeout: 8_000, interval: 10 };
  const timings = { ...DEFAULT_TIMINGS, ...FAST, leaseTtlMs: 600, leaseEveryMs: 100, memberTtlMs: 300 };

  function start(owner: string, sees = () => true) {
    let dead = false;
    // What a killed process does: nothing any more.
    const alive = <T>(work: () => Promise<T>) => (dead ? new Promise<T>(() => undefined) : work());
    const leases = createLeases(store);
    const members = createMembers(store);
    const book = new RuleBook(createEngine(), silentLog());
    const left: number[] = [];
    const lost: number[] = [];
    const shards = createShards({
      leases: { ...leases, acquire: (...args) => alive(() => leases.acquire(...args)) },
      members: { ...members, beat: (...args) => alive(() => members.beat(...args)) },
      rules: createRulesRepository(store),
      book,
      owner,
      sees,
      onLeave: (shard) => async () => void left.push(shard),
      onLost: (shard) => void lost.push(shard),
      timings,
      log: silentLog(),
      writing: { commits: createCommits(store), log: silentLog(), onCommitted: () => undefined },
    });
    running.add(shards);
    shards.begin();
    return {
      shards,
      book,
      left,
      lost,
      /** Freezes it; what it asks for later never gets an answer. */
      freeze() {
        dead = true;
        running.delete(shards);
      },
    };
  }

  it('divide them between them, each shard once', async () => {
    const [a, b] = [start('a'), start('b')];
    await vi.waitFor(() => {
      expect([...a.shards.owned(), ...b.shards.owned()].sort((x, y) => x - y)).toEqual(ALL);
      expect(a.shards.complete && b.shards.complete).toBe(true);
    }, SOON);
    expect(a.shards.owned().length).toBeGreaterThan(16);
    expect(b.shards.owned().length).toBeGreaterThan(16);
  });

  it('hand over to one that joins, in order: first done, then given back', async () => {
    const a = start('a');
    await vi.waitFor(() => expect(a.shards.owned()).toHaveLength(SHARDS), SOON);
    const b = start('b');
    const begun = performance.now();
    await vi.waitFor(() => expect(b.shards.owned().length).toBeGreaterThan(16), SOON);
    await vi.waitFor(() => expect(b.shards.complete).toBe(true), SOON);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(a.left.sort((x, y) => x - y)).toEqual(b.shards.owned().sort((x, y) => x - y));
    expect(a.lost).toEqual([]);
    await b.shards.stop();
    running.delete(b.shards);
    await vi.waitFor(() => expect(a.shards.owned()).toHaveLength(SHARDS), SOON);
  });

  it('take over from one that died within the life of its leases', async () => {
    const [a, b] = [start('a'), start('b')];
    await vi.waitFor(() => expect(a.shards.complete && b.shards.complete).toBe(true), SOON);
    a.freeze();
    const begun = performance.now();
    await vi.waitFor(() => expect(b.shards.owned()).toHaveLength(SHARDS), SOON);
    expect(performance.now() - begun).toBeLessThan(timings.leaseTtlMs + 300);
    // The dead one knows by its own clock that it may not go on.
    expect(a.shards.owned()).toEqual([]);
    expect(a.shards.epochOf('BTCUSDT')).toBeUndefined();
  });

  it('give what a blind one has to one that sees', async () => {
    let sees = true;
    const [a, b] = [start('a', () => sees), start('b')];
    await vi.waitFor(() => expect(a.shards.complete && b.shards.complete).toBe(true), SOON);
    sees = false;
    await vi.waitFor(() => expect(b.shards.owned()).toHaveLength(SHARDS), SOON);
    expect(a.shards.owned()).toEqual([]);
    sees = true;
    await vi.waitFor(() => expect(a.shards.owned().length).toBeGreaterThan(16), SOON);
  });

  it('go on under the same epoch, with what they remember, when the store was away and nobody else came', async () => {
    const rule = priceRule();
    await createRulesRepository(store).save(rule, 10);
    const a = start('a');
    await vi.waitFor(() => expect(a.shards.complete).toBe(true), SOON);
    const epoch = a.shards.epochOf(rule.symbol);
    const writer = a.shards.writerOf(rule.symbol);
    expect(a.book.symbols()).toEqual([rule.symbol]);
    // All leases gone, as after a store that was down for longer than they last.
    await store.del(...ALL.map((shard) => keys.lease(shard)));
    await vi.waitFor(() => expect(store.exists(keys.lease(shardOf(rule.symbol)))).resolves.toBe(1), SOON);
    expect(a.shards.epochOf(rule.symbol)).toBe(epoch);
    expect(a.shards.writerOf(rule.symbol)).toBe(writer);
    expect(a.lost).toEqual([]);
  });

  it('forget everything of a shard that another one had meanwhile', async () => {
    const rule = priceRule();
    await createRulesRepository(store).save(rule, 10);
    const a = start('a');
    await vi.waitFor(() => expect(a.shards.complete).toBe(true), SOON);
    const shard = shardOf(rule.symbol);
    const epoch = a.shards.epochOf(rule.symbol) ?? 0;
    await store.del(keys.lease(shard));
    const leases = createLeases(store);
    const stolen = await leases.acquire(shard, 'thief', 3_600_000);
    await vi.waitFor(() => expect(a.lost).toEqual([shard]), SOON);
    expect(a.book.symbols()).toEqual([]);
    await leases.release(shard, 'thief', stolen ?? 0);
    await vi.waitFor(() => expect(a.shards.epochOf(rule.symbol)).toBeGreaterThan(stolen ?? epoch), SOON);
    expect(a.book.symbols()).toEqual([rule.symbol]);
  });
});
