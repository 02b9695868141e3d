import type { Compared } from '../desk/prices.ts';
import { formatUsd, type NanoUsd } from '../kit/money.ts';
import type { CostSummary } from '../notice/notice.ts';
import type { Block } from '../notice/text.ts';
import { type CostDetail, DENIALS } from '../store/budget.ts';
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

/** What only the bot's owner is shown of a period. */
export interface OwnerFigures {
  detail: CostDetail;
  /** Of the month of the last day: spent so far, and what it comes to at its end (undefined: too early to say). */
  spentNano: NanoUsd;
  forecastNano: NanoUsd | undefined;
  /** The dearest chats. */
  payers: readonly { name: string; costNano: NanoUsd }[];
  /** The same tokens with each model of the price table. */
  elsewhere: readonly Compared[];
}

/** The owner's part of a cost summary: what an analysis costs, how sure the figures are, who spends, where it leads. */
export function ownerBlocks(summary: CostSummary, owner: OwnerFigures, t: Catalogue, f: Formats): Block[] {
  const { detail, payers, elsewhere } = owner;
  const denied = DENIALS.filter((reason) => detail.deniedBy[reason] > 0).map(
    (reason) => `${t.cost.denials[reason]} ${f.count(detail.deniedBy[reason])}`,
  );
  const rows: Row[] = [
    ...when(detail.answered > 0, t.cost.perAnalysis, () =>
      formatUsd(Math.round(summary.costNano / detail.answered)),
    ),
    ...when(detail.estimatedNano > 0, t.cost.estimatedShare, () =>
      f.percent((detail.estimatedNano / summary.costNano) * 100, { decimals: 1 }),
    ),
    ...when(
      detail.lostCalls > 0,
      t.cost.lost,
      () => `${f.count(detail.lostCalls)} · ${formatUsd(detail.lostNano)}`,
    ),
    ...counted(t.cost.over, detail.overCalls, f),
    ...counted(t.cost.cached, detail.cachedTokens, f),
    ...when(denied.length > 0, t.cost.deniedBy, () => denied.join(' · ')),
    [t.cost.month, monthWords(owner, t)],
  ];
  return [
    { type: 'facts', rows },
    ...table(t.cost.perChat, payers),
    ...table(
      t.cost.elsewhere,
      elsewhere.map(({ list, ...each }) => ({ ...each, ...(list ? { more: listWords(list, t) } : {}) })),
    ),
    { type: 'small', line: [t.cost.billMayDiffer] },
  ];
}

function monthWords({ spentNano, forecastNano }: OwnerFigures, t: Catalogue): string {
  const spent = formatUsd(spentNano);
  return forecastNano === undefined
    ? t.cost.tooEarly(spent)
    : t.cost.forecast(spent, formatUsd(forecastNano));
}

/** The vendor's own price beside the gateway's, with who says so and as of when: without both it is not in the table. */
function listWords({ costNano, source, date }: NonNullable<Compared['list']>, t: Catalogue): string {
  return t.cost.listPrice(formatUsd(costNano), shown(source), date);
}

/** A titled list of names and what they cost, with what more there is to say; nothing for an empty one. */
function table(
  title: string,
  entries: readonly { name: string; costNano: NanoUsd; more?: string }[],
): Block[] {
  if (entries.length === 0) return [];
  return [
    { type: 'text', line: [{ b: title }] },
    {
      type: 'facts',
      rows: entries.map(
        ({ name, costNano, more }): Row => [
          shown(name),
          [formatUsd(costNano), ...(more ? [more] : [])].join(' · '),
        ],
      ),
    },
  ];
}

function spentWords(summary: CostSummary, spent: string, t: Catalogue): string {
  return summary.budgetNano === undefined
    ? t.cost.unlimited(spent)
    : t.cost.budget(spent, formatUsd(summary.budgetNano));
}

function when(there: boolean, label: string, value: () => string): Row[] {
  return there ? [[label, value()]] : [];
}

function counted(label: string, count: number, f: Formats): Row[] {
  return when(count > 0, label, () => f.count(count));
}
