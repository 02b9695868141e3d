import type { Window } from '../market/brief.ts';
import { KINDS } from './kinds.ts';
import type { Direction, RuleKind, WatchedRule } from './rule.ts';

/** A number that rules of one symbol watch. */
export interface BookKey {
  metric: Metric;
  window: Window;
}

/** What a rule waits for, as the engine compares it: `side` × value ≥ `side` × level; re-armed at `side` × value ≤ `side` × rearm. */
export interface Condition extends BookKey {
  side: 1 | -1;
  level: number;
  rearm: number;
}

/** The window under which the last price is filed: it has none of its own. */
export const PRICE_WINDOW: Window = '1m';

/** Numbers that no trade changes: they come by other events (`Engine.measure`), and trades do not judge them. */
export const SIDE_METRICS = ['funding', 'fundingSize', 'liquidation', 'oi', 'oiSize', 'sentiment'] as const;

/** All numbers that rules can watch. */
export const METRICS = [
  'price',
  'range',
  'moveUp',
  'moveDown',
  'moveEither',
  'rangeSigma',
  'moveUpSigma',
  'moveDownSigma',
  'moveEitherSigma',
  'volume',
  'buyers',
  'sellers',
  'takers',
  ...SIDE_METRICS,
] as const;
/**
 * - `price`: the last one.
 * - Of a window, in %: `range`, `moveUp` (≥ 0), `moveDown` (≤ 0) and `moveEither` (the larger of both, signed).
 * - The same four ÷ σ, ending in `Sigma`: σ is one standard deviation over the window in %, the root of the mean squared
 *   1-minute log return (exponentially weighted, half-life 24 h) × √(minutes of the window). 0 where the number itself is
 *   below 0.15 % or three ticks; undefined while σ is warming or 0.
 * - `volume` as a multiple of the usual; `buyers` (taker buys ÷ sells), `sellers` (its inverse) and `takers` (the greater).
 * - The coming `funding` in %, and its size whatever its sign (`fundingSize`).
 * - `liquidation`: notional seen in the window, quote units.
 * - `oi`: (open interest now ÷ at the window's start − 1) in %, and its size (`oiSize`).
 * - `sentiment`: of the newest analysis, 0–100.
 *
 * What has no window is filed under `PRICE_WINDOW`.
 */
export type Metric = (typeof METRICS)[number];

const SIDES: readonly Metric[] = SIDE_METRICS;

/** Does the number come by other events than trades? */
export function isSideMetric(metric: Metric): boolean {
  return SIDES.includes(metric);
}

const SIGMA_METRICS = {
  range: 'rangeSigma',
  moveUp: 'moveUpSigma',
  moveDown: 'moveDownSigma',
  moveEither: 'moveEitherSigma',
} as const satisfies Partial<Record<Metric, Metric>>;

/** The number that a kind watches upwards, downwards, and either way. */
const SIDED_METRICS = {
  move: { up: 'moveUp', down: 'moveDown', either: 'moveEither' },
  ratio: { up: 'buyers', down: 'sellers', either: 'takers' },
  funding: { up: 'funding', down: 'funding', either: 'fundingSize' },
  oi: { up: 'oi', down: 'oi', either: 'oiSize' },
} as const satisfies Partial<Record<RuleKind, Record<Direction, Metric>>>;

/** What of a rule, or of its second part, says what it waits for. */
export type ConditionTerms = Pick<
  WatchedRule,
  'kind' | 'direction' | 'threshold' | 'unit' | 'rearm' | 'window'
>;

/** All that a rule waits for at once: one condition, or two. Throws as `conditionOf`. */
export function conditionsOf(rule: ConditionTerms & Pick<WatchedRule, 'and'>): readonly Condition[] {
  const first = conditionOf(rule);
  return rule.and ? [first, conditionOf(rule.and)] : [first];
}

/**
 * Translates a rule, its second part left out, into the number it watches and its two levels. Throws for a kind that has
 * no number (a listing), or none in σ.
 */
export function conditionOf(rule: ConditionTerms): Condition {
  const condition = plainCondition(rule);
  if (rule.unit === undefined) return condition;
  const { metric } = condition;
  if (!hasSigma(metric)) throw new Error(`no σ of rules of kind ${rule.kind}`);
  return { ...condition, metric: SIGMA_METRICS[metric] };
}

function hasSigma(metric: Metric): metric is keyof typeof SIGMA_METRICS {
  return Object.hasOwn(SIGMA_METRICS, metric);
}

function plainCondition(rule: ConditionTerms): Condition {
  const { kind, direction, threshold, rearm } = rule;
  const window = KINDS[kind].windowed ? rule.window : PRICE_WINDOW;
  const upwards = (metric: Metric): Condition => ({ metric, window, side: 1, level: threshold, rearm });
  switch (kind) {
    case 'listing':
      throw new Error('a listing is no number that could be watched');
    case 'price':
    case 'sentiment':
      // A level that is met from either side, above zero.
      return { ...upwards(kind), side: direction === 'down' ? -1 : 1 };
    case 'volatility':
      return upwards('range');
    case 'volume':
    case 'liquidation':
      return upwards(kind);
    case 'ratio':
      // Sellers are counted upwards.
      return upwards(SIDED_METRICS.ratio[direction]);
    case 'move':
    case 'funding':
    case 'oi': {
      const aim = upwards(SIDED_METRICS[kind][direction]);
      // What falls is a number below zero, so both levels are mirrored.
      return direction === 'down' ? { ...aim, side: -1, level: -threshold, rearm: -rearm } : aim;
    }
  }
}

/** Can a condition come to rest? Levels that are not apart in the right order would fire without end. */
export function comesToRest({ side, level, rearm }: Condition): boolean {
  return Number.isFinite(level) && Number.isFinite(rearm) && side * rearm < side * level;
}

/** Has the rule a number that the engine watches? A listing is told of when it comes. */
export function isNumeric({ kind }: Pick<WatchedRule, 'kind'>): boolean {
  return kind !== 'listing';
}

/** Is this a rule that can be watched? A kept one with levels in the wrong order, or without a number beside another, is not. */
export function isWatchable(rule: WatchedRule): boolean {
  if (!isNumeric(rule)) return rule.and === undefined;
  try {
    return conditionsOf(rule).every(comesToRest);
  } catch {
    return false;
  }
}

/** What a rule waits for as text: a kept state holds only for what it was reached under. */
export function conditionText(conditions: readonly Condition[], mode: WatchedRule['mode']): string {
  return `${textOf(conditions)}:${mode}`;
}

/** Equal for equal conditions. */
export function textOf(conditions: readonly Condition[]): string {
  return conditions
    .map(({ metric, window, side, level, rearm }) => `${metric}:${window}:${side}:${level}:${rearm}`)
    .join('&');
}
