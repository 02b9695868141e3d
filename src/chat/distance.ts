import { isReady, KINDS } from '../alerts/kinds.ts';
import type { Rule } from '../alerts/rule.ts';
import type { Brief, WindowBrief } from '../market/brief.ts';

/** The number a rule watches, as the brief has it, along the rule's direction; the last price for a price. */
export function metricValue(rule: Rule, brief: Brief | undefined): number | undefined {
  if (!brief) return undefined;
  const window = brief.windows[rule.window];
  if (rule.kind === 'price') return brief.last;
  if (rule.kind === 'volatility') return window.range;
  if (rule.kind === 'volume') return window.volumeRatio;
  if (rule.kind === 'liquidation') return window.liquidated;
  if (rule.kind === 'ratio') return takerRatio(rule.direction, window);
  if (rule.kind === 'funding') {
    const rate = brief.fundingRate;
    return rate === undefined ? undefined : along(rule.direction, rate * 100);
  }
  if (rule.kind !== 'move') return undefined;
  const up = window.moveUp;
  const down = window.moveDown === undefined ? undefined : -window.moveDown;
  if (rule.direction === 'up') return up;
  if (rule.direction === 'down') return down;
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
 * undefined when not known.
 */
export function distanceToFiring(rule: Rule, brief: Brief | undefined): number | undefined {
  const value = metricValue(rule, brief);
  if (value === undefined) return undefined;
  if (isReady(rule.kind) && KINDS[rule.kind].unit === 'percent') return Math.max(0, rule.threshold - value);
  const side = rule.kind === 'price' && rule.direction === 'down' ? -1 : 1;
  return Math.max(0, (side * (rule.threshold - value) * 100) / rule.threshold);
}
