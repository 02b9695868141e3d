import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Refusal } from '../../src/exchange/server.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };
const TRADES = 'btcusdt@aggTrade';

let redis: TestRedis;
let world: FeedWorld;
let asked: string[];
let refusal: Refusal | undefined;

beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  asked = [];
  refusal = undefined;
  world = await startFeedWorld(redis, {
    guard: (request) => {
      const url = request.url ?? '';
      if (!url.startsWith('/fapi')) return undefined;
      asked.push(url);
      return refusal;
    },
  });
});
afterEach(() => world.stop());

const barks = () => world.post.posted.flatMap(({ notice }) => (notice.type === 'alert' ? [notice] : []));
const pagesAsked = () => asked.filter((url) => url.startsWith('/fapi/v1/aggTrades')).length;

async function started(
  rule: Parameters<typeof priceRule>[0],
  options?: Parameters<FeedWorld['feed']>[0],
): Promise<Feed> {
  const feed = world.feed(options);
  await feed.start();
  const { commandId } = await world.rules.save(priceRule(rule), 10);
  await world.rules.awaitAnswer('BTCUSDT', commandId, 5_000);
  // The first trade of all begins the count.
  world.exchange.market.print('BTCUSDT', 86_117.8, 0.01);
  await vi.waitFor(
    async () => expect((await world.market.brief('BTCUSDT'))?.tradesSeen).toBeGreaterThan(0),
    SOON,
  );
  asked = [];
  return feed;
}

/** Trades at these prices that no socket brings; the trade after them is brought again. */
function unheard(...prices: number[]): void {
  const { market } = world.exchange;
  market.freeze(TRADES);
  for (const price of prices) market.print('BTCUSDT', price, 0.01);
  market.setPrice('BTCUSDT', 86_117.8);
  market.thaw(TRADES);
  market.print('BTCUSDT', 86_117.8, 0.01);
}

/** What happens from now on lies after this moment, by every clock of this machine. */
async function laterThan(moment: number): Promise<void> {
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(moment + 5), { interval: 1 });
}

async function settled(feed: Feed, gaps: number): Promise<void> {
  await vi.waitFor(() => expect(feed.stats()).toMatchObject({ gaps, repaired: gaps }), SOON);
}

