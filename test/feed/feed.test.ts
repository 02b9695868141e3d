import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Refusal } from '../../src/exchange/server.ts';
import { keys, SHARDS } from '../../src/store/keys.ts';
import { createLeases } from '../../src/store/leases.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

let redis: TestRedis;
let world: FeedWorld;
let refusal: Refusal | undefined;

beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  refusal = undefined;
  world = await startFeedWorld(redis, {
    guard: (request) => (request.url?.startsWith('/fapi') ? undefined : refusal),
  });
});
afterEach(() => world.stop());

const SOON = { timeout: 8_000, interval: 20 };

const barks = () => world.post.posted.flatMap(({ notice }) => (notice.type === 'alert' ? [notice] : []));

/** Subscriptions the exchange holds now. */
const subscribed = () => [...world.exchange.connections].flatMap((each) => [...each.subscriptions]);

async function save(rule = priceRule()) {
  const { commandId } = await world.rules.save(rule, 10);
  return await world.rules.awaitAnswer(rule.symbol, commandId, 5_000);
}

describe('a started feed', () => {
  it('is ready with warm windows, and writes universe, candles, briefs and health', async () => {
    const feed = world.feed();
    await feed.start();
    expect(feed.ready()).toEqual({ ready: true, reasons: [] });
    const universe = await world.market.universe();
    expect(universe?.instruments.map((each) => each.symbol)).toContain('币安人生USDT');
    // No COIN-M, USDC, traditional, dated or settling ones.
    expect(universe?.instruments).toHaveLength(12);
    const brief = await vi.waitFor(async () => {
      const found = await world.market.brief('BTCUSDT');
      expect(found?.mark).toBeDefined();
      expect(found?.openInterest).toBeDefined();
      expect(found?.bid).toBeDefined();
      return found;
    }, SOON);
    expect(brief?.windows['24h'].coverage).toBe(1);
    expect(brief?.windows['24h'].range).toBeGreaterThan(0);
    expect((await world.market.candles('BTCUSDT', 0)).length).toBeGreaterThanOrEqual(1441);
    const health = await vi.waitFor(async () => {
      const found = await world.market.health();
      expect(found?.routes.map(({ route, state }) => [route, state])).toEqual([
        ['market', 'live'],
        ['public', 'live'],
      ]);
      return found;
    }, SOON);
    expect(health?.symbols).toEqual(['BTCUSDT']);
    expect(health?.blindSince).toBeUndefined();
    expect(feed.stats().messages).toBeGreaterThan(0);
    expect(feed.stats().malformed).toBe(0);
  });

  it('asks for each stream on its own route, and for no more than it needs', async () => {
    await world.feed().start();
    const byRoute = (route: string) =>
      [...world.exchange.connections]
        .filter((each) => each.route === route)
        .flatMap((each) => [...each.subscriptions]);
    expect(byRoute('market').sort()).toEqual([
      '!contractInfo',
      '!forceOrder@arr',
      '!markPrice@arr@1s',
      '!miniTicker@arr',
      'btcusdt@aggTrade',
      'btcusdt@kline_1m',
      'btcusdt@markPrice@1s',
      'tradingSession',
    ]);
    expect(byRoute('public')).toEqual(['btcusdt@depth20@100ms']);
    for (const connection of world.exchange.connections)
      expect(connection.peakPerSecond).toBeLessThanOrEqual(10);
  });

  it('takes a symbol in use as soon as somebody asks, and lets it go when nobody does', async () => {
    await world.feed().start();
    await vi.waitFor(async () => {
      // Somebody asks for as long as it takes: interest that is over by then would end what is looked for.
      await world.market.want('币安人生USDT', 1_500);
      const brief = await world.market.brief('币安人生USDT');
      expect(brief?.last).toBeGreaterThan(0);
      expect(brief?.windows['1h'].coverage).toBe(1);
      expect(subscribed()).toContain('币安人生usdt@aggTrade');
    }, SOON);
    await vi.waitFor(() => expect(subscribed()).not.toContain('币安人生usdt@aggTrade'), SOON);
    expect(subscribed()).toContain('btcusdt@aggTrade');
  });

  it('never subscribes what the exchange does not trade', async () => {
    await world.feed({ symbols: ['BTCUSDT', 'NOSUCHUSDT', 'OMGUSDT'] }).start();
    await world.market.want('BTCUSD_PERP', 5_000);
    await world.market.want('ETHUSDT', 5_000);
    await vi.waitFor(() => expect(subscribed()).toContain('ethusdt@aggTrade'), SOON);
    expect(subscribed().filter((stream) => /nosuch|omg|perp/.test(stream))).toEqual([]);
  });

  it('is never ready when the exchange trades none of its symbols', async () => {
    const feed = world.feed({ symbols: ['NOSUCHUSDT'] });
    void feed.start();
    await vi.waitFor(
      () => expect(feed.ready().reasons).toEqual(['none of SYMBOLS is a trading USDT coin perpetual']),
      SOON,
    );
  });

  it('counts fifty trades of a configured symbol for the tutorial’s cadence', async () => {
    const onTrades50 = vi.fn();
    await world.feed({ onTrades50 }).start();
    for (let i = 0; i < 50; i++) world.exchange.market.print('BTCUSDT', 86_117.8, 0.001);
    await vi.waitFor(() => expect(onTrades50).toHaveBeenCalledWith('BTCUSDT'), SOON);
  });

  it('hands its leases back when it stops, so that the next one begins at once', async () => {
    const first = world.feed();
    await first.start();
    const leases = createLeases(redis.connect());
    expect((await leases.owners()).size).toBe(SHARDS);
    await first.stop();
    expect((await leases.owners()).size).toBe(0);
    await world.feed().start();
  });
});

