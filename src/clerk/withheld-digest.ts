import type { WithheldNotice } from '../notice/notice.ts';
import type { WithheldAlert } from '../store/withheld.ts';

/** A digest names so many rules; all others are in its count. */
const RULES_NAMED = 8;

/** The rules that withheld alerts came from, the most frequent first. `alerts`: the oldest firing first. */
export function rulesOf(alerts: readonly WithheldAlert[]): WithheldNotice['rules'] {
  const byRule = Map.groupBy(alerts, (alert) => `${alert.rule.id}:${alert.rule.symbol}`);
  return [...byRule.values()]
    .flatMap((same) => {
      const newest = same.at(-1);
      return newest
        ? [{ rule: newest.rule, tickSize: newest.tickSize, count: same.length, last: newest.time }]
        : [];
    })
    .sort((a, b) => b.count - a.count || b.last - a.last)
    .slice(0, RULES_NAMED);
}
