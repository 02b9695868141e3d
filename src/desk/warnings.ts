import type { OperatorNotice } from '../notice/notice.ts';
import type { Analysis } from '../store/analyses.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';

/** Shares of the day's budget at which operators are told, in %. */
const MARKS = [50, 80, 100] as const;

/**
 * Returns what is to be called after an analysis or a note: it tells the operators, once a day each, that the key is refused, the
 * account empty, or a share of the day's budget used.
 */
export function tellOfMoney(deps: {
  budget: Pick<Budget, 'summary'>;
  limits: BudgetLimits;
  timezone: string;
  tellOperators(code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string): Promise<void>;
}): (asked: Pick<Analysis, 'noReading' | 'costNano'>, day: string) => Promise<void> {
  let today = '';
  const told = new Set<string>();
  return async (asked, day) => {
    if (day !== today) told.clear();
    today = day;
    const tell = async (code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string) => {
      if (told.has(`${code} ${onceKey}`)) return;
      told.add(`${code} ${onceKey}`);
      await deps.tellOperators(code, args, onceKey);
    };
    const { noReading, costNano } = asked;
    if (noReading === 'gateway-auth' || noReading === 'gateway-balance') await tell(noReading, {}, day);
    const { bot } = deps.limits;
    const refused = noReading === 'budget-bot';
    if (bot === undefined || bot === 0 || (costNano === 0 && !refused)) return;
    const total = await deps.budget.summary(day, day, deps.timezone, undefined, deps.limits);
    const percent = (total.costNano / bot) * 100;
    // A call that no longer fits is refused before a mark is reached: then it is the next one that counts.
    const mark = refused
      ? MARKS.find((candidate) => candidate >= percent)
      : MARKS.findLast((candidate) => candidate <= percent);
    if (mark !== undefined) await tell('budget', { percent: mark }, `${day}:${mark}`);
  };
}
