import type { Rule } from '../alerts/rule.ts';
import { describeError } from '../kit/errors.ts';
import type { RuleUseKind } from '../store/rule-use.ts';
import type { Context } from './context.ts';

/** Counts what somebody did about one of a rule's barks; that it fails is nobody's affair but the log's. */
export function noteUse(
  { deps }: Pick<Context, 'deps'>,
  rule: Pick<Rule, 'chat' | 'id'>,
  what: RuleUseKind,
): void {
  deps.ruleUse.count(rule.chat, rule.id, what).catch((error: unknown) => {
    deps.log.debug({ error: describeError(error) }, 'a use of a rule was not counted');
  });
}
