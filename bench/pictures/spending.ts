import { addDays, localDay } from '../../src/kit/local-time.ts';
import { createBudget } from '../../src/store/budget.ts';
import type { Store } from '../../src/store/redis.ts';

/** Readings a chat asked for on each of the last seven days, today last. */
const CALLS = [4, 9, 6, 12, 3, 15, 7] as const;

/** Books a week of readings that a chat paid, each with the tokens and the cost of a usual one. */
export async function spendAWeek(store: Store, payer: string): Promise<void> {
  const budget = createBudget(store);
  const today = localDay(Date.now(), 'UTC');
  for (const [i, calls] of CALLS.entries()) {
    const day = addDays(today, i - CALLS.length + 1);
    for (let call = 0; call < calls; call++) {
      const id = `${day}-${payer}-${call}`;
      const reservation = { id, day, payer, operator: false, amountNano: 1_000_000 };
      await budget.reserve(reservation, { bot: undefined, chat: undefined }, 60_000);
      await budget.settle(reservation, {
        id,
        at: Date.now(),
        payer,
        model: 'deepseek/deepseek-chat-v3-0324',
        servedModel: undefined,
        symbol: 'BTCUSDT',
        promptTokens: 650,
        cachedTokens: 0,
        completionTokens: 130,
        costNano: 297_000,
        estimated: false,
        outcome: 'ok',
        priceTable: 'pictures',
      });
    }
  }
}
