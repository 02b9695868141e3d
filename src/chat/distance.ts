import { isReady, KINDS } from '../alerts/kinds.ts';
import type { Rule, RulePart } from '../alerts/rule.ts';
import type { Brief, WindowBrief } from '../market/brief.ts';
import { deviationOver, inDeviations } from '../market/deviations.ts';

/** What of a rule, or of its second condition, says what is watched. */
type Watched = Pick<RulePart, 'kind' | 'direction' | 'threshold' | 'unit' | 'window'>;

/**
 * The number a rule watches, as the brief has it, along the rule's direction and in the rule's unit; the last price for a
 * price. Of two conditions that of the first.
 */
export function metricValue(rule: Watched, brief: Brief | undefined): number | undefined {
  if (!brief) return undefined;
  const value = plainValue(rule, brief);
  if (rule.unit !== 'sigma') return value;
  const { deviation } = brief;
  return inDeviations(value, deviation && deviationOver(rule.window, deviation), brief);
}

function plainValue(rule: Watched, brief: Brief): number | undefined {
  const window = brief.windows[rule.window];
  switch (rule.kind) {
    case 'price':
      return brief.last;
    case 'volatility':
      return window.range;
    case 'volume':
      return window.volumeRatio;
    case 'liquidation':
      return window.liquidated;
    case 'ratio':
      return takerRatio(rule.direction, window);
    case 'funding':
      return brief.fundingRate === undefined ? undefined : along(rule.direction, brief.fundingRate * 100);
    case 'oi': {
      const change = window.openInterestChange;
      return change === undefined ? undefined : along(rule.direction, change);
    }
    case 'move':
      return moveAlong(rule.direction, window);
    case 'sentiment':
      return brief.sentiment;
    case 'listing':
      return undefined;
  }
}

function moveAlong(direction: Rule['direction'], { moveUp: up, moveDown }: WindowBrief): number | undefined {
  const down = moveDown === undefined ? undefined : -moveDown;
  if (direction === 'up') return up;
  if (direction === 'down') return down;
  return up === undefined || down === undefined ? undefined : Math.max(up, down);
}

/** A signed figure in a direction: its size where either counts. */
function along(direction: Rule['direction'], value: number): number {
  if (direction === 'either') return Math.abs(value);
  return direction === 'down' ? -value : value;
}

function takerRatio(direction: Rule['direction'], { takerBuy, takerSell }: WindowBrief): number | undefined {
  if (!takerBuy || !takerSell) return undefined;
  const buyers = takerBuy / takerSell;
  if (direction === 'either') return Math.max(buyers, 1 / buyers);
  return direction === 'down' ? 1 / buyers : buyers;
}

/**
 * How far a rule is from firing: in percentage points where it is measured in %, else in % of its level; 0 when beyond;
 * undefined when not known. Of two conditions the one that is farther.
 */
export function distanceToFiring(
  rule: Watched & Pick<Rule, 'and'>,
  brief: Brief | undefined,
): number | undefined {
  const first = distanceOf(rule, brief);
  if (!rule.and) return first;
  const second = distanceOf(rule.and, brief);
  return first === undefined || second === undefined ? undefined : Math.max(first, second);
}

function distanceOf(rule: Watched, brief: Brief | undefined): number | undefined {
  const value = metricValue(rule, brief);
  if (value === undefined) return undefined;
  if (rule.unit === undefined && isReady(rule.kind) && KINDS[rule.kind].unit === 'percent')
    return Math.max(0, rule.threshold - value);
  const isLevel = rule.kind === 'price' || rule.kind === 'sentiment';
  const side = isLevel && rule.direction === 'down' ? -1 : 1;
  return Math.max(0, (side * (rule.threshold - value) * 100) / rule.threshold);
}
