import { expect, it, vi } from 'vitest';
import { capabilitiesOf } from '../../src/desk/capabilities.ts';
import type { Gateway } from '../../src/desk/gateway.ts';
import { createPace } from '../../src/desk/pace.ts';
import { loadPrices, type PriceRow, type Prices } from '../../src/desk/prices.ts';
import { createBuy, type Order } from '../../src/desk/purchase.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import type { Store } from '../../src/store/redis.ts';
import { ManualClock } from '../support/clock.ts';
import { useRedis } from '../support/each-test.ts';

type BuyDeps = Parameters<typeof createBuy>[0];

const UNLIMITED = { bot: undefined, chat: undefined };
/** From one o'clock UTC on everything costs twice as much. */
const ROW: PriceRow = {
  pattern: '.*',
  effectiveFrom: '2026-01-01',
  inMiss: 1_000,
  inHit: 1_000,
  out: 1_000,
  windows: [{ utcDays: [0, 1, 2, 3, 4, 5, 6], from: '01:00', to: '04:00', percent: 200 }],
  source: 'test',
};

let store: Store;
let budget: Budget;
useRedis((redis) => {
  store = redis.connect();
  budget = createBudget(store);
});

/** A call of 100 tokens that begins at a time of Tuesday, 24 November 2026, UTC, and takes ten seconds. */
async function bought(
  time: string,
  timezone = 'UTC',
  { find = () => ROW, ...more }: Partial<Pick<Prices, 'find'> & Pick<BuyDeps, 'onOver'>> = {},
): Promise<number | undefined> {
  const clock = new ManualClock(Date.parse(`2026-11-24T${time}Z`));
  const gateway: Gateway = {
    models: async () => [],
    async complete() {
      clock.advanceBy(10_000);
      const usage = { prompt: 90, cached: 0, completion: 10 };
      return { type: 'answer', content: 'OK', finishReason: 'stop', servedModel: undefined, usage };
    },
  };
  const buy = createBuy({
    gateway,
    ...more,
    prices: { ...loadPrices(), find },
    budget,
    pace: createPace(store, 1_000),
    limits: UNLIMITED,
    timezone,
    clock,
  });
  const order: Order = {
    id: `call-at-${time}`,
    symbol: 'BTCUSDT',
    payer: 'chat-1',
    operator: false,
    awaited: true,
    model: 'any',
    messages: [{ role: 'user', content: 'x'.repeat(300) }],
    maxTokens: 100,
    structured: 'plain',
    capabilities: capabilitiesOf('any'),
    schema: {},
    grade: () => 'ok',
    deadlineAt: clock.now() + 20_000,
    callMs: 20_000,
  };
  const result = await buy(order, AbortSignal.timeout(20_000));
  return result.type === 'answer' ? result.charge?.costNano : undefined;
}

it.each([
  ['00:30:00', 100],
  ['00:59:55', 200],
  ['01:30:00', 200],
  ['03:59:55', 200],
  ['04:00:00', 100],
])('a call at %s is charged at the hour’s price, the dearer one of two', async (time, costNano) => {
  expect(await bought(time)).toBe(costNano);
});

it.each([
  ['UTC', '23:59:55'],
  ['Asia/Seoul', '14:59:55'],
])('a call over midnight counts for the day on which it began, in %s', async (timezone, began) => {
  await bought(began, timezone);
  const costs = (day: string) => budget.summary(day, day, timezone, undefined, UNLIMITED);
  expect(await costs('2026-11-24')).toMatchObject({ calls: 1, costNano: 100, reservedNano: 0 });
  expect(await costs('2026-11-25')).toMatchObject({ calls: 0, costNano: 0 });
});

it('a call that a dearer price overtakes is reserved and charged by the dearer one', async () => {
  const dearer = { ...ROW, inMiss: 30_000, inHit: 30_000, out: 30_000 };
  const onOver = vi.fn();
  const find: Prices['find'] = (_model, at) => (at < Date.parse('2026-11-25') ? ROW : dearer);
  expect(await bought('23:59:55', 'UTC', { find, onOver })).toBe(3_000);
  expect(onOver).not.toHaveBeenCalled();
  expect(await bought('12:00:00', 'UTC', { find })).toBe(100);
});

it('calls are all charged, whatever ids those who ask give them', async () => {
  await bought('12:00:00');
  await bought('12:00:00');
  const day = '2026-11-24';
  expect(await budget.summary(day, day, 'UTC', undefined, UNLIMITED)).toMatchObject({
    calls: 2,
    costNano: 200,
  });
});
