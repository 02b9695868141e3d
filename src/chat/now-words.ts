import type { Rule } from '../alerts/rule.ts';
import type { Brief } from '../market/brief.ts';
import { metricValue } from './distance.ts';
import type { Formats } from './format.ts';
import { valueWords, type WordedRule } from './rule-words.ts';

/** What a rule's number is now, of two conditions both; undefined while nothing of it is known. */
export function nowWords(
  rule: WordedRule & Pick<Rule, 'and'>,
  brief: Brief | undefined,
  tickSize: number,
  f: Formats,
): string | undefined {
  const values = (rule.and ? [rule, rule.and] : [rule]).map((part) => {
    const value = metricValue(part, brief);
    return value === undefined ? undefined : valueWords(part, value, tickSize, f);
  });
  if (values.every((value) => value === undefined)) return undefined;
  return values.map((value) => value ?? '?').join(' & ');
}
