import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../support/redis-server.ts';
import type { TestExchange } from '../world/exchange.ts';
import type { FeedProcess } from './feed-crew.ts';
import type { Random } from './random.ts';

/** What faults befall. */
export interface FaultyWorld {
  random: Random;
  redis: RedisServer;
  exchange: TestExchange;
  feeds: readonly FeedProcess[];
}

/** Faults of one sort, which follow each other: a fault begins, lasts, and is over when it resolves. */
export interface FaultLane {
  /** The longest pause between two of them, ms. */
  readonly pauseMs: number;
  readonly faults: readonly (readonly [
    weight: number,
    name: string,
    fault: (world: FaultyWorld) => Promise<void>,
  ])[];
}

const one = ({ random, feeds }: FaultyWorld): FeedProcess =>
  random.pick(feeds.map((feed) => [1, feed] as const));

/** Feeds die by kill -9 and are started again, or stand still and wake up. */
export const FEED_FAULTS: FaultLane = {
  pauseMs: 1_000,
  faults: [
    [
      6,
      'feed killed',
      async (world) => {
        const feed = one(world);
        await feed.kill();
        await sleep(world.random.between(50, 2_000));
        await feed.launch();
      },
    ],
    [
      4,
      'feed paused',
      async (world) => {
        const feed = one(world);
        feed.pause();
        await sleep(world.random.between(200, 4_000));
        feed.wake();
      },
    ],
    [
      1,
      'all feeds killed',
      async ({ random, feeds }) => {
        await Promise.all(feeds.map((feed) => feed.kill()));
        await sleep(random.between(50, 1_000));
        await Promise.all(feeds.map((feed) => feed.launch()));
      },
    ],
  ],
};

/** Meanwhile sockets, the exchange's REST side and Redis fail. */
export const NETWORK_FAULTS: FaultLane = {
  pauseMs: 4_000,
  faults: [
    [
      1,
      'sockets dropped',
      async ({ exchange }) => {
        exchange.dropAll();
      },
    ],
    [
      1,
      'sockets closed',
      async ({ random, exchange }) => {
        exchange.closeWith(
          random.pick([
            [1, 1001],
            [1, 1008],
          ]),
        );
      },
    ],
    [
      2,
      'sockets frozen',
      async ({ random, exchange }) => {
        exchange.freeze();
        await sleep(random.between(200, 2_500));
        exchange.thaw();
      },
    ],
    [
      1,
      'rubbish',
      async ({ exchange }) => {
        exchange.garbage();
      },
    ],
    [
      1,
      'shutdown announced',
      async ({ exchange }) => {
        exchange.serverShutdown();
      },
    ],
    [
      2,
      'requests refused',
      async ({ random, exchange }) => {
        exchange.refuse(503, 'requests');
        await sleep(random.between(500, 5_000));
        exchange.serve();
      },
    ],
    [
      2,
      'redis killed',
      async ({ random, redis }) => {
        await redis.kill();
        await sleep(random.between(100, 2_000));
        await redis.start();
      },
    ],
    [
      2,
      'redis black-holed for one feed',
      async (world) => {
        const { proxy } = one(world);
        proxy.blackHole();
        await sleep(world.random.between(300, 3_000));
        proxy.heal();
      },
    ],
    [
      1,
      'connections to redis reset',
      async ({ feeds }) => {
        for (const { proxy } of feeds) proxy.reset();
      },
    ],
  ],
};
