import type { Rule } from '../alerts/rule.ts';
import type { Brief } from '../market/brief.ts';

/** The number a rule watches, as the brief has it: % along the rule's direction, or the last price. */
export function metricValue(rule: Rule, brief: Brief | undefined): number | undefined {
  if (!brief) return undefined;
  const window = brief.windows[rule.window];
  if (rule.kind === 'price') return brief.last;
  if (rule.kind === 'volatility') return window.range;
  if (rule.kind !== 'move') return undefined;
  const up = window.moveUp;
  const down = window.moveDown === undefined ? undefined : -window.moveDown;
  if (rule.direction === 'up') return up;
  if (rule.direction === 'down') return down;
  return up === undefined || down === undefined ? undefined : Math.max(up, down);
}

/** How far a rule is from firing, in percentage points (price: % of the level); 0 when beyond; undefined when not known. */
export function distanceToFiring(rule: Rule, brief: Brief | undefined): number | undefined {
  const value = metricValue(rule, brief);
  if (value === undefined) return undefined;
  if (rule.kind !== 'price') return Math.max(0, rule.threshold - value);
  const side = rule.direction === 'down' ? -1 : 1;
  return Math.max(0, (side * (rule.threshold - value) * 100) / rule.threshold);
}
