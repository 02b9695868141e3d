import { formatUsd } from '../kit/money.ts';
import type { CostSummary } from '../notice/notice.ts';
import type { Block } from '../notice/text.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { shown } from './shown.ts';

type Row = readonly [label: string, value: string];

/** A cost summary as blocks; `detailed` also tells what only operators need: per model, reserved, denied. */
export function costBlocks(summary: CostSummary, t: Catalogue, f: Formats, detailed: boolean): Block[] {
  const spent = formatUsd(summary.costNano);
  const rows: Row[] = [
    [t.cost.spent, spentWords(summary, spent, t)],
    [t.cost.calls, f.count(summary.calls)],
    [t.cost.tokens, `${f.count(summary.promptTokens)} + ${f.count(summary.completionTokens)}`],
    ...counted(t.cost.estimated, summary.estimatedCalls, f),
    ...counted(t.cost.failed, summary.failedCalls, f),
    ...counted(t.cost.shared, summary.sharedAnalyses, f),
    ...counted(t.cost.denied, summary.deniedByBudget, f),
    ...(detailed && summary.reservedNano > 0
      ? [[t.cost.reserved, formatUsd(summary.reservedNano)] as const]
      : []),
  ];
  const models = summary.perModel.map(
    (each): Row => [shown(each.model), `${f.count(each.calls)} · ${formatUsd(each.costNano)}`],
  );
  return [
    ...(summary.calls === 0 && summary.failedCalls === 0
      ? [{ type: 'text', line: [t.cost.nothing] } as const]
      : []),
    { type: 'facts', rows },
    ...(detailed && models.length > 0
      ? [{ type: 'text', line: [{ b: t.cost.perModel }] } as const, { type: 'facts', rows: models } as const]
      : []),
    { type: 'small', line: [t.cost.zone(summary.timezone)] },
  ];
}

function spentWords(summary: CostSummary, spent: string, t: Catalogue): string {
  return summary.budgetNano === undefined
    ? t.cost.unlimited(spent)
    : t.cost.budget(spent, formatUsd(summary.budgetNano));
}

function counted(label: string, count: number, f: Formats): Row[] {
  return count > 0 ? [[label, f.count(count)]] : [];
}