describe('rules', () => {
  it('fire once when the price crosses, and reach the post with what a reader needs', async () => {
    await world.feed().start();
    expect(await save()).toMatchObject({ state: 'armed' });
    world.exchange.market.setPrice('BTCUSDT', 90_500);
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    const [bark] = barks();
    expect(bark).toMatchObject({
      eventId: 'abc234:BTCUSDT.1',
      source: 'simulated',
      tickSize: 0.1,
      firing: { why: 'cross', episode: 1 },
      late: false,
    });
    expect(bark?.from?.price).toBeLessThan(90_000);
    expect(bark?.to.price).toBeGreaterThanOrEqual(90_000);
    world.exchange.market.setPrice('BTCUSDT', 86_000);
    world.exchange.market.setPrice('BTCUSDT', 90_600);
    await vi.waitFor(
      async () => expect((await world.market.brief('BTCUSDT'))?.last).toBeGreaterThan(90_500),
      SOON,
    );
    expect(barks()).toHaveLength(1);
  });

  it('are answered with how things stand: armed, already true, paused, removed', async () => {
    await world.feed().start();
    expect(await save()).toMatchObject({ state: 'armed', value: expect.closeTo(86_117.8, -3) });
    expect(await save(priceRule({ id: 'abc235', threshold: 80_000, rearm: 79_000 }))).toMatchObject({
      state: 'already',
    });
    expect(await save(priceRule({ paused: true }))).toMatchObject({ state: 'paused' });
    const removed = await world.rules.remove('chat-1', 'abc234');
    expect(await world.rules.awaitAnswer('BTCUSDT', removed?.commandId ?? '', 5_000)).toMatchObject({
      state: 'removed',
    });
  });

  it('bring their symbol in use and wait for its windows', async () => {
    await world.feed().start();
    const rule = priceRule({ symbol: 'ETHUSDT', kind: 'volatility', threshold: 1, rearm: 0.7, window: '1h' });
    expect(await save(rule)).toMatchObject({
      state: expect.stringMatching(/armed|already/),
      value: expect.any(Number),
    });
    await vi.waitFor(() => expect(subscribed()).toContain('ethusdt@aggTrade'), SOON);
  });

  it('on a symbol the exchange does not trade are kept and wait', async () => {
    await world.feed().start();
    expect(await save(priceRule({ symbol: 'NOSUCHUSDT' }))).toEqual({ state: 'warming', value: undefined });
  });

  it('survive a restart, and do not bark again for what they barked before', async () => {
    const first = world.feed();
    await first.start();
    await save(priceRule({ mode: 'repeat' }));
    await save(priceRule({ id: 'abc235', threshold: 95_000, rearm: 94_000 }));
    world.exchange.market.setPrice('BTCUSDT', 90_500);
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    await first.stop();

    const second = world.feed();
    await second.start();
    world.exchange.market.setPrice('BTCUSDT', 95_500);
    await vi.waitFor(() => expect(barks()).toHaveLength(2), SOON);
    expect(barks().map((bark) => bark.eventId)).toEqual(['abc234:BTCUSDT.1', 'abc235:BTCUSDT.1']);
  });

  it('end with a word when their time is over', async () => {
    await world.feed().start();
    await save(priceRule({ until: Date.now() + 500 }));
    await vi.waitFor(
      () => expect(world.post.posted.map(({ notice }) => notice.type)).toEqual(['rule-ended']),
      SOON,
    );
    await vi.waitFor(async () => expect(await world.rules.list('chat-1')).toEqual([]), SOON);
  });

  it('end with a word when their symbol leaves trading for good', async () => {
    await world.feed().start();
    await save(priceRule({ symbol: 'ADAUSDT', threshold: 100, rearm: 99 }));
    world.exchange.market.setStatus('ADAUSDT', 'SETTLING');
    await vi.waitFor(
      () =>
        expect(world.post.posted.map(({ notice }) => notice)).toMatchObject([
          { type: 'rule-ended', reason: 'delisted', rule: { symbol: 'ADAUSDT' } },
        ]),
      SOON,
    );
    await vi.waitFor(() => expect(subscribed()).not.toContain('adausdt@aggTrade'), SOON);
  });
});

