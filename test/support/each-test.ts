import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startTestRedis, type TestRedis } from './redis.ts';

/** What each test of a file finds. */
export interface Here<World> {
  /** The file's own Redis. */
  readonly redis: TestRedis;
  readonly world: World;
}

/** Gives a file a Redis of its own, which is emptied before each test; `opened` is told of it once. */
export function useRedis(opened: (redis: TestRedis) => void): void {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    redis = await startTestRedis();
    opened(redis);
  });
  afterAll(() => redis?.stop());
  beforeEach(() => redis?.clear());
}

/**
 * Gives each test of a file a world of its own, on a Redis that is the file's and is emptied before: started before the
 * test and stopped after it.
 */
export function eachTest<World extends { stop(): Promise<void> }>(
  start: (redis: TestRedis) => Promise<World>,
): Here<World> {
  let redis: TestRedis | undefined;
  let world: World | undefined;
  const running = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('there is none outside of a test');
    return part;
  };
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    await running(redis).clear();
    world = await start(running(redis));
  });
  afterEach(() => world?.stop());
  return {
    get redis() {
      return running(redis);
    },
    get world() {
      return running(world);
    },
  };
}
