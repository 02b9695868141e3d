import { isReady, KINDS } from '../../alerts/kinds.ts';
import type { Rule } from '../../alerts/rule.ts';
import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Context } from '../context.ts';
import { lookUpRule } from '../lookup.ts';
import { previewWords, stepWords } from '../preview-words.ts';
import { isTold } from '../previews.ts';
import { noticeableThreshold, type Way, withThreshold } from '../rule-change.ts';
import { noteUse } from '../rule-use.ts';
import { conditionWords, ruleTag, symbolWords } from '../rule-words.ts';
import { shown } from '../shown.ts';
import { countOf, ruleOf, saveChange } from '../stored-rule.ts';
import { findTarget, requireRuleRight, type Target } from '../target.ts';
import { pressAnalyze } from './analyze.ts';
import { previewButton, untoldRows } from './edit-screens.ts';
import { takeAlong } from './me-too.ts';
import { pressMute } from './mute.ts';
import { pressRemove } from './unsubscribe.ts';
import { pressWhy } from './why.ts';

/** `v1:ack:<event>`: somebody has seen to a bark; its message then says so. For everyone. */
export const pressAck: Action = async ({ deps, chat, asker, t }, args) => {
  const event = args.join(':');
  const [ruleId = ''] = event.split(':');
  if (event === '') return undefined;
  const by = asker.userName === undefined ? t.alert.somebody : shown(asker.userName);
  await deps.post.post(chat.uid, 'am', [
    {
      type: 'amendment',
      what: 'ack',
      eventId: `ack:${event}`,
      of: event,
      dueAt: 0,
      by,
      at: deps.clock.now(),
    },
  ]);
  await deps.ruleUse.count(chat.uid, ruleId, 'ack');
  return { text: [{ type: 'text', line: [t.alert.acked] }], personal: true, toast: true };
};

/** `v1:on:<rule>:<what>[:<word>]`: what somebody does about a rule from one of its barks, which stays as it is. */
export const pressOn: Action = async (context, [id, what, word]) => {
  if (id === undefined) return undefined;
  const rule = { chat: context.chat.uid, id };
  switch (what) {
    case 'analyze':
      noteUse(context, rule, 'analyze');
      return await pressAnalyze(context, word === undefined ? [] : [word]);
    case 'why':
      noteUse(context, rule, 'why');
      return await pressWhy(context, [id, '', ...(word === undefined ? [] : [word])]);
    case 'mute': {
      const reply = await pressMute(context, [word ?? '1h']);
      noteUse(context, rule, 'mute');
      return reply;
    }
    case 'rm': {
      const reply = await pressRemove(context, [id]);
      return reply && { ...reply, replace: false };
    }
    case 'quieter':
      return await tune(context, id, 1);
    case 'louder':
      return await tune(context, id, -1);
    case 'to':
      return word === undefined ? undefined : await takeThreshold(context, id, Number(word));
    case 'too':
      return await takeAlong(context, id);
    default:
      return undefined;
  }
};

/** Makes a rule bark less or more often at once, and says how often that would have been. */
async function tune(context: Context, id: string, way: Way): Promise<Reply> {
  const { t } = context;
  const { target, rule } = await changeable(context, id);
  const threshold = noticeableThreshold(rule, way);
  if (threshold === rule.threshold) {
    const words = way === 1 ? t.alert.quietest : t.alert.loudest;
    return { text: [{ type: 'text', line: [words] }], personal: true };
  }
  return await setThreshold(context, target, rule, threshold);
}

/** Gives a rule the threshold that a letter proposed; one that its kind does not allow is no button of ours. */
async function takeThreshold(context: Context, id: string, threshold: number): Promise<Reply | undefined> {
  const { target, rule } = await changeable(context, id);
  if (!isReady(rule.kind)) return undefined;
  const { min, max } = KINDS[rule.kind].bounds;
  if (!(threshold >= min && threshold <= max)) return undefined;
  return await setThreshold(context, target, rule, threshold);
}

/** A rule of this chat that the presser may change. */
async function changeable(context: Context, id: string): Promise<{ target: Target; rule: Rule }> {
  const target = await findTarget(context, undefined, 'read');
  await requireRuleRight(context, target);
  return { target, rule: await ruleOf(context, target, id) };
}

async function setThreshold(context: Context, target: Target, rule: Rule, threshold: number): Promise<Reply> {
  const { t, f, symbols } = context;
  const { id } = rule;
  const isQuieter = threshold >= rule.threshold;
  const tickSize = symbols.tickSize(rule.symbol);
  const { brief } = rule.kind === 'price' ? await lookUpRule(context, rule) : { brief: undefined };
  const changed = withThreshold(rule, threshold, { brief, tickSize });
  await saveChange(context, changed);
  noteUse(context, rule, isQuieter ? 'quieter' : 'louder');
  const preview = await countOf(context, changed);
  const before = preview
    ? [[t.preview.row, previewWords(preview, changed, t, f)] as const]
    : untoldRows(changed, t);
  return {
    text: [
      {
        type: 'text',
        line: [
          `${isQuieter ? '🔉' : '🔊'} `,
          { code: ruleTag(id) },
          ` ${symbolWords(changed, t)} ${conditionWords(changed, tickSize, t, f)}`,
        ],
      },
      { type: 'text', line: [{ b: stepWords(changed, preview, tickSize, t, f) }] },
      ...before.map(([label, words]) => ({ type: 'small', line: [`${label}: ${words}`] }) as const),
    ],
    buttons: [
      [
        { label: `↩ ${t.subscribe.undo}`, action: undoAction(rule) },
        ...(isTold(changed) ? [previewButton(context, target, changed)] : []),
        { label: t.edit.button, action: packAction('edit', id) },
      ],
    ],
  };
}

/** Gives a rule its old threshold back, or the preset that it was. */
function undoAction({ id, preset, threshold }: Rule): string {
  return preset === undefined
    ? packAction('edit', id, 'T', String(threshold))
    : packAction('preset', id, preset, '');
}
