import type { Rule } from '../alerts/rule.ts';
import type { Block } from '../notice/text.ts';
import type { Context } from './context.ts';

/** Says of a rule on the AI's view that it cannot fire, or only by analyses that somebody asks for, where that is so. */
export function noReadingsBlocks({ deps, t }: Context, { kind, and }: Pick<Rule, 'kind' | 'and'>): Block[] {
  if (kind !== 'sentiment' && and?.kind !== 'sentiment') return [];
  const why = deps.desk.off ?? (deps.analysesUnasked ? undefined : 'only-asked');
  return why === undefined ? [] : [{ type: 'text', line: [`⚠️ ${t.subscribe.withoutAi[why]}`] }];
}