describe('a gap in the trades', () => {
  it('is repaired: a level crossed inside it is told once, late, at the time it was crossed', async () => {
    const feed = await started({});
    const before = Date.now();
    unheard(90_500);
    const after = Date.now();
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    const [bark] = barks();
    expect(bark).toMatchObject({ late: true, eventId: 'abc234:BTCUSDT.1', to: { price: 90_500 } });
    expect(bark?.firing.time).toBeGreaterThanOrEqual(before - 200);
    expect(bark?.firing.time).toBeLessThanOrEqual(after + 200);
    await settled(feed, 1);
    expect((await world.market.brief('BTCUSDT'))?.windows['1m'].gap).toBe(false);
    expect(pagesAsked()).toBe(1);
  });

  describe('while no feed ran', () => {
    /** Lets 90,000 be crossed while the rule's feed is stopped; returns when what is saved now comes after that. */
    async function crossedUnwatched(...rules: ReturnType<typeof priceRule>[]): Promise<void> {
      const feed = await started({ mode: 'repeat' });
      for (const rule of rules) {
        const { commandId } = await world.rules.save(rule, 10);
        await world.rules.awaitAnswer(rule.symbol, commandId, 5_000);
        await vi.waitFor(async () => {
          const states = await world.rules.instances([{ id: rule.id, symbol: 'BTCUSDT' }]);
          expect(states.get(`${rule.id}:BTCUSDT`)?.phase).toBe('armed');
        }, SOON);
      }
      await feed.stop();
      const { market } = world.exchange;
      for (const price of [86_200, 90_500, 86_200]) market.print('BTCUSDT', price, 0.01);
      market.setPrice('BTCUSDT', 86_117.8);
      await laterThan(Date.now());
    }

    /** Starts a feed, waits for the first bark and lets the level be crossed once more; each bark with whether it was late. */
    async function crossedAgain(count: number): Promise<string[]> {
      await world.feed().start();
      const { market } = world.exchange;
      market.print('BTCUSDT', 86_117.8, 0.01);
      await vi.waitFor(() => expect(barks()).not.toEqual([]), SOON);
      market.print('BTCUSDT', 90_600, 0.01);
      await vi.waitFor(() => expect(barks()).toHaveLength(count), SOON);
      return barks().map(({ eventId, late }) => `${eventId} ${late ? 'late' : 'live'}`);
    }

    const other = priceRule({ id: 'new234', mode: 'repeat' });
    const first = 'abc234:BTCUSDT.1 late';
    const live = ['abc234:BTCUSDT.2 live', 'new234:BTCUSDT.1 live'];

    it('barks by no rule that was made after what it missed', async () => {
      await crossedUnwatched();
      await world.rules.save(other, 10);
      const [late, ...after] = await crossedAgain(3);
      expect([late, ...after.sort()]).toEqual([first, ...live]);
    });

    it('barks by no rule that was edited to its level after what it missed', async () => {
      await crossedUnwatched({ ...other, threshold: 95_000, rearm: 94_000 });
      await world.rules.save(other, 10);
      const [late, ...after] = await crossedAgain(3);
      expect([late, ...after.sort()]).toEqual([first, ...live]);
    });

    it('barks by no rule that was paused and resumed after what it missed', async () => {
      await crossedUnwatched(other);
      await world.rules.save({ ...other, paused: true }, 10);
      await world.rules.save(other, 10);
      const [late, ...after] = await crossedAgain(3);
      expect([late, ...after.sort()]).toEqual([first, ...live]);
    });

    it('barks late by a rule on all symbols that was watched there before', async () => {
      const onAll = { ...other, symbol: 'all' };
      await crossedUnwatched(onAll);
      const told = await crossedAgain(4);
      expect(told.slice(0, 2).sort()).toEqual([first, 'new234:BTCUSDT.1 late']);
    });

    it('barks late by a rule of which only how it is told was changed meanwhile', async () => {
      await crossedUnwatched(other);
      await world.rules.save({ ...other, tellNormal: true, cooldownMs: 1 }, 10);
      const told = await crossedAgain(4);
      expect(told.slice(0, 2).sort()).toEqual([first, 'new234:BTCUSDT.1 late']);
    });
  });

  it('is of no matter to a rule on all symbols that was edited to its level meanwhile', async () => {
    const feed = await started({});
    const onAll = priceRule({
      id: 'new234',
      symbol: 'all',
      threshold: 95_000,
      rearm: 94_000,
      mode: 'repeat',
    });
    const phase = async () =>
      (await world.rules.instances([{ id: 'new234', symbol: 'BTCUSDT' }])).get('new234:BTCUSDT')?.phase;
    await world.rules.save(onAll, 10);
    await vi.waitFor(async () => expect(await phase()).toBe('armed'), SOON);
    const { market } = world.exchange;
    market.freeze(TRADES);
    market.print('BTCUSDT', 90_500, 0.01);
    market.setPrice('BTCUSDT', 86_117.8);
    await laterThan(Date.now());
    const { commandId } = await world.rules.save({ ...onAll, threshold: 90_000, rearm: 89_000 }, 10);
    await world.rules.awaitAnswer('all', commandId, 5_000);
    market.thaw(TRADES);
    market.print('BTCUSDT', 86_117.8, 0.01);
    await settled(feed, 1);
    market.print('BTCUSDT', 90_600, 0.01);
    await vi.waitFor(
      () =>
        expect(barks().map(({ eventId, late }) => `${eventId} ${late}`)).toEqual([
          'abc234:BTCUSDT.1 true',
          'new234:BTCUSDT.1 false',
        ]),
      SOON,
    );
  });

  it('tells every episode inside it, in order, and goes on from there', async () => {
    const feed = await started({ mode: 'repeat' });
    unheard(90_500, 88_000, 90_600, 88_000);
    await settled(feed, 1);
    await vi.waitFor(() => expect(barks().map((each) => each.firing.episode)).toEqual([1, 2]), SOON);
    world.exchange.market.print('BTCUSDT', 90_700, 0.01);
    await vi.waitFor(() => expect(barks().map((each) => each.late)).toEqual([true, true, false]), SOON);
  });

  it('costs no trades where no rule could have changed its state', async () => {
    const feed = await started({ threshold: 99_000, rearm: 98_000 });
    unheard(86_400, 86_500);
    await settled(feed, 1);
    expect(pagesAsked()).toBe(0);
    expect(asked.some((url) => url.startsWith('/fapi/v1/klines'))).toBe(true);
    expect(barks()).toEqual([]);
    // The candle knows the highest price of the gap.
    await vi.waitFor(async () => {
      const brief = await world.market.brief('BTCUSDT');
      expect(brief?.windows['5m'].high).toBeGreaterThanOrEqual(86_500);
    }, SOON);
  });

  it('of a dropped connection is found though nothing has been traded since', async () => {
    const feed = await started({});
    const { market, connections } = world.exchange;
    market.freeze(TRADES);
    market.print('BTCUSDT', 90_500, 0.01);
    market.setPrice('BTCUSDT', 86_117.8);
    for (const connection of connections) connection.drop();
    await vi.waitFor(() => expect(barks()).toMatchObject([{ late: true, firing: { episode: 1 } }]), SOON);
    market.thaw(TRADES);
    market.setPrice('BTCUSDT', 90_600);
    await vi.waitFor(() => expect(feed.ready().ready).toBe(true), SOON);
    await vi.waitFor(
      async () => expect((await world.market.brief('BTCUSDT'))?.last).toBeGreaterThan(90_000),
      SOON,
    );
    expect(barks()).toHaveLength(1);
  });

  describe('that cannot be repaired in time', () => {
    const OVERLOADED: Refusal = {
      status: 503,
      body: '{"code":-1008,"msg":"Request throttled by system-level protection."}',
    };
    const last = async () => (await world.market.brief('BTCUSDT'))?.last;

    async function impatient(): Promise<Feed> {
      const feed = await started({ mode: 'repeat' }, { timings: { repairMs: 300 } });
      refusal = OVERLOADED;
      return feed;
    }

    it('does not hold up what comes after it, and tells no crossing twice when it is', async () => {
      const feed = await impatient();
      unheard(90_500);
      world.exchange.market.setPrice('BTCUSDT', 91_000);
      await vi.waitFor(() => expect(barks()).toMatchObject([{ late: false, to: { price: 91_000 } }]), SOON);
      refusal = undefined;
      await vi.waitFor(() => expect(feed.stats().repaired).toBe(1), SOON);
      // The one inside is news too: the price was back in between.
      await vi.waitFor(
        () =>
          expect(barks()).toMatchObject([
            { late: false, firing: { episode: 1 } },
            { late: true, firing: { episode: 2, value: 90_500 } },
          ]),
        SOON,
      );
    });

    it('tells nothing more when the price crossed inside it and stayed', async () => {
      const feed = await impatient();
      const { market } = world.exchange;
      market.freeze(TRADES);
      market.setPrice('BTCUSDT', 90_500);
      market.thaw(TRADES);
      market.print('BTCUSDT', 90_700, 0.01);
      await vi.waitFor(() => expect(barks()).toMatchObject([{ late: false, firing: { episode: 1 } }]), SOON);
      refusal = undefined;
      await vi.waitFor(() => expect(feed.stats().repaired).toBe(1), SOON);
      expect(barks()).toHaveLength(1);
    });

    it('tells what was crossed right behind it, where the rule was armed again inside it', async () => {
      const feed = await impatient();
      const { market } = world.exchange;
      market.setPrice('BTCUSDT', 90_500);
      await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
      market.freeze(TRADES);
      market.print('BTCUSDT', 86_117.8, 0.01);
      market.thaw(TRADES);
      market.setPrice('BTCUSDT', 91_000);
      await vi.waitFor(async () => expect(await last()).toBe(91_000), SOON);
      expect(barks()).toHaveLength(1);
      refusal = undefined;
      await vi.waitFor(
        () =>
          expect(barks()).toMatchObject([
            { late: false, firing: { episode: 1 } },
            { late: true, firing: { episode: 2, value: 91_000 } },
          ]),
        SOON,
      );
      expect(feed.stats().repaired).toBe(1);
    });

    it('tells what was crossed inside it as soon as it can be fetched, late, while live trades go on', async () => {
      const feed = await impatient();
      unheard(90_500);
      world.exchange.market.setPrice('BTCUSDT', 86_200);
      await vi.waitFor(async () => expect(await last()).toBe(86_200), SOON);
      expect(barks()).toEqual([]);
      refusal = undefined;
      await vi.waitFor(
        () => expect(barks()).toMatchObject([{ late: true, to: { price: 90_500 }, firing: { episode: 1 } }]),
        SOON,
      );
      expect(feed.stats().repaired).toBe(1);
      world.exchange.market.setPrice('BTCUSDT', 91_000);
      await vi.waitFor(
        () => expect(barks()).toMatchObject([{}, { late: false, firing: { episode: 2 } }]),
        SOON,
      );
    });
  });

  it('that lies too long ago sets rules to their side silently', async () => {
    const feed = world.feed({ timings: { lateMs: -1_000 } });
    await feed.start();
    const { commandId } = await world.rules.save(priceRule({ mode: 'repeat' }), 10);
    await world.rules.awaitAnswer('BTCUSDT', commandId, 5_000);
    world.exchange.market.print('BTCUSDT', 86_117.8, 0.01);
    await vi.waitFor(
      async () => expect((await world.market.brief('BTCUSDT'))?.tradesSeen).toBeGreaterThan(0),
      SOON,
    );
    unheard(90_500);
    await vi.waitFor(() => expect(feed.stats().gaps).toBe(1), SOON);
    world.exchange.market.print('BTCUSDT', 90_700, 0.01);
    await vi.waitFor(() => expect(barks()).toMatchObject([{ late: false, firing: { episode: 1 } }]), SOON);
  });
});