describe('faults', () => {
  it('are survived: a dropped line is dialled again and asks for everything', async () => {
    const feed = world.feed();
    await feed.start();
    const before = [...subscribed()].sort();
    for (const connection of world.exchange.connections) connection.drop();
    await vi.waitFor(() => expect(feed.ready().ready).toBe(false), SOON);
    await vi.waitFor(() => expect(feed.ready().ready).toBe(true), SOON);
    expect([...subscribed()].sort()).toEqual(before);
  });

  it('of the trade ids are counted', async () => {
    const feed = world.feed();
    await feed.start();
    world.exchange.market.print('BTCUSDT', 86_120, 0.01);
    world.exchange.market.freeze('btcusdt@aggTrade');
    world.exchange.market.print('BTCUSDT', 86_120, 0.01);
    world.exchange.market.thaw('btcusdt@aggTrade');
    world.exchange.market.print('BTCUSDT', 86_120, 0.01);
    await vi.waitFor(() => expect(feed.stats().gaps).toBe(1), SOON);
  });

  it('of one stream are noticed and told', async () => {
    // The least that leaves every stream more time than it takes between two frames.
    await world.feed({ timings: { silenceScale: 0.4 } }).start();
    world.exchange.market.freeze('btcusdt@aggTrade');
    await vi.waitFor(async () => {
      const health = await world.market.health();
      expect(health?.routes.find((each) => each.route === 'market')).toMatchObject({
        state: 'silent',
        silent: ['btcusdt@aggTrade'],
      });
    }, SOON);
    world.exchange.market.thaw('btcusdt@aggTrade');
    await vi.waitFor(async () => expect((await world.market.health())?.routes[0]?.state).toBe('live'), SOON);
  });

  it('of the location are told and not fought', async () => {
    refusal = { status: 451, body: '{"code":0,"msg":"Service unavailable from a restricted location"}' };
    const feed = world.feed();
    void feed.start();
    await vi.waitFor(async () => expect((await world.market.health())?.refused).toMatch(/451/), SOON);
    // Either route may be turned down first.
    await vi.waitFor(() => expect(feed.ready().reasons.join()).toContain('/market is down'), SOON);
    refusal = undefined;
    await vi.waitFor(() => expect(feed.ready().ready).toBe(true), SOON);
    await vi.waitFor(async () => expect((await world.market.health())?.refused).toBeUndefined(), SOON);
  });

  it('of a crashed predecessor cost no more than its leases last', async () => {
    const store = redis.connect();
    await createLeases(store).acquire(5, 'crashed', 600_000);
    const feed = world.feed();
    void feed.start();
    await vi.waitFor(
      () => expect(feed.ready().reasons).toEqual(['1 shards are still leased by another feed']),
      SOON,
    );
    await store.pexpire(keys.lease(5), 1);
    await vi.waitFor(() => expect(feed.ready().ready).toBe(true), SOON);
  });

  it('of the store do not hold up the end', async () => {
    const own = await startTestRedis();
    const other = await startFeedWorld(own);
    const feed = other.feed({ timings: { drainMs: 300 } });
    await feed.start();
    await own.stop();
    await feed.stop();
    await other.exchange.close();
  });
});
