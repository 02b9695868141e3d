import { setTimeout as sleep } from 'node:timers/promises';
import { QUEUE_PREFIX } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import type { RedisServer } from '../support/redis-server.ts';
import type { Crew } from './crew.ts';
import type { Platform } from './platform.ts';
import type { Random } from './random.ts';

/** What the world around the couriers is made of. */
export interface World {
  random: Random;
  redis: RedisServer;
  crew: Crew;
  platform: Platform;
  /** A connection of the observer, past every proxy. */
  store: Store;
  /** There is time for faults that outlast every timeout. */
  long: boolean;
}

/** A fault of the surroundings: it begins, lasts, and is over when it resolves. */
type Fault = (world: World) => Promise<void>;

const FAULTS = {
  async 'courier killed'({ random, crew }) {
    crew.kill(random.between(0, crew.size - 1));
  },
  async 'courier frozen'({ random, crew }) {
    const ms = random.between(500, 3_000);
    crew.freeze(random.between(0, crew.size - 1), ms);
    await sleep(ms);
  },
  async 'redis killed'({ random, redis }) {
    await redis.kill();
    await sleep(random.between(100, 1_500));
    await redis.start();
  },
  async 'redis black-holed for one courier'({ random, crew, long }) {
    const proxy = crew.proxy(random.between(0, crew.size - 1));
    proxy.blackHole();
    // Beyond 15 s the connection is given up.
    await sleep(long && random.next() < 0.3 ? random.between(16_000, 20_000) : random.between(500, 3_000));
    proxy.heal();
  },
  async 'connections to redis reset'({ crew }) {
    for (let number = 0; number < crew.size; number++) crew.proxy(number).reset();
  },
  async 'redis out of memory'({ random, redis }) {
    await redis.outOfMemory(true);
    await sleep(random.between(300, 1_500));
    await redis.outOfMemory(false);
  },
  async 'disk full'({ random, redis }) {
    if (!(await redis.diskFull(true))) return;
    await sleep(random.between(1_200, 2_500));
    await redis.diskFull(false);
  },
  async 'queue lost'({ store }) {
    const lost = await store.keys(`${QUEUE_PREFIX}:*`);
    if (lost.length > 0) await store.del(...lost);
  },
  async '429 storm'({ random, platform }) {
    platform.storm('flood', random.between(300, 1_500));
  },
  async '403 for everybody'({ random, platform }) {
    platform.storm('refusal', random.between(300, 1_500));
  },
  async '502 pages'({ random, platform }) {
    platform.storm('page', random.between(300, 1_500));
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

const WEIGHTED: readonly (readonly [number, FaultName])[] = [
  [3, 'courier killed'],
  [2, 'courier frozen'],
  [2, 'redis killed'],
  [2, 'redis black-holed for one courier'],
  [1, 'connections to redis reset'],
  [1, 'redis out of memory'],
  [1, 'disk full'],
  [2, 'queue lost'],
  [2, '429 storm'],
  [2, '403 for everybody'],
  [2, '502 pages'],
];

/** Lets one fault after another happen until `signal`; what was begun is ended. Returns how often each happened. */
export async function badWeather(world: World, signal: AbortSignal): Promise<Map<FaultName, number>> {
  const counts = new Map<FaultName, number>();
  while (!signal.aborted) {
    const name = world.random.pick(WEIGHTED);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await FAULTS[name](world);
    await sleep(world.random.between(200, 1_000), undefined, { signal }).catch(() => undefined);
  }
  return counts;
}
