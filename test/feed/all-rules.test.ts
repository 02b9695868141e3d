import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Rule } from '../../src/alerts/rule.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

let redis: TestRedis;
let world: FeedWorld;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  world = await startFeedWorld(redis);
});
afterEach(() => world.stop());

const moveOnAll = (over: Partial<Rule> = {}): Rule =>
  priceRule({
    symbol: 'all',
    kind: 'move',
    direction: 'either',
    threshold: 3,
    rearm: 2.1,
    mode: 'repeat',
    ...over,
  });

const barks = () =>
  world.post.posted.flatMap(({ notice }): AlertNotice[] => (notice.type === 'alert' ? [notice] : []));

async function save(rule: Rule): Promise<void> {
  const { commandId } = await world.rules.save(rule, 10);
  expect(await world.rules.awaitAnswer('all', commandId, 5_000)).toMatchObject({ state: expect.any(String) });
}

/** Waits until the rule is watched on this symbol. */
async function armed(symbol: string): Promise<void> {
  await vi.waitFor(async () => {
    const states = await world.rules.instances([{ id: 'abc234', symbol }]);
    expect(states.get(`abc234:${symbol}`)?.phase).toBe('armed');
  }, SOON);
}

describe('a rule on all symbols', () => {
  it('barks for a symbol that nobody watches, and switches no stream of it on', async () => {
    await world.feed().start();
    await save(moveOnAll());
    await armed('SOLUSDT');
    world.exchange.market.jump('SOLUSDT', 4);
    await vi.waitFor(
      () =>
        expect(barks()).toMatchObject([
          { eventId: 'abc234:SOLUSDT.1', rule: { symbol: 'SOLUSDT', kind: 'move' } },
        ]),
      SOON,
    );
    const streams = new Set([...world.exchange.connections].flatMap((one) => [...one.subscriptions]));
    expect([...streams].filter((stream) => stream.startsWith('solusdt'))).toEqual([]);
    expect(await world.rules.firings('abc234', ['BTCUSDT', 'SOLUSDT'], 5)).toMatchObject([
      { symbol: 'SOLUSDT', episode: 1 },
    ]);
  });

  it('begins, when it is set and when it is edited, from the price that is known: the next one may already bark', async () => {
    await world.feed().start();
    await vi.waitFor(async () => {
      const rows = (await world.market.overview())?.rows ?? [];
      expect(rows.map(({ symbol }) => symbol)).toContain('SOLUSDT');
    }, SOON);
    const rule = moveOnAll({ kind: 'price', direction: 'up', threshold: 140, rearm: 135 });
    await save(rule);
    world.exchange.market.setPrice('SOLUSDT', 141);
    await vi.waitFor(() => expect(barks()).toMatchObject([{ eventId: 'abc234:SOLUSDT.1' }]), SOON);
    await save({ ...rule, threshold: 150, rearm: 145 });
    world.exchange.market.setPrice('SOLUSDT', 151);
    await vi.waitFor(() => expect(barks().at(-1)).toMatchObject({ eventId: 'abc234:SOLUSDT.2' }), SOON);
  });

  it('is on no symbol that is no USDT coin perpetual, and on those in use by their trades', async () => {
    await world.feed().start();
    await save(moveOnAll());
    await armed('ETHUSDT');
    const { market } = world.exchange;
    for (const symbol of ['XAUUSDT', 'BTCUSDC', 'BTCUSD_PERP']) market.jump(symbol, 9);
    market.jump('BTCUSDT', 5);
    await vi.waitFor(() => expect(barks()).toMatchObject([{ eventId: 'abc234:BTCUSDT.1' }]), SOON);
    market.jump('ETHUSDT', 5);
    await vi.waitFor(
      () => expect(barks().map(({ eventId }) => eventId)).toEqual(['abc234:BTCUSDT.1', 'abc234:ETHUSDT.1']),
      SOON,
    );
  });

  it('goes on with another feed where the first one stopped: nothing is told twice or lost', async () => {
    const first = world.feed();
    await first.start();
    await save(moveOnAll());
    await Promise.all([armed('SOLUSDT'), armed('XRPUSDT')]);
    world.exchange.market.jump('SOLUSDT', 4);
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    await first.stop();
    await world.feed().start();
    world.exchange.market.jump('XRPUSDT', 4);
    await vi.waitFor(
      () => expect(barks().map(({ eventId }) => eventId)).toEqual(['abc234:SOLUSDT.1', 'abc234:XRPUSDT.1']),
      SOON,
    );
  });

  it('is silent once it is removed, and goes on counting when it comes back', async () => {
    await world.feed().start();
    const rule = moveOnAll({ threshold: 1, rearm: 0.7 });
    await save(rule);
    await Promise.all([armed('SOLUSDT'), armed('XRPUSDT')]);
    world.exchange.market.jump('SOLUSDT', 2);
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    const removed = await world.rules.remove(rule.chat, rule.id);
    await world.rules.awaitAnswer('all', removed?.commandId ?? '', 5_000);
    world.exchange.market.jump('XRPUSDT', 2);
    await vi.waitFor(
      async () =>
        expect(
          (await world.market.overview())?.rows.find(({ symbol }) => symbol === 'XRPUSDT')?.last,
        ).toBeGreaterThan(2.08),
      SOON,
    );
    expect(barks()).toHaveLength(1);
    await save({ ...rule, kind: 'price', direction: 'up', threshold: 140, rearm: 135 });
    world.exchange.market.setPrice('SOLUSDT', 131);
    await vi.waitFor(async () => {
      const states = await world.rules.instances([{ id: rule.id, symbol: 'SOLUSDT' }]);
      expect(states.get(`${rule.id}:SOLUSDT`)).toMatchObject({ phase: 'armed', episode: 1 });
    }, SOON);
    world.exchange.market.setPrice('SOLUSDT', 141);
    await vi.waitFor(() => expect(barks().at(-1)?.eventId).toBe('abc234:SOLUSDT.2'), SOON);
  });

  it('on volume takes a closer look at what stands out, and lets trades decide', async () => {
    await world.feed().start();
    await save(moveOnAll({ kind: 'volume', direction: 'up', threshold: 5, rearm: 3.5, window: '1m' }));
    await armed('LTCUSDT');
    world.exchange.market.print('LTCUSDT', 84.63, 40_000_000 / 84.63);
    await vi.waitFor(() => expect(barks()).toMatchObject([{ eventId: 'abc234:LTCUSDT.1' }]), SOON);
    expect(await world.market.wanted(Date.now())).toContain('LTCUSDT');
  }, 90_000);
});
