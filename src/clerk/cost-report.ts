import type { Clock } from '../kit/clock.ts';
import type { CostNotice } from '../notice/notice.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';
import { type Chat, listedName } from '../store/chat-model.ts';
import type { MarketRepository } from '../store/market.ts';
import { dayBefore, isLate } from './local-time.ts';

/**
 * Composes the daily cost summary of a chat: the whole day before in the bot's zone (money is kept by the bot's days).
 * An operator's chat gets the whole bot's figures, any other its own. The same day always has the same event id, so it
 * is delivered once.
 */
export async function composeCostReport(
  chat: Chat,
  deps: {
    budget: Budget;
    limits: BudgetLimits;
    market: MarketRepository;
    timezone: string;
    operators: ReadonlySet<string>;
    clock: Clock;
  },
): Promise<CostNotice> {
  const now = deps.clock.now();
  const day = dayBefore(now, deps.timezone);
  const wholeBot = deps.operators.has(listedName(chat.address));
  const summary = await deps.budget.summary(
    day,
    day,
    deps.timezone,
    wholeBot ? undefined : chat.uid,
    deps.limits,
  );
  const universe = await deps.market.universe();
  return {
    type: 'cost',
    eventId: `cost:${chat.uid}:${day}`,
    day,
    timezone: deps.timezone,
    summary,
    source: universe?.source ?? 'live',
    late: isLate(chat.costAt, now, chat.timezone),
  };
}
