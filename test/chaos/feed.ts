import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedTimings } from '../../src/feed/timings.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import { connectStore, type Store } from '../../src/store/redis.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { startTestExchange } from '../world/exchange.ts';
import { createFeedProcess } from './feed-crew.ts';
import { type FaultLane, type FaultyWorld, FEED_FAULTS, NETWORK_FAULTS } from './feed-faults.ts';
import { createScript, LEVELS } from './feed-script.ts';
import { createRandom } from './random.ts';

/** What came of a run. */
export interface FeedChaosResult {
  seed: number;
  /** Episodes that must have barked. */
  expected: number;
  /** Of those, the ones in no mailbox; and events that are there twice or should not be. */
  lost: readonly string[];
  wrong: readonly string[];
  /** How often a feed was killed or paused, and in words: fault → how often. */
  kills: number;
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
  repairMs: 2_000,
  arrearsMs: 500,
};

/**
 * Three feeds in processes of their own, each with its own way to a real Redis, on an exchange whose market crosses known
 * levels, among faults of feeds and, at the same time, of all that they stand on: for `ms`, and until feeds were killed or
 * paused `kills` times. Then peace, until every expected episode has barked, or for three minutes.
 */
export async function runFeedChaos(options: {
  seed: number;
  ms: number;
  kills?: number;
  logFile?: string | undefined;
}): Promise<FeedChaosResult> {
  const { seed, ms, kills: wanted = 0 } = options;
  // What a killed Redis had acknowledged and not written would be lost to any feed.
  const redis = await startRedisServer('always');
  const store = connectStore({ type: 'socket', path: redis.socketPath }, 'worker');
  store.on('error', () => undefined);
  const exchange = await startTestExchange({ volatility: 0, seed });
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
  let kills = 0;

  /** Faults of a lane, one after the other, as long as it goes on. */
  async function run(lane: FaultLane, world: FaultyWorld, isOn: () => boolean): Promise<void> {
    const { faults: weighted, pauseMs } = lane;
    const { random } = world;
    while (isOn()) {
      if (lane === FEED_FAULTS) kills += 1;
      const [name, fault] = random.pick(weighted.map(([weight, ...rest]) => [weight, rest] as const));
      faults[name] = (faults[name] ?? 0) + 1;
      await fault(world);
      await sleep(random.between(100, pauseMs));
    }
  }

  try {
    await Promise.all(feeds.map((feed) => feed.launch()));
    await script.begin();
    await untilSaved(store);
    const end = performance.now() + ms;
    const isOn = () => performance.now() < end || kills < wanted;
    const world = { redis, exchange, feeds };
    const market = createRandom(seed + 1);
    const crossing = (async () => {
      while (isOn()) {
        script.cross(market.pick(SYMBOLS.map((symbol) => [1, symbol] as const)));
        await sleep(market.between(10, 120));
      }
    })();
    await Promise.all([
      crossing,
      run(FEED_FAULTS, { ...world, random: createRandom(seed) }, isOn),
      run(NETWORK_FAULTS, { ...world, random: createRandom(seed + 2) }, isOn),
    ]);
    const peaceAt = performance.now();
    await script.settle(180_000);
    const settledMs = Math.round(performance.now() - peaceAt);
    return {
      seed,
      expected: script.expected().length,
      ...(await script.faults()),
      kills,
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
