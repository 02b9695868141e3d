import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keys, SHARDS } from '../../src/store/keys.ts';
import { createLeases } from '../../src/store/leases.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import { prepareStore } from '../../src/store/prepare.ts';
import type { Store } from '../../src/store/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { startTestCluster } from '../support/redis-cluster.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

describe('on a Redis Cluster of three nodes', () => {
  const SOON = { timeout: 8_000, interval: 20 };
  let redis: TestRedis;
  let store: Store;
  let post: Post;
  let world: FeedWorld;
  beforeAll(async () => {
    redis = await startTestCluster();
    store = redis.connect();
    post = createPost({ store, connection: redis.connect() });
  });
  afterAll(async () => {
    await post.close();
    await redis.stop();
  });
  beforeEach(async () => {
    await redis.clear();
    world = await startFeedWorld(redis);
  });
  afterEach(() => world.stop());

  it('an empty store is made ready, and refused to another kind of market', async () => {
    await prepareStore(store, 'simulated');
    expect(await store.mget(keys.schema)).toEqual(['1']);
    await expect(prepareStore(store, 'live')).rejects.toThrow(/simulated/);
  });

  it('feeds share the symbols, answer who sets a rule, bark into the mailbox, and hand over', async () => {
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
    const [first, second] = [world.feed({ symbols, post }), world.feed({ symbols, post })];
    await Promise.all([first.start(), second.start()]);
    const owners = async () => [...(await createLeases(store).owners()).values()];
    await vi.waitFor(async () => {
      expect(await owners()).toHaveLength(SHARDS);
      expect(new Set(await owners()).size).toBe(2);
    }, SOON);

    const rule = priceRule();
    const { commandId } = await world.rules.save(rule, 10);
    expect(await world.rules.awaitAnswer(rule.symbol, commandId, 5_000)).toMatchObject({ state: 'armed' });
    expect(await world.rules.list(rule.chat)).toEqual([rule]);
    world.exchange.market.setPrice('BTCUSDT', 90_500);
    const mailbox = createMailbox(store);
    await vi.waitFor(
      async () =>
        expect((await mailbox.claim(rule.chat, 10))?.notices).toMatchObject([
          { eventId: 'abc234:BTCUSDT.1' },
        ]),
      SOON,
    );
    expect(await world.market.health()).toMatchObject({ symbols: symbols.toSorted() });

    await first.stop();
    await vi.waitFor(async () => {
      expect(await owners()).toHaveLength(SHARDS);
      expect(new Set(await owners()).size).toBe(1);
      expect(second.ready()).toEqual({ ready: true, reasons: [] });
    }, SOON);
  });
});
