import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { createFeed, type Feed } from '../src/feed/feed.ts';
import { SymbolWatch } from '../src/feed/symbol-watch.ts';
import { systemClock } from '../src/kit/clock.ts';
import { silentLog } from '../src/kit/log.ts';
import type { Candle } from '../src/market/events.ts';
import { createAnalysesRepository } from '../src/store/analyses.ts';
import { createCommits } from '../src/store/commits.ts';
import { createLeases } from '../src/store/leases.ts';
import { createListedRepository } from '../src/store/listed.ts';
import { createMarketRepository } from '../src/store/market.ts';
import { createMembers } from '../src/store/members.ts';
import { createPost } from '../src/store/post.ts';
import { createRulesRepository } from '../src/store/rules.ts';
import { createSnapshots } from '../src/store/snapshots.ts';
import { createWeightBudget, type WeightBudget } from '../src/store/weight.ts';
import { startTestRedis } from '../test/support/redis.ts';
import { symbolAt } from './feed-market.ts';
import type { Bench, BenchResult } from './model.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 10, 24);
const SYMBOLS = 600;
const urls = z.object({ wsUrl: z.string(), restUrl: z.string() });

export const benches: readonly Bench[] = [
  { name: 'state.memory', run: memory },
  { name: 'start.all', run: startAll },
];

/** What 600 symbols take with a day of candles and a quarter of an hour of live seconds. */
async function memory(): Promise<BenchResult> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  // Twice, with a pause: what other benchmarks left behind must be gone before.
  const used = async (): Promise<number> => {
    for (let pass = 0; pass < 2; pass++) {
      if (typeof collect === 'function') collect();
      await sleep(100);
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const candle = (openTime: number): Candle => ({
    openTime,
    open: 100,
    high: 101,
    low: 99,
    close: 100,
    volume: 10,
    quoteVolume: 1_000,
    trades: 60,
    takerBuyQuoteVolume: 500,
    closed: true,
  });
  const candles = Array.from({ length: 1_441 }, (_, minute) => candle(START + (minute - 1_441) * MINUTE_MS));
  const before = await used();
  const watches = Array.from({ length: SYMBOLS }, (_, index) => {
    const symbol = symbolAt(index);
    const watch = new SymbolWatch({ symbol, base: symbol, tickSize: 0.1, status: 'TRADING' });
    watch.fill(candles, START);
    for (let second = 0; second < 900; second++) {
      const time = START + second * 1_000;
      watch.trade({
        symbol,
        id: second + 1,
        price: 100,
        quantity: 1,
        time,
        eventTime: time,
        buyerIsMaker: false,
      });
    }
    // The minute in which live trades begin.
    watch.candle(candle(START));
    return watch;
  });
  const bytes = (await used()) - before;
  const cold = watches.filter((watch) => watch.state.range('24h') === undefined);
  if (cold.length > 0) throw new Error(`${cold.length} symbols are not warm`);
  return { name: 'state.memory', value: Number((bytes / 1e6).toFixed(1)), unit: 'MB' };
}

/**
 * The whole market from nothing, then once more from what was saved, each with a live feed's pace of dialling, under the
 * exchange's weight limit and a clock that is not sped up.
 */
async function startAll(): Promise<BenchResult[]> {
  const log = silentLog();
  const redis = await startTestRedis();
  const exchange = new Worker(new URL('./whole-market-exchange.ts', import.meta.url));
  const [message] = await once(exchange, 'message');
  const { wsUrl, restUrl } = urls.parse(message);
  const store = redis.connect();
  const market = createMarketRepository(store);
  let most = 0;
  let asked = 0;
  const budget = createWeightBudget(store);
  const weight: WeightBudget = {
    ...budget,
    async take(minute, one, limits) {
      const charge = await budget.take(minute, one, limits);
      if (charge.type !== 'ok') return charge;
      most = Math.max(most, charge.used);
      asked += one;
      return charge;
    },
  };
  const create = (processId: string) =>
    createFeed({
      wsUrl,
      restUrl,
      // The numbers of its trades go on, as the live market's do.
      source: 'live',
      symbols: 'all',
      market,
      rules: createRulesRepository(store),
      commits: createCommits(store),
      leases: createLeases(store),
      members: createMembers(store),
      snapshots: createSnapshots(store),
      listed: createListedRepository(store),
      analyses: createAnalysesRepository(store),
      post: createPost({ store, connection: store }),
      weight,
      clock: systemClock,
      log,
      processId,
    });
  const seconds = async (feed: Feed) => {
    const begun = performance.now();
    await feed.start();
    return Number(((performance.now() - begun) / 1000).toFixed(1));
  };
  const cold = create('cold');
  const again = create('again');
  try {
    const fromNothing = await seconds(cold);
    const mostCold = most;
    const symbols = (await market.universe())?.instruments.length ?? 0;
    // As after a while of running: the minutes in which much was asked for are over.
    await sleep(2 * MINUTE_MS);
    await cold.stop();
    most = 0;
    const before = asked;
    const fromSaved = await seconds(again);
    return [
      { name: 'start.all', value: fromNothing, unit: 's' },
      { name: 'start.all.symbols', value: symbols, unit: 'symbols' },
      { name: 'start.all.weight', value: mostCold, unit: 'weight/min' },
      { name: 'start.snapshot', value: fromSaved, unit: 's' },
      { name: 'start.snapshot.weight', value: asked - before, unit: 'weight' },
    ];
  } finally {
    await Promise.all([cold.stop(), again.stop()]);
    await exchange.terminate();
    await redis.stop();
  }
}
