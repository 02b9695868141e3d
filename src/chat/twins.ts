import type { Rule, RulePart, RuleTerms } from '../alerts/rule.ts';
import type { Context } from './context.ts';

/** The chat's rule that already does what this one would do; one that has fired for good does nothing any more. */
export async function findTwin({ deps }: Pick<Context, 'deps'>, rule: RuleTerms): Promise<Rule | undefined> {
  const same = (await deps.rules.list(rule.chat)).filter((each) => isSame(each, rule));
  if (same.length === 0) return undefined;
  const instances = await deps.rules.instances(same);
  return same.find((each) => instances.get(`${each.id}:${each.symbol}`)?.phase !== 'done');
}

/** Does a rule bark exactly when another one does? Whoever set it, whatever its id, and whatever is told after the bark. */
function isSame(a: RuleTerms, b: RuleTerms): boolean {
  return (
    a.symbol === b.symbol &&
    isSameCondition(a, b) &&
    // A preset's figure follows the market; asked for twice it is the same wish.
    (a.threshold === b.threshold || (a.preset !== undefined && a.preset === b.preset)) &&
    isSamePart(a.and, b.and) &&
    a.mode === b.mode &&
    a.cooldownMs === b.cooldownMs &&
    a.holdMs === b.holdMs &&
    a.until === b.until &&
    !a.paused
  );
}

type Shape = Pick<RulePart, 'kind' | 'direction' | 'unit' | 'window'>;

function isSameCondition(a: Shape, b: Shape): boolean {
  return a.kind === b.kind && a.direction === b.direction && a.unit === b.unit && a.window === b.window;
}

function isSamePart(a: RulePart | undefined, b: RulePart | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isSameCondition(a, b) && a.threshold === b.threshold;
}
