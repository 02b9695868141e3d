import { beforeEach, describe, expect, it } from 'vitest';
import { createWeightBudget, type WeightBudget } from '../../src/store/weight.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';

let redis: TestRedis;
let first: WeightBudget;
let second: WeightBudget;

useRedis((opened) => {
  redis = opened;
});
beforeEach(async () => {
  first = createWeightBudget(redis.connect());
  second = createWeightBudget(redis.connect());
});

const MINUTE = 29_000_000;

describe('the request weight of an address', () => {
  it('is one for all feeds: together they never pass the ceiling', async () => {
    const calls = Array.from({ length: 100 }, (_, i) =>
      (i % 2 ? first : second).take(MINUTE, 20, { ceiling: 1_200, known: 0 }),
    );
    const charges = await Promise.all(calls);
    expect(charges.filter((charge) => charge.type === 'ok')).toHaveLength(60);
    expect(charges).toContainEqual({ type: 'full', used: 1_200 });
    expect(await first.take(MINUTE + 1, 20, { ceiling: 1_200, known: 0 })).toEqual({ type: 'ok', used: 20 });
  });

  it('counts what others behind the address have used, as the exchange tells it', async () => {
    expect(await first.take(MINUTE, 1, { ceiling: 1_200, known: 1_198 })).toEqual({
      type: 'ok',
      used: 1_199,
    });
    expect(await second.take(MINUTE, 2, { ceiling: 1_200, known: 0 })).toEqual({ type: 'full', used: 1_199 });
  });

  it('is nothing for anybody while the exchange has told one of them to wait', async () => {
    await first.block(60_000);
    expect(await second.take(MINUTE, 1, { ceiling: 1_200, known: 0 })).toEqual({
      type: 'blocked',
      waitMs: expect.closeTo(60_000, -3),
    });
  });
});
