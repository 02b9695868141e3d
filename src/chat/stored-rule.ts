import type { Preview } from '../alerts/preview.ts';
import type { Rule } from '../alerts/rule.ts';
import { UserError } from '../kit/errors.ts';
import type { RuleAnswer } from '../store/rules.ts';
import type { Context } from './context.ts';
import { timely } from './lookup.ts';
import type { Target } from './target.ts';

/** A chat's rule by its id. Throws UserError `rule-unknown`. */
export async function ruleOf({ deps }: Context, target: Target, id: string): Promise<Rule> {
  const rule = await deps.rules.get(target.chat.uid, id);
  if (!rule) throw new UserError('rule-unknown', { word: `#${id}` });
  return rule;
}

/** Puts a changed rule in place of what is stored of it, and waits a moment for the feed's word. Throws UserError `rule-unknown`. */
export async function saveChange({ deps, timings }: Context, rule: Rule): Promise<RuleAnswer | 'silent'> {
  // No room for a new one: a rule that was removed meanwhile does not come back.
  const { saved, commandId } = await deps.rules.save(rule, 0);
  if (!saved) throw new UserError('rule-unknown', { word: `#${rule.id}` });
  return (await deps.rules.awaitAnswer(rule.symbol, commandId, timings.answerWaitMs)) ?? 'silent';
}

/** What a rule would have done, where that is what was asked for; undefined where candles do not tell, or not in time. */
export async function countOf({ previews, timings }: Context, rule: Rule): Promise<Preview | undefined> {
  return await timely(previews.preview(rule), timings.countWaitMs);
}
