import type { WatchedRule } from '../alerts/rule.ts';
import type { AlertNotice } from './notice.ts';

/** What of a rule a reader is told: what it waits for and how it speaks; not whose it is. */
export function shownRule(rule: WatchedRule): AlertNotice['rule'] {
  const { id, symbol, kind, direction, threshold, unit, window, mode, cooldownMs, preset } = rule;
  return {
    id,
    symbol,
    kind,
    direction,
    threshold,
    ...(unit ? { unit } : {}),
    window,
    mode,
    cooldownMs,
    preset,
    ...(rule.and ? { and: rule.and } : {}),
    ...(rule.all ? { all: rule.all } : {}),
    ...(rule.tellNormal ? { tellNormal: rule.tellNormal } : {}),
  };
}
