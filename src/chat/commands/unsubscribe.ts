import type { Rule } from '../../alerts/rule.ts';
import { UserError } from '../../kit/errors.ts';
import type { Line, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { ruleLimit } from '../quotas.ts';
import { meaningOf } from '../resolve/words.ts';
import { noteUse } from '../rule-use.ts';
import { conditionWords, nameWords, ruleTag } from '../rule-words.ts';
import { findTarget, requireRuleRight, splitReference, type Target } from '../target.ts';
import { alertsScreen } from './alerts.ts';

/** `/unsubscribe <id>|all`: removes at once and offers Undo for ten minutes. */
export const unsubscribe: Command = {
  definition: define('unsubscribe', [{ name: 'id' }, { name: 'channel' }], true),
  async run(context, call) {
    const { reference, rest } = splitReference(call.words);
    const target = await findTarget(context, call.options.channel ?? reference, 'read');
    const word = call.options.id ?? rest[0];
    if (word === undefined) {
      const screen = await alertsScreen(context, target, 0, 'rm');
      return { ...screen, text: [{ type: 'text', line: [context.t.choose.rule] }, ...screen.text] };
    }
    await requireRuleRight(context, target);
    return meaningOf(word) === 'all'
      ? await removeAll(context, target)
      : await removeOne(context, target, word);
  },
};

/** `v1:rm:<id>:<target>` */
export const pressRemove: Action = async (context, [id, reference]) => {
  if (id === undefined) return undefined;
  const target = await findTarget(context, reference, 'read');
  await requireRuleRight(context, target);
  return await removeOne(context, target, id);
};

/** `v1:undo:<token>:<target>` */
export const pressUndo: Action = async (context, [token, reference]) => {
  if (token === undefined) return undefined;
  const { deps, t, quotas } = context;
  const target = await findTarget(context, reference, 'read');
  await requireRuleRight(context, target);
  const limit = ruleLimit(target.chat, quotas);
  const kept = await deps.rules.takeUndo(target.chat.uid, token);
  let restored = 0;
  for (const rule of kept) {
    const { saved } = await deps.rules.save(rule, limit);
    if (saved) restored++;
  }
  return {
    text: [
      {
        type: 'text',
        line: [restored === 0 ? t.unsubscribe.nothingToUndo : t.unsubscribe.restored(restored)],
      },
    ],
    replace: true,
  };
};

async function removeOne(context: Context, target: Target, word: string): Promise<Reply> {
  const removed = await context.deps.rules.remove(target.chat.uid, ruleId(word));
  if (!removed) throw new UserError('rule-unknown', { word });
  noteUse(context, removed.rule, 'removed');
  return await confirmation(context, target, [removed.rule]);
}

async function removeAll(context: Context, target: Target): Promise<Reply> {
  const { deps, t } = context;
  const removed: Rule[] = [];
  for (const rule of await deps.rules.list(target.chat.uid)) {
    const gone = await deps.rules.remove(target.chat.uid, rule.id);
    if (gone) removed.push(gone.rule);
  }
  if (removed.length === 0) return { text: [{ type: 'text', line: [t.unsubscribe.none] }], personal: true };
  return await confirmation(context, target, removed);
}

async function confirmation(context: Context, target: Target, rules: readonly Rule[]): Promise<Reply> {
  const { deps, t, f, symbols } = context;
  const token = await deps.rules.keepForUndo(target.chat.uid, rules);
  const words = (rule: Rule): Line => [
    { code: ruleTag(rule.id) },
    ` ${nameWords(rule, t)} ${conditionWords(rule, symbols.tickSize(rule.symbol), t, f)}`,
  ];
  const title = rules.length === 1 ? t.unsubscribe.removed : t.unsubscribe.removedAll(rules.length);
  return {
    text: [
      { type: 'title', line: [`🗑 ${title}`] },
      // The whole list would be too long for one message; what matters is that it can be undone.
      { type: 'list', items: rules.slice(0, 5).map(words) },
      { type: 'small', line: [t.unsubscribe.undoFor] },
    ],
    buttons: [[{ label: `↩ ${t.unsubscribe.undo}`, action: packAction('undo', token, target.reference) }]],
    replace: true,
  };
}

/** A rule's id as it is stored, from what a person typed; ids are lower case. */
export function ruleId(word: string): string {
  return word.replace(/^#/, '').toLowerCase();
}
