import { expect, it, vi } from 'vitest';
import type { Rule } from '../../src/alerts/rule.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import { eachTest } from '../support/each-test.ts';
import { priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

const here = eachTest(startFeedWorld);

async function armed(rule: Rule): Promise<void> {
  await here.world.rules.save(rule, 10);
  await vi.waitFor(async () => {
    const states = await here.world.rules.instances([{ id: rule.id, symbol: 'BTCUSDT' }]);
    expect(states.get(`${rule.id}:BTCUSDT`)?.phase).toBe('armed');
  }, SOON);
}

it('a bark that waits is dropped with its rule when a person removes that, and is told though it is paused meanwhile', async () => {
  await here.world.feed().start();
  const store = here.redis.connect();
  const waiting = () => store.xlen(keys.outbox(shardOf('BTCUSDT')));
  const paused = priceRule({ id: 'paused' });
  const removed = priceRule({ id: 'gone22' });
  const onAll = priceRule({ id: 'all222', symbol: 'all' });
  for (const rule of [paused, removed, onAll]) await armed(rule);
  here.world.post.refuses = true;
  here.world.exchange.market.setPrice('BTCUSDT', 90_500);
  await vi.waitFor(async () => expect(await waiting()).toBe(3), SOON);
  await here.world.rules.save({ ...paused, paused: true }, 10);
  for (const { chat, id } of [removed, onAll]) await here.world.rules.remove(chat, id);
  here.world.post.refuses = false;
  await vi.waitFor(async () => expect(await waiting()).toBe(0), SOON);
  expect(here.world.barks().map(({ eventId }) => eventId)).toEqual(['paused:BTCUSDT.1']);
});
