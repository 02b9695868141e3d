import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Circuits, createCircuits, type Health, type Pass } from '../../src/desk/circuits.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const URL = 'http://127.0.0.1:1/v1';
const OPEN_MS = 150;

describe('the circuits of a gateway', () => {
  let redis: TestRedis;
  /** Two processes that share a store. */
  let here: Circuits;
  let there: Circuits;

  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    here = createCircuits(redis.connect(), URL, { openMs: OPEN_MS });
    there = createCircuits(redis.connect(), URL, { openMs: OPEN_MS });
  });

  const entered = async (circuits: Circuits, model = 'a', leaseMs = 1_000): Promise<Pass> => {
    const pass = await circuits.enter(model, leaseMs);
    if (typeof pass === 'string') throw new Error(`not let in: ${pass}`);
    return pass;
  };
  const call = async (circuits: Circuits, health: Health, model = 'a') =>
    await (await entered(circuits, model)).done(health);
  /** Resolves with the one pass there is after the rest. */
  const probe = () => vi.waitFor(() => entered(here), { interval: 10 });

  it('open for all processes after three failures in a row, wherever they happened', async () => {
    await call(here, 'ill');
    await call(there, 'ill');
    expect(typeof (await here.enter('a', 1_000))).toBe('object');
    await call(here, 'ill');
    expect([await here.enter('a', 1_000), await there.enter('a', 1_000)]).toEqual([
      'gateway-down',
      'gateway-down',
    ]);
  });

  it('stay closed when something worked in between, and learn nothing from what says nothing', async () => {
    for (const health of ['ill', 'ill', 'well', 'ill', 'unknown', 'ill', 'unknown'] as const)
      await call(here, health);
    expect(typeof (await there.enter('a', 1_000))).toBe('object');
  });

  it('let one probe of one process decide', async () => {
    for (let i = 0; i < 3; i++) await call(here, 'ill');
    const first = await probe();
    expect(await there.enter('a', 1_000)).toBe('gateway-down');
    await first.done('ill');
    expect(await there.enter('a', 1_000)).toBe('gateway-down');
    await (await probe()).done('well');
    expect(await Promise.all([here.enter('a', 1_000), there.enter('a', 1_000)])).toEqual([
      expect.anything(),
      expect.anything(),
    ]);
    expect(typeof (await there.enter('a', 1_000))).toBe('object');
  });

  it('give the probe to another when its process is not heard of any more', async () => {
    for (let i = 0; i < 3; i++) await call(here, 'ill');
    await vi.waitFor(() => entered(here, 'a', 50), { interval: 10 });
    expect(await there.enter('a', 50)).toBe('gateway-down');
    await vi.waitFor(() => entered(there, 'a', 50), { interval: 10 });
  });

  it('rest a failing model and let the others work, when something works in between', async () => {
    for (let i = 0; i < 3; i++) {
      await call(here, 'ill', 'a');
      await call(there, 'well', 'b');
    }
    expect(await there.enter('a', 1_000)).toBe('gateway-down');
    expect(typeof (await here.enter('b', 1_000))).toBe('object');
  });

  it('rest the whole gateway at a single word, and say the word', async () => {
    await (await entered(here)).done('unknown', 'gateway-balance');
    expect(await there.enter('b', 1_000)).toBe('gateway-balance');
    expect(typeof (await createCircuits(redis.connect(), `${URL}/other`).enter('b', 1_000))).toBe('object');
  });
});
