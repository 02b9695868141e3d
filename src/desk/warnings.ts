import type { OperatorNotice } from '../notice/notice.ts';
import type { Analysis } from '../store/analyses.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';

/** Shares of the day's budget at which operators are told, in %. */
const MARKS = [100, 80, 50] as const;

/**
 * Returns what is to be called after an analysis: it tells the operators, once a day each, that the key is refused, the
 * account empty, or a share of the day's budget used.
 */
export function tellOfMoney(deps: {
  budget: Budget;
  limits: BudgetLimits;
  timezone: string;
  tellOperators(code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string): Promise<void>;
}): (analysis: Analysis, day: string) => Promise<void> {
  const told = new Map<string, string>();
  const tell = async (code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string) => {
    if (told.get(code) === onceKey) return;
    told.set(code, onceKey);
    await deps.tellOperators(code, args, onceKey);
  };
  return async (analysis, day) => {
    const { noReading } = analysis;
    if (noReading === 'gateway-auth' || noReading === 'gateway-balance') await tell(noReading, {}, day);
    const { bot } = deps.limits;
    if (bot === undefined || bot === 0 || (analysis.costNano === 0 && noReading !== 'budget-bot')) return;
    const { costNano } = await deps.budget.summary(day, day, deps.timezone, undefined, deps.limits);
    // A refused call means that nothing more fits, even where a few nano-dollars are left.
    const percent = noReading === 'budget-bot' ? 100 : (costNano / bot) * 100;
    const mark = MARKS.find((candidate) => percent >= candidate);
    if (mark !== undefined) await tell('budget', { percent: mark }, `${day}:${mark}`);
  };
}
