import { describe, expect, it, vi } from 'vitest';
import type { FeedDeps } from '../../src/feed/feed.ts';
import { createPatience } from '../../src/feed/patience.ts';
import { DEFAULT_TIMINGS } from '../../src/feed/timings.ts';
import { OperationalError } from '../../src/kit/errors.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createCommits } from '../../src/store/commits.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { createSnapshots } from '../../src/store/snapshots.ts';
import { eachTest } from '../support/each-test.ts';
import { priceRule, startFeedWorld } from './support.ts';

/** One call more than REST tries by itself. */
const REFUSALS = 5;
const SOON = { timeout: 8_000, interval: 20 };
const TRADES = 'btcusdt@aggTrade';
const CALM = 86_117.8;

/** Calls for trades that are still to be refused. */
let refusals = 0;
const here = eachTest((redis) => {
  refusals = 0;
  return startFeedWorld(redis, {
    guard: ({ url = '' }) =>
      url.startsWith('/fapi/v1/aggTrades') && refusals-- > 0 ? { status: 503, body: '' } : undefined,
  });
});

/** A repository of which one call fails the first `times` times. */
function failing<T extends object>(repository: T, call: keyof T & string, times: number): T {
  let left = times;
  return new Proxy(repository, {
    get: (target, name) =>
      name === call && left-- > 0
        ? () => Promise.reject(new Error('LOADING Redis is loading the dataset in memory'))
        : Reflect.get(target, name),
  });
}

const told = () => here.world.barks().map(({ eventId, late }) => `${eventId} ${late ? 'late' : 'live'}`);

/** Runs a feed until both rules watch BTCUSDT, and stops it. */
async function watchedBefore(): Promise<void> {
  const { exchange, market, rules } = here.world;
  const feed = here.world.feed();
  await feed.start();
  await here.world.save(priceRule());
  await here.world.save(priceRule({ id: 'new234', symbol: 'all' }));
  exchange.market.print('BTCUSDT', CALM, 0.01);
  await vi.waitFor(async () => {
    expect((await market.brief('BTCUSDT'))?.tradesSeen).toBeGreaterThan(0);
    const states = await rules.instances(['abc234', 'new234'].map((id) => ({ id, symbol: 'BTCUSDT' })));
    expect([...states.values()].map(({ phase }) => phase)).toEqual(['armed', 'armed']);
  }, SOON);
  await feed.stop();
}

describe('a start', () => {
  it.each<[string, () => Partial<FeedDeps>]>([
    ['rules', () => ({ rules: failing(createRulesRepository(here.redis.connect()), 'loadShard', 100) })],
    ['rules on all', () => ({ rules: failing(createRulesRepository(here.redis.connect()), 'instances', 2) })],
    ['saved windows', () => ({ snapshots: failing(createSnapshots(here.redis.connect()), 'load', 2) })],
  ])('tells what was missed though the store did not give its %s at first', async (_what, faults) => {
    await watchedBefore();
    const { market } = here.world.exchange;
    for (const price of [90_500, CALM]) market.print('BTCUSDT', price, 0.01);
    market.setPrice('BTCUSDT', CALM);
    await here.world.feed(faults()).start();
    market.print('BTCUSDT', CALM, 0.01);
    await vi.waitFor(
      () => expect(told().sort()).toEqual(['abc234:BTCUSDT.1 late', 'new234:BTCUSDT.1 late']),
      SOON,
    );
  });

  it('tells what was missed though the exchange did not say at first whether it still is the same market', async () => {
    await watchedBefore();
    const { market } = here.world.exchange;
    for (const price of [90_500, CALM]) market.print('BTCUSDT', price, 0.01);
    market.setPrice('BTCUSDT', CALM);
    refusals = REFUSALS;
    await here.world.feed().start();
    market.print('BTCUSDT', CALM, 0.01);
    await vi.waitFor(
      () => expect(told().sort()).toEqual(['abc234:BTCUSDT.1 late', 'new234:BTCUSDT.1 late']),
      SOON,
    );
  });

  it('tells what the last feed could not fetch though the store did not say at first what that is', async () => {
    await watchedBefore();
    const { market } = here.world.exchange;
    const first = here.world.feed({ timings: { repairMs: 300, arrearsMs: 3_600_000 } });
    await first.start();
    refusals = Number.POSITIVE_INFINITY;
    market.freeze(TRADES);
    for (const price of [90_500, CALM]) market.print('BTCUSDT', price, 0.01);
    market.thaw(TRADES);
    market.print('BTCUSDT', CALM, 0.01);
    const store = here.redis.connect();
    await vi.waitFor(async () => expect(await store.hlen(keys.arrears(shardOf('BTCUSDT')))).toBe(1), SOON);
    await first.stop();
    expect(told()).toEqual([]);
    refusals = 0;
    await here.world.feed({ commits: failing(createCommits(store), 'arrears', 2) }).start();
    await vi.waitFor(
      () => expect(told().sort()).toEqual(['abc234:BTCUSDT.1 late', 'new234:BTCUSDT.1 late']),
      SOON,
    );
  });
});

describe('patience with what a start cannot do without', () => {
  const LATE_MS = 200;
  let waiting = true;
  const patience = () =>
    createPatience({
      symbol: 'BTCUSDT',
      waits: () => waiting,
      timings: { ...DEFAULT_TIMINGS, warmRetryMs: 1, lateMs: LATE_MS },
      log: silentLog(),
      signal: new AbortController().signal,
    });

  it('ends when nothing that was missed would be told any more', async () => {
    let asked = 0;
    const answer = patience()('it', () => Promise.reject(new Error(`away ${++asked}`)));
    await expect(answer).rejects.toThrow(/^away/);
    expect(asked).toBeGreaterThan(2);
  });

  it('ends when nobody waits any more, and where it makes no sense to ask', async () => {
    const ask = () => {
      waiting = false;
      return Promise.reject(new Error('away'));
    };
    await expect(patience()('it', ask)).rejects.toThrow('away');
    waiting = true;
    let asked = 0;
    const futile = () => {
      asked += 1;
      return Promise.reject(new OperationalError('bug', 'no such symbol'));
    };
    await expect(patience()('it', futile)).rejects.toThrow('no such symbol');
    expect(asked).toBe(1);
  });
});
