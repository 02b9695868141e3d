import type { Window } from '../market/brief.ts';
import type { Metric } from './engine.ts';
import { type Direction, RULE_KINDS_READY, type WatchedRule } from './rule.ts';

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

/** Translates a rule into the number it watches and its two levels; throws for a kind that no metric exists for. */
export function conditionOf(
  rule: Pick<WatchedRule, 'kind' | 'direction' | 'threshold' | 'rearm' | 'window'>,
): Condition {
  const { threshold, rearm, window } = rule;
  if (rule.kind === 'price') {
    const side = rule.direction === 'down' ? -1 : 1;
    return { metric: 'price', window: PRICE_WINDOW, side, level: threshold, rearm };
  }
  if (rule.kind === 'volatility') return { metric: 'range', window, side: 1, level: threshold, rearm };
  if (rule.kind === 'move') {
    // The fall from the high is a number below zero, so both levels are mirrored.
    if (rule.direction === 'down')
      return { metric: 'moveDown', window, side: -1, level: -threshold, rearm: -rearm };
    return { metric: moveMetric(rule.direction), window, side: 1, level: threshold, rearm };
  }
  throw new Error(`no metric for rules of kind ${rule.kind}`);
}

function moveMetric(direction: Direction): Metric {
  return direction === 'either' ? 'moveEither' : 'moveUp';
}

/** Can a condition come to rest? Levels that are not apart in the right order would fire without end. */
export function comesToRest({ side, level, rearm }: Condition): boolean {
  return Number.isFinite(level) && Number.isFinite(rearm) && side * rearm < side * level;
}

/** Is this a rule that the engine can hold? A kept one of another kind, or with levels in the wrong order, is not. */
export function isWatchable(rule: WatchedRule): boolean {
  const ready: readonly string[] = RULE_KINDS_READY;
  return ready.includes(rule.kind) && comesToRest(conditionOf(rule));
}

/** A condition as text: a kept state holds only for the condition it was reached under. */
export function conditionText(condition: Condition, mode: WatchedRule['mode']): string {
  const { metric, window, side, level, rearm } = condition;
  return `${metric}:${window}:${side}:${level}:${rearm}:${mode}`;
}
