import { PRICE_WINDOW } from '../alerts/condition.ts';
import { rearmDistance } from '../alerts/defaults.ts';
import { isReady, KINDS, rearmOf } from '../alerts/kinds.ts';
import type { Rule } from '../alerts/rule.ts';
import { UserError } from '../kit/errors.ts';
import type { Brief, Window } from '../market/brief.ts';

/** The rungs on which thresholds are stepped, in each power of ten: about a tenth apart and short to read. */
const RUNGS = [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9];
/** A threshold that is called quieter or louder is at least so many times the old one, or its inverse. */
const NOTICEABLE = 1.25;
/** A price level is stepped by about so much of itself. */
const PRICE_STEP = 0.005;

/** Up: the rule barks less often. */
export type Way = 1 | -1;

/** Has the rule a threshold that can be made greater or smaller? */
export function hasThreshold(rule: Pick<Rule, 'kind'>): boolean {
  return rule.kind !== 'listing';
}

/** The next threshold above or below one, short to read and within what its kind allows; the same at the end of that. */
export function steppedThreshold(rule: Rule, threshold: number, way: Way): number {
  if (rule.kind === 'price') return steppedLevel(threshold, way);
  if (!isReady(rule.kind)) return threshold;
  const next = nextRung(threshold, way);
  const { min, max } = KINDS[rule.kind].bounds;
  return next < min || next > max ? threshold : next;
}

/** A threshold that is noticeably greater (quieter) or smaller (louder). */
export function noticeableThreshold(rule: Rule, way: Way): number {
  let threshold = rule.threshold;
  for (;;) {
    const next = steppedThreshold(rule, threshold, way);
    const ratio = way === 1 ? next / rule.threshold : rule.threshold / next;
    if (next === threshold || ratio >= NOTICEABLE) return next;
    threshold = next;
  }
}

/**
 * The same rule with another threshold. Throws UserError `price-unknown` and `price-too-near` for a price level, whose
 * side is that from which the price comes now.
 */
export function withThreshold(
  rule: Rule,
  threshold: number,
  market: { brief: Brief | undefined; tickSize: number },
): Rule {
  if (rule.kind === 'price') return { ...rule, ...aimedAt(rule.symbol, threshold, market) };
  if (!isReady(rule.kind)) return rule;
  return { ...rule, threshold, rearm: rearmOf(rule.kind, threshold), preset: undefined };
}

/** The same rule over another window; one without windows as it is. */
export function withWindow(rule: Rule, window: Window): Rule {
  return isReady(rule.kind) && KINDS[rule.kind].windowed ? { ...rule, window, preset: undefined } : rule;
}

function aimedAt(
  symbol: string,
  level: number,
  { brief, tickSize }: { brief: Brief | undefined; tickSize: number },
): Pick<Rule, 'direction' | 'threshold' | 'rearm' | 'window'> {
  const last = brief?.last;
  if (last === undefined) throw new UserError('price-unknown', { word: symbol });
  const distance = rearmDistance(level, brief, tickSize);
  if (Math.abs(level - last) < distance) {
    throw new UserError('price-too-near', { word: String(level), last, distance });
  }
  const up = last < level;
  const rearm = Number((up ? level - distance : level + distance).toPrecision(12));
  return { direction: up ? 'up' : 'down', threshold: level, rearm, window: PRICE_WINDOW };
}

function nextRung(threshold: number, way: Way): number {
  const power = 10 ** Math.floor(Math.log10(threshold));
  const near = [power / 10, power, power * 10].flatMap((each) =>
    RUNGS.map((rung) => Number((rung * each).toPrecision(2))),
  );
  const beyond = near.filter((rung) => (way === 1 ? rung > threshold : rung < threshold));
  return (way === 1 ? beyond[0] : beyond.at(-1)) ?? threshold;
}

/** Levels are stepped along round figures about half a percent apart. */
function steppedLevel(level: number, way: Way): number {
  const least = level * PRICE_STEP;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5, 10].find((digit) => digit * power >= least) ?? 10) * power;
  const steps = way === 1 ? Math.floor(level / step + 1e-9) + 1 : Math.ceil(level / step - 1e-9) - 1;
  return Number((Math.max(1, steps) * step).toPrecision(12));
}
