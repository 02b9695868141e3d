import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Rule } from '../../src/alerts/rule.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

let redis: TestRedis;
let store: Store;
let world: FeedWorld;
beforeAll(async () => {
  redis = await startTestRedis();
  store = redis.connect();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  world = await startFeedWorld(redis);
});
afterEach(() => world.stop());

const barks = () => world.post.posted.map(({ notice }) => notice.eventId);
const waiting = () => store.xlen(keys.outbox(shardOf('BTCUSDT')));

async function armed(rule: Rule): Promise<void> {
  await world.rules.save(rule, 10);
  await vi.waitFor(async () => {
    const states = await world.rules.instances([{ id: rule.id, symbol: 'BTCUSDT' }]);
    expect(states.get(`${rule.id}:BTCUSDT`)?.phase).toBe('armed');
  }, SOON);
}

it('a bark that waits is dropped with its rule when a person removes that, and is told though it is paused meanwhile', async () => {
  await world.feed().start();
  const paused = priceRule({ id: 'paused' });
  const removed = priceRule({ id: 'gone22' });
  const onAll = priceRule({ id: 'all222', symbol: 'all' });
  for (const rule of [paused, removed, onAll]) await armed(rule);
  world.post.refuses = true;
  world.exchange.market.setPrice('BTCUSDT', 90_500);
  await vi.waitFor(async () => expect(await waiting()).toBe(3), SOON);
  await world.rules.save({ ...paused, paused: true }, 10);
  for (const { chat, id } of [removed, onAll]) await world.rules.remove(chat, id);
  world.post.refuses = false;
  await vi.waitFor(async () => expect(await waiting()).toBe(0), SOON);
  expect(barks()).toEqual(['paused:BTCUSDT.1']);
});
