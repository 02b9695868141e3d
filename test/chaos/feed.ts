import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedTimings } from '../../src/feed/timings.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import { connectStore, type Store } from '../../src/store/redis.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';
import { createFeedProcess, type FeedProcess } from './feed-crew.ts';
import { createScript, LEVELS } from './feed-script.ts';
import { createRandom, type Random } from './random.ts';

/** What came of a run. */
export interface FeedChaosResult {
  seed: number;
  /** Episodes that must have barked. */
  expected: number;
  /** Of those, the ones in no mailbox; and events that are there twice or should not be. */
  lost: readonly string[];
  wrong: readonly string[];
  /** Fault → how often. */
  faults: Record<string, number>;
  /** From the end of the faults until everything was there, ms. */
  settledMs: number;
}

const FEEDS = ['a', 'b', 'c'];
const SYMBOLS = Object.keys(LEVELS);
/** As in production, but all of it shorter. */
const TIMINGS: Partial<FeedTimings> = {
  dialSpacingMs: 20,
  dialEveryMs: 20,
  controlSpacingMs: 110,
  backoffBaseMs: 50,
  backoffCapMs: 300,
  silenceScale: 0.3,
  reorderMs: 20,
  useEveryMs: 50,
  leaseTtlMs: 1_500,
  leaseEveryMs: 300,
  memberTtlMs: 900,
  snapshotEveryMs: 2_000,
  relayEveryMs: 500,
  blindAfterMs: 2_000,
  yieldAfterMs: 4_000,
};

interface World {
  random: Random;
  redis: RedisServer;
  exchange: TestExchange;
  feeds: readonly FeedProcess[];
}

/** A fault begins, lasts, and is over when it resolves. */
type Fault = (world: World) => Promise<void>;

const one = ({ random, feeds }: World): FeedProcess => random.pick(feeds.map((feed) => [1, feed] as const));

const FAULTS = {
  async 'feed killed'(world) {
    const feed = one(world);
    await feed.kill();
    await sleep(world.random.between(50, 2_000));
    await feed.launch();
  },
  async 'feed paused'(world) {
    const feed = one(world);
    feed.pause();
    await sleep(world.random.between(200, 4_000));
    feed.wake();
  },
  async 'all feeds killed'({ random, feeds }) {
    await Promise.all(feeds.map((feed) => feed.kill()));
    await sleep(random.between(50, 1_000));
    await Promise.all(feeds.map((feed) => feed.launch()));
  },
  async 'sockets dropped'({ exchange }) {
    exchange.dropAll();
  },
  async 'sockets closed'({ random, exchange }) {
    exchange.closeWith(
      random.pick([
        [1, 1001],
        [1, 1008],
      ]),
    );
  },
  async 'sockets frozen'({ random, exchange }) {
    exchange.freeze();
    await sleep(random.between(200, 2_500));
    exchange.thaw();
  },
  async rubbish({ exchange }) {
    exchange.garbage();
  },
  async 'shutdown announced'({ exchange }) {
    exchange.serverShutdown();
  },
  async 'redis killed'({ random, redis }) {
    await redis.kill();
    await sleep(random.between(100, 2_000));
    await redis.start();
  },
  async 'redis black-holed for one feed'(world) {
    const { proxy } = one(world);
    proxy.blackHole();
    await sleep(world.random.between(300, 3_000));
    proxy.heal();
  },
  async 'connections to redis reset'({ feeds }) {
    for (const { proxy } of feeds) proxy.reset();
  },
} satisfies Record<string, Fault>;

type FaultName = keyof typeof FAULTS;

const WEIGHTED: readonly (readonly [number, FaultName])[] = [
  [6, 'feed killed'],
  [4, 'feed paused'],
  [1, 'all feeds killed'],
  [1, 'sockets dropped'],
  [1, 'sockets closed'],
  [2, 'sockets frozen'],
  [1, 'rubbish'],
  [1, 'shutdown announced'],
  [2, 'redis killed'],
  [2, 'redis black-holed for one feed'],
  [1, 'connections to redis reset'],
];

/**
 * Three feeds in processes of their own, each with its own way to a real Redis, on an exchange whose market crosses known
 * levels, among faults of all of them for `ms`; then peace, until every expected episode has barked or a minute is over.
 * `pauseMs`: the longest pause between two faults; the exchange's weight a minute bears about twenty take-overs.
 */
export async function runFeedChaos(options: {
  seed: number;
  ms: number;
  pauseMs: number;
  logFile?: string | undefined;
}): Promise<FeedChaosResult> {
  const random = createRandom(options.seed);
  const redis = await startRedisServer();
  const store = connectStore({ type: 'socket', path: redis.socketPath }, 'worker');
  store.on('error', () => undefined);
  const exchange = await startTestExchange({ volatility: 0, seed: options.seed });
  const feeds = await Promise.all(
    FEEDS.map((name) =>
      createFeedProcess({
        name,
        redisSocket: redis.socketPath,
        exchange,
        symbols: SYMBOLS,
        timings: TIMINGS,
        logFile: options.logFile && `${options.logFile}.${name}`,
      }),
    ),
  );
  const script = createScript(store, exchange, SYMBOLS);
  const faults: Record<string, number> = {};
  try {
    await Promise.all(feeds.map((feed) => feed.launch()));
    await script.begin();
    await untilSaved(store);
    const end = performance.now() + options.ms;
    const market = createRandom(options.seed + 1);
    const crossing = (async () => {
      while (performance.now() < end) {
        script.cross(market.pick(SYMBOLS.map((symbol) => [1, symbol] as const)));
        await sleep(market.between(10, 120));
      }
    })();
    while (performance.now() < end) {
      const name = random.pick(WEIGHTED);
      faults[name] = (faults[name] ?? 0) + 1;
      await FAULTS[name]({ random, redis, exchange, feeds });
      await sleep(random.between(100, options.pauseMs));
    }
    await crossing;
    const peaceAt = performance.now();
    await script.settle(60_000);
    const settledMs = Math.round(performance.now() - peaceAt);
    return {
      seed: options.seed,
      expected: script.expected().length,
      ...(await script.faults()),
      faults,
      settledMs,
    };
  } finally {
    await Promise.all(feeds.map((feed) => feed.stop()));
    await exchange.close();
    store.disconnect();
    await redis.stop();
  }
}

/** From then on a crash at any moment leaves something to go on from. */
async function untilSaved(store: Store): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (const symbol of SYMBOLS) {
    while ((await store.hexists(keys.snapshots(shardOf(symbol)), symbol)) === 0) {
      if (performance.now() > deadline) throw new Error(`${symbol} was never saved`);
      await sleep(50);
    }
  }
}
