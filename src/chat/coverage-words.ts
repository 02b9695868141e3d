import { KINDS } from '../alerts/kinds.ts';
import type { Rule, RulePart } from '../alerts/rule.ts';
import { type Brief, WINDOW_MS } from '../market/brief.ts';
import { metricValue } from './distance.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';

/** How far the windows are known that a rule looks at, of two conditions both; undefined where it looks at none. */
export function coverageWords(
  rule: RulePart & Pick<Rule, 'and'>,
  brief: Brief,
  t: Catalogue,
  f: Formats,
): string | undefined {
  const each = (rule.and ? [rule, rule.and] : [rule]).flatMap((part) => {
    const words = ofPart(part, brief, t, f);
    if (words === undefined) return [];
    return rule.and ? `${f.span(WINDOW_MS[part.window])}: ${words}` : words;
  });
  return each.length === 0 ? undefined : [...new Set(each)].join(' & ');
}

function ofPart(part: RulePart, brief: Brief, t: Catalogue, f: Formats): string | undefined {
  if (!KINDS[part.kind].windowed) return undefined;
  // It is asked for, no stream tells it: the trades' windows say nothing of what is known of it.
  if (part.kind === 'oi') return metricValue(part, brief) === undefined ? t.why.noInterest : undefined;
  const { coverage, gap } = brief.windows[part.window];
  return [
    f.percent(coverage * 100, { decimals: 0 }),
    ...(coverage < 1 ? [t.why.warming] : []),
    ...(gap ? [t.why.gap] : []),
  ].join(' · ');
}
