import { completeRule } from '../alerts/defaults.ts';
import type { RuleDraft } from '../alerts/grammar.ts';
import { KINDS, SIGMA_BOUNDS, windowsOf } from '../alerts/kinds.ts';
import type { Rule } from '../alerts/rule.ts';
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
  const next = nextRung(threshold, way);
  const { min, max } = rule.unit === 'sigma' ? SIGMA_BOUNDS : KINDS[rule.kind].bounds;
  return next < min || next > max ? threshold : next;
}

/** A threshold that is noticeably harder (quieter) or easier (louder) to reach. */
export function noticeableThreshold(rule: Rule, way: Way): number {
  // The lower a falling sentiment must come, the seldomer it does.
  const step = rule.kind === 'sentiment' && rule.direction === 'down' ? -way : way;
  let threshold = rule.threshold;
  for (;;) {
    const next = steppedThreshold(rule, threshold, step === 1 ? 1 : -1);
    const ratio = Math.max(next / rule.threshold, rule.threshold / next);
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
  const completed = completeRule(
    { ...draftOf(rule), threshold },
    {
      // Neither counts for a threshold.
      chat: { uid: rule.chat, timezone: 'UTC' },
      now: rule.createdAt,
      symbol: rule.symbol,
      createdBy: rule.createdBy,
      ...market,
    },
  );
  const { direction, window, rearm } = completed;
  return { ...rule, direction, threshold, window, rearm, preset: undefined };
}

/** The same rule over another window; as it is where its kind is not measured over such a one. */
export function withWindow(rule: Rule, window: Window): Rule {
  return windowsOf(rule.kind).includes(window) ? { ...rule, window, preset: undefined } : rule;
}

/** A rule as if it had been typed, but for its end and its place. */
export function draftOf(rule: Rule): RuleDraft {
  const { symbol, kind, direction, threshold, unit, window, mode, cooldownMs, holdMs } = rule;
  return {
    symbolText: symbol,
    kind,
    direction,
    threshold,
    unit,
    preset: undefined,
    window,
    mode,
    cooldownMs,
    holdMs,
    until: undefined,
    channel: undefined,
  };
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
