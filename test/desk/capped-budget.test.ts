import { expect, it } from 'vitest';
import { cappedBudget } from '../../src/desk/capped-budget.ts';
import { type Budget, createBudget, type LedgerEntry, type Reservation } from '../../src/store/budget.ts';
import { useRedis } from '../support/each-test.ts';

const UNLIMITED = { bot: undefined, chat: undefined };
let whole: Budget;
useRedis((redis) => {
  whole = createBudget(redis.connect());
});

/** What the call was charged; the rest of an entry does not matter here. */
function entry({ id, payer, amountNano }: Reservation, costNano = amountNano): LedgerEntry {
  const tokens = { promptTokens: 1, cachedTokens: 0, completionTokens: 1 };
  const call = { id, at: 0, payer, model: 'm', servedModel: undefined, symbol: 'BTCUSDT', outcome: 'ok' };
  return { ...call, ...tokens, costNano, estimated: false, priceTable: 'test' };
}

let ids = 0;
function reservation(change: Partial<Reservation>): Reservation {
  const of = { id: `call-${++ids}`, day: '2026-11-24', payer: 'backtest', operator: false };
  return { ...of, amountNano: 100, ...change };
}

it('a run spends no more than it was given, on whatever days, and all that it was given', async () => {
  const budget = cappedBudget(whole, 250);
  const reserve = async (day: string, amountNano = 100) => {
    const made = reservation({ day, amountNano });
    return { made, verdict: await budget.reserve(made, UNLIMITED, 60_000) };
  };
  const [before, after] = ['2026-11-24', '2026-11-25'];
  const first = await reserve(before);
  await budget.settle(first.made, entry(first.made, 60));
  const second = await reserve(before);
  // Over midnight: what is open and what was spent before still counts.
  expect((await reserve(after)).verdict).toBe('chat');
  await budget.release(second.made, 'server');
  const third = await reserve(after, 190);
  expect([first, second, third].map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
  await budget.settle(third.made, entry(third.made));
  expect((await reserve(after, 1)).verdict).toBe('chat');
  expect(await whole.summary(before, after, 'UTC', 'backtest', UNLIMITED)).toMatchObject({
    costNano: 250,
    reservedNano: 0,
  });
});

it('what the bot’s own limits refuse does not count against the run', async () => {
  const budget = cappedBudget(whole, 250);
  const refused = reservation({ amountNano: 200 });
  expect(await budget.reserve(refused, { bot: 100, chat: undefined }, 60_000)).toBe('bot');
  expect(await budget.reserve(reservation({ amountNano: 200 }), UNLIMITED, 60_000)).toBe('ok');
});
