import type { Window } from '../market/brief.ts';
import { isReady, KINDS } from './kinds.ts';
import type { Direction, ReadyKind, WatchedRule } from './rule.ts';

/** What a rule waits for, as the engine compares it: `side` × value ≥ `side` × level; re-armed at `side` × value ≤ `side` × rearm. */
export interface Condition {
  metric: Metric;
  window: Window;
  side: 1 | -1;
  level: number;
  rearm: number;
}

/** The window under which the last price is filed: it has none of its own. */
export const PRICE_WINDOW: Window = '1m';

/** All numbers that rules can watch. */
export const METRICS = [
  'price',
  'range',
  'moveUp',
  'moveDown',
  'moveEither',
  'volume',
  'buyers',
  'sellers',
  'takers',
  'funding',
  'fundingSize',
  'liquidation',
] as const;
/**
 * `price`: the last one. Of a window: `range`, `moveUp`, `moveDown` (≤ 0) and `moveEither` in %; `volume` as a multiple of
 * the usual; `buyers` (taker buys ÷ sells), `sellers` (its inverse) and `takers` (the greater of both). The coming `funding`
 * in %, and its size whatever its sign. `liquidation`: notional seen in the window, quote units. What has no window is filed under `PRICE_WINDOW`.
 */
export type Metric = (typeof METRICS)[number];

/** The number that a kind watches upwards, downwards, and either way. */
const SIDED_METRICS = {
  move: { up: 'moveUp', down: 'moveDown', either: 'moveEither' },
  ratio: { up: 'buyers', down: 'sellers', either: 'takers' },
  funding: { up: 'funding', down: 'funding', either: 'fundingSize' },
} as const satisfies Partial<Record<ReadyKind, Record<Direction, Metric>>>;

/** Translates a rule into the number it watches and its two levels; throws for a kind that no metric exists for. */
export function conditionOf(
  rule: Pick<WatchedRule, 'kind' | 'direction' | 'threshold' | 'rearm' | 'window'>,
): Condition {
  const { kind, direction, threshold, rearm } = rule;
  if (!isReady(kind)) throw new Error(`no metric for rules of kind ${kind}`);
  const window = KINDS[kind].windowed ? rule.window : PRICE_WINDOW;
  if (kind === 'price') {
    return { metric: 'price', window, side: direction === 'down' ? -1 : 1, level: threshold, rearm };
  }
  if (kind === 'volatility') return { metric: 'range', window, side: 1, level: threshold, rearm };
  if (kind === 'volume' || kind === 'liquidation')
    return { metric: kind, window, side: 1, level: threshold, rearm };
  const metric = SIDED_METRICS[kind][direction];
  // What falls is a number below zero, so both levels are mirrored; sellers are counted upwards.
  if (direction === 'down' && kind !== 'ratio')
    return { metric, window, side: -1, level: -threshold, rearm: -rearm };
  return { metric, window, side: 1, level: threshold, rearm };
}

/** Can a condition come to rest? Levels that are not apart in the right order would fire without end. */
export function comesToRest({ side, level, rearm }: Condition): boolean {
  return Number.isFinite(level) && Number.isFinite(rearm) && side * rearm < side * level;
}

/** Is this a rule that the engine can hold? A kept one of another kind, or with levels in the wrong order, is not. */
export function isWatchable(rule: WatchedRule): boolean {
  return isReady(rule.kind) && comesToRest(conditionOf(rule));
}

/** A condition as text: a kept state holds only for the condition it was reached under. */
export function conditionText(condition: Condition, mode: WatchedRule['mode']): string {
  const { metric, window, side, level, rearm } = condition;
  return `${metric}:${window}:${side}:${level}:${rearm}:${mode}`;
}
