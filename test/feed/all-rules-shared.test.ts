import { describe, expect, it, vi } from 'vitest';
import type { InstanceState } from '../../src/alerts/rule.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { chooseOwner } from '../../src/feed/membership.ts';
import type { FeedTimings } from '../../src/feed/timings.ts';
import { shardOf } from '../../src/store/keys.ts';
import { createLeases } from '../../src/store/leases.ts';
import { eachTest } from '../support/each-test.ts';
import { moveOnAll, startFeedWorld } from './support.ts';

const SOON = { timeout: 10_000, interval: 20 };
const SYMBOLS = ['SOLUSDT', 'XRPUSDT', 'ETHUSDT', 'BTCUSDT'];

const here = eachTest(startFeedWorld);

const told = () => here.world.post.posted.map(({ notice }) => notice.eventId);

async function statesOf(symbols: readonly string[]): Promise<(InstanceState | undefined)[]> {
  const states = await here.world.rules.instances(symbols.map((symbol) => ({ id: 'abc234', symbol })));
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
    const rows = (await here.world.market.overview())?.rows ?? [];
    expect(rows.find((row) => row.symbol === symbol)?.last).toBeGreaterThanOrEqual(least);
  }, SOON);
}

/** Two feeds that have divided the shards between them. */
async function startTwo(timings: Partial<FeedTimings> = {}): Promise<Feed[]> {
  const feeds = ['a', 'b'].map((processId) => here.world.feed({ processId, timings }));
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
    await here.world.save(moveOnAll());
    await inPhase('armed');
    for (const symbol of SYMBOLS) here.world.exchange.market.jump(symbol, 4);
    await inPhase('fired');
    await vi.waitFor(() => expect(told().sort()).toEqual(firsts), SOON);
  });

  it('is heard of by each of them at once', async () => {
    await startTwo({ allRulesEveryMs: 3_600_000 });
    const leases = createLeases(here.redis.connect());
    await vi.waitFor(async () => expect(new Set((await leases.owners()).values()).size).toBe(2), SOON);
    let cooldownMs = 0;
    // Again until both have heard how large the symbols are: without the command they would look in an hour.
    await vi.waitFor(async () => {
      cooldownMs += 1;
      await here.world.save(
        moveOnAll({ kind: 'price', direction: 'up', threshold: 1e6, rearm: 9e5, cooldownMs }),
      );
      expect((await statesOf(SYMBOLS)).map((state) => state?.phase)).toEqual(SYMBOLS.map(() => 'armed'));
    }, SOON);
  });

  it('has its new threshold with each of them', async () => {
    await startTwo();
    await here.world.save(moveOnAll({ threshold: 50, rearm: 35 }));
    await inPhase('armed');
    const before = await statesOf(SYMBOLS);
    await here.world.save(moveOnAll());
    await vi.waitFor(async () => {
      for (const [index, state] of (await statesOf(SYMBOLS)).entries()) {
        expect(state?.condition).not.toBe(before[index]?.condition);
      }
    }, SOON);
    await inPhase('armed');
    for (const symbol of SYMBOLS) here.world.exchange.market.jump(symbol, 4);
    await vi.waitFor(() => expect(told().sort()).toEqual(firsts), SOON);
  });

  it('goes on where one of them is left alone: nothing is told twice or lost', async () => {
    const [first] = await startTwo();
    await here.world.save(moveOnAll());
    await inPhase('armed');
    const [moved = '', ...others] = SYMBOLS;
    here.world.exchange.market.jump(moved, 4);
    await vi.waitFor(() => expect(told()).toEqual([`abc234:${moved}.1`]), SOON);
    await first?.stop();
    for (const symbol of others) here.world.exchange.market.jump(symbol, 4);
    await vi.waitFor(() => expect(told().sort()).toEqual(firsts), SOON);
  });

  it('ends on all at once, and its chat hears of that once', async () => {
    await startTwo();
    await here.world.save(moveOnAll());
    await inPhase('armed');
    await here.world.save(moveOnAll({ until: Date.now() }));
    await vi.waitFor(() => expect(told()).toEqual(['abc234:all.ended']), SOON);
    await vi.waitFor(async () => expect(await here.world.rules.rulesOnAll()).toEqual([]), SOON);
    here.world.exchange.market.jump('SOLUSDT', 9);
    await seen('SOLUSDT', 140);
    expect(told()).toEqual(['abc234:all.ended']);
  });

  it('ends though it waits for what has no number', async () => {
    await startTwo();
    await here.world.save(moveOnAll({ kind: 'listing', until: Date.now() }));
    await vi.waitFor(() => expect(told()).toEqual(['abc234:all.ended']), SOON);
  });
});

describe('a rule on all symbols', () => {
  it('says nothing of what is so already when it is resumed, and tells of what comes after', async () => {
    await here.world.feed().start();
    const rule = moveOnAll({ kind: 'price', direction: 'up', threshold: 140, rearm: 135 });
    await here.world.save(rule);
    await inPhase('armed', ['SOLUSDT']);
    await here.world.save({ ...rule, paused: true });
    here.world.exchange.market.setPrice('SOLUSDT', 141);
    await seen('SOLUSDT', 141);
    await here.world.save(rule);
    await inPhase('fired', ['SOLUSDT']);
    here.world.exchange.market.setPrice('SOLUSDT', 130);
    await inPhase('armed', ['SOLUSDT']);
    expect(told().filter((id) => id.startsWith('abc234:SOLUSDT'))).toEqual([]);
    here.world.exchange.market.setPrice('SOLUSDT', 142);
    await vi.waitFor(() => expect(told()).toContain('abc234:SOLUSDT.1'), SOON);
  });
});
