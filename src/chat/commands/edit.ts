import type { Rule } from '../../alerts/rule.ts';
import { WINDOWS } from '../../market/brief.ts';
import type { Reply } from '../../notice/text.ts';
import type { Action, Context } from '../context.ts';
import { lookUpRule } from '../lookup.ts';
import { withThreshold, withWindow } from '../rule-change.ts';
import { noteUse } from '../rule-use.ts';
import { ruleOf, saveChange } from '../stored-rule.ts';
import { findTarget, requireRuleRight, type Target } from '../target.ts';
import { chooseCooldown, chooseWindow, ruleScreen } from './edit-screens.ts';

/** Least and most time between two barks that a button may carry, ms. */
const COOLDOWN_BOUNDS = { min: 10_000, max: 7 * 86_400_000 } as const;

/**
 * `v1:edit:<rule>[:<what>:<value>[:<target>]]`, in place of the message that carries it. What changes a rule carries
 * the state that it leads to, so that a press is the same however often it comes: `T` a threshold, `W` a window, `C` a
 * cooldown in ms, `m` once or repeat, `n` and `p` (1 or 0) a note when it is over and a pause. What only shows: `t` the
 * screen with a threshold that is not set yet, `w` and `c` the choices.
 */
export const pressEdit: Action = async (context, [id, what = '', value = '', reference]) => {
  if (id === undefined) return undefined;
  const target = await findTarget(context, reference, 'read');
  await requireRuleRight(context, target);
  const rule = await ruleOf(context, target, id);
  const reply = await react(context, target, rule, what, value);
  return reply && { ...reply, replace: true };
};

async function react(
  context: Context,
  target: Target,
  rule: Rule,
  what: string,
  value: string,
): Promise<Reply | undefined> {
  switch (what) {
    case '':
      return await ruleScreen(context, target, rule);
    case 'w':
      return chooseWindow(context, target, rule);
    case 'c':
      return chooseCooldown(context, target, rule);
    case 't': {
      const shown = await thresholdSet(context, rule, Number(value));
      return shown && (await ruleScreen(context, target, rule, { pending: shown }));
    }
    default: {
      const changed = await changedBy(context, rule, what, value);
      if (!changed) return undefined;
      const answer = await saveChange(context, changed);
      return await ruleScreen(context, target, changed, { answer });
    }
  }
}

/** The rule as a button would have it; undefined: it says nothing that is understood (any more). */
async function changedBy(
  context: Context,
  rule: Rule,
  what: string,
  value: string,
): Promise<Rule | undefined> {
  switch (what) {
    case 'T': {
      const changed = await thresholdSet(context, rule, Number(value));
      if (changed && changed.threshold !== rule.threshold) {
        noteUse(context, rule, changed.threshold > rule.threshold ? 'quieter' : 'louder');
      }
      return changed;
    }
    case 'W': {
      const window = WINDOWS.find((each) => each === value);
      return window && withWindow(rule, window);
    }
    case 'C': {
      const cooldownMs = Number(value);
      const { min, max } = COOLDOWN_BOUNDS;
      return Number.isInteger(cooldownMs) && cooldownMs >= min && cooldownMs <= max
        ? { ...rule, cooldownMs }
        : undefined;
    }
    case 'm':
      return value === 'once' || value === 'repeat' ? { ...rule, mode: value } : undefined;
    case 'n':
      return { ...rule, tellNormal: value === '1' ? true : undefined };
    case 'p':
      return { ...rule, paused: value === '1' };
    default:
      return undefined;
  }
}

async function thresholdSet(context: Context, rule: Rule, threshold: number): Promise<Rule | undefined> {
  if (!Number.isFinite(threshold) || threshold <= 0) return undefined;
  if (threshold === rule.threshold) return rule;
  const brief = rule.kind === 'price' ? (await lookUpRule(context, rule)).brief : undefined;
  return withThreshold(rule, threshold, { brief, tickSize: context.symbols.tickSize(rule.symbol) });
}
