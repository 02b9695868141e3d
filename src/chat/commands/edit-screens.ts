import { KINDS, windowsOf } from '../../alerts/kinds.ts';
import { ALL_SYMBOLS, type Rule } from '../../alerts/rule.ts';
import { WINDOW_MS } from '../../market/brief.ts';
import type { Button, Reply } from '../../notice/text.ts';
import type { RuleAnswer } from '../../store/rules.ts';
import { packAction } from '../actions.ts';
import type { Context } from '../context.ts';
import { previewWords, stepWords } from '../preview-words.ts';
import { isTold } from '../previews.ts';
import { hasThreshold, steppedThreshold } from '../rule-change.ts';
import {
  answerWords,
  cadenceWords,
  conditionWords,
  onceWords,
  ruleTag,
  symbolWords,
  thresholdWords,
} from '../rule-words.ts';
import { countOf } from '../stored-rule.ts';
import type { Target } from '../target.ts';
import { rowsOf } from './buttons.ts';

const MINUTE_MS = 60_000;
/** Least times between two barks that are offered. */
const COOLDOWNS_MS = [1, 5, 15, 60, 240, 1_440].map((minutes) => minutes * MINUTE_MS);

/**
 * One rule with everything that can be changed of it, in five rows of buttons at most. `pending` is the same rule with
 * a threshold that was stepped to and is not set yet; `answer` what the feed said of a change just made.
 */
export async function ruleScreen(
  context: Context,
  target: Target,
  rule: Rule,
  said: { pending?: Rule; answer?: RuleAnswer | 'silent' } = {},
): Promise<Reply> {
  const { t, f, symbols } = context;
  const tickSize = symbols.tickSize(rule.symbol);
  const seen = said.pending ?? rule;
  const preview = await countOf(context, seen);
  const { answer } = said;
  const rows: (readonly [string, string])[] = [
    [t.subscribe.what, `${symbolWords(rule, t)} ${conditionWords(rule, tickSize, t, f)}`],
    [t.subscribe.how, cadenceWords(rule, t, f)],
    ...(answer === undefined
      ? []
      : [[t.subscribe.state, answerWords(rule, answer, tickSize, t, f)] as const]),
    ...(answer === undefined && rule.paused ? [[t.subscribe.state, t.rule.paused] as const] : []),
    ...(preview === undefined
      ? untoldRows(rule, t)
      : [
          [
            seen === rule ? t.preview.row : thresholdWords(seen, tickSize, f),
            previewWords(preview, seen, t, f),
          ] as const,
        ]),
  ];
  return {
    text: [
      { type: 'title', line: [`⚙️ ${t.edit.title(ruleTag(rule.id))}`] },
      { type: 'facts', rows },
      ...(seen.threshold === rule.threshold ? [] : [{ type: 'small', line: [t.edit.notYet] } as const]),
    ],
    buttons: [
      thresholdRow(context, target, rule, seen, stepWords(seen, preview, tickSize, t, f)),
      ...cadenceRows(context, target, rule),
      [
        edit(
          target,
          rule,
          rule.paused ? `▶ ${t.edit.resume}` : `⏸ ${t.edit.pause}`,
          'p',
          rule.paused ? '0' : '1',
        ),
        ...(isTold(rule) ? [previewButton(context, target, seen)] : []),
        {
          label: `✕ ${t.edit.remove}`,
          action: packAction('rm', rule.id, target.reference),
          style: 'danger' as const,
        },
      ],
      [
        { label: `‹ ${t.subscribe.list}`, action: packAction('alerts', '0', target.reference) },
        { label: t.alert.why, action: packAction('why', rule.id, target.reference) },
      ],
    ].filter((row) => row.length > 0),
  };
}

/** Says of a rule that candles cannot tell what it would have done, where a reader may wonder. */
export function untoldRows(rule: Rule, t: Context['t']): (readonly [string, string])[] {
  if (isTold(rule) || !hasThreshold(rule)) return [];
  return [[t.preview.row, rule.symbol === ALL_SYMBOLS ? t.subscribe.allPreview : t.preview.untold]];
}

/** − and + that step to the next threshold, and between them the one that is seen: a tap sets it. */
export function thresholdRow(
  context: Context,
  target: Target,
  rule: Rule,
  seen: Rule,
  words: string,
  step: (threshold: number) => string = (threshold) =>
    packAction('edit', rule.id, 't', String(threshold), target.reference),
): Button[] {
  if (!hasThreshold(rule)) return [];
  const { t } = context;
  const isSet = seen.threshold === rule.threshold;
  return [
    { label: '−', action: step(steppedThreshold(seen, seen.threshold, -1)) },
    {
      label: isSet ? words : `✓ ${t.edit.set(words)}`,
      action: packAction(
        'edit',
        rule.id,
        isSet ? '' : 'T',
        isSet ? '' : String(seen.threshold),
        target.reference,
      ),
      ...(isSet ? {} : { style: 'primary' as const }),
    },
    { label: '+', action: step(steppedThreshold(seen, seen.threshold, 1)) },
  ];
}

/** Opens the picture of what the rule would have done. */
export function previewButton({ t }: Context, target: Target, rule: Rule): Button {
  return {
    label: `🐾 ${t.edit.preview}`,
    action: packAction('pv', rule.id, String(rule.threshold), target.reference),
  };
}

function cadenceRows({ t, f }: Context, target: Target, rule: Rule): Button[][] {
  const windowed = KINDS[rule.kind].windowed;
  const once = rule.mode === 'once';
  const tells = rule.tellNormal === true;
  return [
    [
      ...(windowed ? [edit(target, rule, t.edit.window(f.duration(WINDOW_MS[rule.window])), 'w', '')] : []),
      edit(target, rule, `${once ? '☑' : '☐'} ${onceWords(rule, t)}`, 'm', once ? 'repeat' : 'once'),
    ],
    [
      ...(once ? [] : [edit(target, rule, t.edit.cooldown(f.duration(rule.cooldownMs)), 'c', '')]),
      edit(target, rule, `${tells ? '☑' : '☐'} ${t.edit.normal}`, 'n', tells ? '0' : '1'),
    ],
    // A listing comes when it comes, and is never over.
  ].slice(0, hasThreshold(rule) ? 2 : 1);
}

/** Asks over which window the rule shall look. */
export function chooseWindow({ t, f }: Context, target: Target, rule: Rule): Reply {
  const buttons = windowsOf(rule.kind).map((window) => {
    const words = f.duration(WINDOW_MS[window]);
    return edit(target, rule, window === rule.window ? `• ${words}` : words, 'W', window);
  });
  return choice(t.edit.chooseWindow, buttons, edit(target, rule, `‹ ${t.settings.back}`, '', ''));
}

/** Asks how much time must lie between two barks. */
export function chooseCooldown({ t, f }: Context, target: Target, rule: Rule): Reply {
  const buttons = COOLDOWNS_MS.map((ms) => {
    const words = f.duration(ms);
    return edit(target, rule, ms === rule.cooldownMs ? `• ${words}` : words, 'C', String(ms));
  });
  return choice(t.edit.chooseCooldown, buttons, edit(target, rule, `‹ ${t.settings.back}`, '', ''));
}

function choice(question: string, buttons: readonly Button[], back: Button): Reply {
  return { text: [{ type: 'text', line: [question] }], buttons: [...rowsOf(buttons), [back]] };
}

function edit({ reference }: Target, { id }: Rule, label: string, what: string, value: string): Button {
  return { label, action: packAction('edit', id, what, value, reference) };
}
