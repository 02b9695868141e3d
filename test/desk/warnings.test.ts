import { beforeEach, describe, expect, it } from 'vitest';
import { tellOfMoney } from '../../src/desk/warnings.ts';
import type { CostSummary } from '../../src/notice/notice.ts';
import { makeAnalysis } from '../support/analyses.ts';

describe('the words to the operators about money', () => {
  const limits = { bot: 1_000, chat: undefined };
  let spent: number;
  let told: string[];
  let warn: ReturnType<typeof tellOfMoney>;

  beforeEach(() => {
    spent = 0;
    told = [];
    warn = tellOfMoney({
      budget: { summary: async () => summaryOf(spent) },
      limits,
      timezone: 'UTC',
      tellOperators: async (code, args, onceKey) =>
        void told.push(`${code} ${args.percent ?? ''} ${onceKey}`),
    });
  });

  const day = '2026-11-24';
  const answered = async (costNano: number, on = day) => {
    spent += costNano;
    await warn(makeAnalysis({ costNano }), on);
  };

  it('come at 50, 80 and 100 % of the day’s budget, once each', async () => {
    for (const costNano of [499, 1, 100, 199, 1, 100, 99, 1, 1]) await answered(costNano);
    expect(told).toEqual([`budget 50 ${day}:50`, `budget 80 ${day}:80`, `budget 100 ${day}:100`]);
  });

  it('come again on the next day', async () => {
    await answered(500);
    spent = 0;
    await answered(500, '2026-11-25');
    expect(told).toEqual([`budget 50 ${day}:50`, 'budget 50 2026-11-25:50']);
  });

  it('come when a call no longer fits, though the mark is not reached', async () => {
    await answered(810);
    await warn(makeAnalysis({ reading: undefined, noReading: 'budget-bot', costNano: 0 }), day);
    expect(told.at(-1)).toBe(`budget 100 ${day}:100`);
  });

  it('come once a day for a refused key and an empty account', async () => {
    for (const noReading of ['gateway-auth', 'gateway-auth', 'gateway-balance'] as const)
      await warn(makeAnalysis({ reading: undefined, noReading, costNano: 0 }), day);
    expect(told).toEqual([`gateway-auth  ${day}`, `gateway-balance  ${day}`]);
  });
});

function summaryOf(costNano: number): CostSummary {
  return {
    from: '2026-11-24',
    to: '2026-11-24',
    timezone: 'UTC',
    calls: 1,
    estimatedCalls: 0,
    failedCalls: 0,
    sharedAnalyses: 0,
    deniedByBudget: 0,
    promptTokens: 0,
    completionTokens: 0,
    costNano,
    reservedNano: 0,
    budgetNano: 1_000,
    perModel: [],
  };
}
