import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InstanceState, Rule } from '../../src/alerts/rule.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { chooseOwner } from '../../src/feed/membership.ts';
import { shardOf } from '../../src/store/keys.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 10_000, interval: 20 };
const SYMBOLS = ['SOLUSDT', 'XRPUSDT', 'ETHUSDT', 'BTCUSDT'];

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

const told = () => world.post.posted.map(({ notice }) => notice.eventId);

async function save(rule: Rule): Promise<void> {
  const { commandId } = await world.rules.save(rule, 10);
  expect(await world.rules.awaitAnswer('all', commandId, 5_000)).toMatchObject({ state: expect.any(String) });
}

async function statesOf(symbols: readonly string[]): Promise<(InstanceState | undefined)[]> {
  const states = await world.rules.instances(symbols.map((symbol) => ({ id: 'abc234', symbol })));
  return symbols.map((symbol) => states.get(`abc234:${symbol}`));
}

/** Waits until the rule's instances on these symbols have this phase. */
async function inPhase(phase: string, symbols: readonly string[] = SYMBOLS): Promise<void> {
  const wanted = symbols.map(() => phase);
  await vi.waitFor(
    async () => expect((await statesOf(symbols)).map((state) => state?.phase)).toEqual(wanted),
    SOON,
  );
}

/** Waits until the price that the feeds see of a symbol is this. */
async function seen(symbol: string, least: number): Promise<void> {
  await vi.waitFor(async () => {
    const rows = (await world.market.overview())?.rows ?? [];
    expect(rows.find((row) => row.symbol === symbol)?.last).toBeGreaterThanOrEqual(least);
  }, SOON);
}

/** Two feeds that have divided the shards between them. */
async function startTwo(): Promise<Feed[]> {
  const feeds = [world.feed({ processId: 'a' }), world.feed({ processId: 'b' })];
  await Promise.all(feeds.map((feed) => feed.start()));
  const members = ['a', 'b'].map((id) => ({ id, sees: true }));
  const owners = new Set(SYMBOLS.map((symbol) => chooseOwner(shardOf(symbol), members)));
  expect(owners.size).toBe(2);
  return feeds;
}

const firsts = SYMBOLS.map((symbol) => `abc234:${symbol}.1`).sort();

describe('a rule on all symbols that two feeds share', () => {
  it('barks once for each symbol', async () => {
    await startTwo();
    await save(moveOnAll());
    await inPhase('armed');
    for (const symbol of SYMBOLS) world.exchange.market.jump(symbol, 4);
    await inPhase('fired');
    await vi.waitFor(() => expect(told().sort()).toEqual(firsts), SOON);
  });

  it('has its new threshold with each of them', async () => {
    await startTwo();
    await save(moveOnAll({ threshold: 50, rearm: 35 }));
    await inPhase('armed');
    const before = await statesOf(SYMBOLS);
    await save(moveOnAll());
    await vi.waitFor(async () => {
      for (const [index, state] of (await statesOf(SYMBOLS)).entries()) {
        expect(state?.condition).not.toBe(before[index]?.condition);
      }
    }, SOON);
    await inPhase('armed');
    for (const symbol of SYMBOLS) world.exchange.market.jump(symbol, 4);
    await vi.waitFor(() => expect(told().sort()).toEqual(firsts), SOON);
  });

  it('goes on where one of them is left alone: nothing is told twice or lost', async () => {
    const [first] = await startTwo();
    await save(moveOnAll());
    await inPhase('armed');
    const [moved = '', ...others] = SYMBOLS;
    world.exchange.market.jump(moved, 4);
    await vi.waitFor(() => expect(told()).toEqual([`abc234:${moved}.1`]), SOON);
    await first?.stop();
    for (const symbol of others) world.exchange.market.jump(symbol, 4);
    await vi.waitFor(() => expect(told().sort()).toEqual(firsts), SOON);
  });

  it('ends on all at once, and its chat hears of that once', async () => {
    await startTwo();
    await save(moveOnAll());
    await inPhase('armed');
    await save(moveOnAll({ until: Date.now() }));
    await vi.waitFor(() => expect(told()).toEqual(['abc234:all.ended']), SOON);
    await vi.waitFor(async () => expect(await world.rules.rulesOnAll()).toEqual([]), SOON);
    world.exchange.market.jump('SOLUSDT', 9);
    await seen('SOLUSDT', 140);
    expect(told()).toEqual(['abc234:all.ended']);
  });

  it('ends though it waits for what has no number', async () => {
    await startTwo();
    await save(moveOnAll({ kind: 'listing', until: Date.now() }));
    await vi.waitFor(() => expect(told()).toEqual(['abc234:all.ended']), SOON);
  });
});

describe('a rule on all symbols', () => {
  it('says nothing of what is so already when it is resumed, and tells of what comes after', async () => {
    await world.feed().start();
    const rule = moveOnAll({ kind: 'price', direction: 'up', threshold: 140, rearm: 135 });
    await save(rule);
    await inPhase('armed', ['SOLUSDT']);
    await save({ ...rule, paused: true });
    world.exchange.market.setPrice('SOLUSDT', 141);
    await seen('SOLUSDT', 141);
    await save(rule);
    await inPhase('fired', ['SOLUSDT']);
    world.exchange.market.setPrice('SOLUSDT', 130);
    await inPhase('armed', ['SOLUSDT']);
    expect(told().filter((id) => id.startsWith('abc234:SOLUSDT'))).toEqual([]);
    world.exchange.market.setPrice('SOLUSDT', 142);
    await vi.waitFor(() => expect(told()).toContain('abc234:SOLUSDT.1'), SOON);
  });
});
