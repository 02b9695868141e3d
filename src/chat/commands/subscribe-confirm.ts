import { KINDS } from '../../alerts/kinds.ts';
import { presetOnAll } from '../../alerts/presets-on-all.ts';
import type { Preview } from '../../alerts/preview.ts';
import { ALL_SYMBOLS, type Preset, type Rule } from '../../alerts/rule.ts';
import type { Button, Reply } from '../../notice/text.ts';
import type { RuleAnswer } from '../../store/rules.ts';
import { packAction } from '../actions.ts';
import { chatName } from '../approval.ts';
import type { Context } from '../context.ts';
import { noReadingsBlocks } from '../no-readings.ts';
import { previewWords, proposalWords } from '../preview-words.ts';
import type { Proposals } from '../previews.ts';
import { quietBlocks } from '../quiet.ts';
import {
  answerWords,
  cadenceWords,
  conditionWords,
  ruleTag,
  symbolWords,
  thresholdWords,
} from '../rule-words.ts';
import { shown } from '../shown.ts';
import type { Target } from '../target.ts';
import { previewButton, untoldRows } from './edit-screens.ts';

/** What was set, in words: what, where, by whom, how often, its id and whether it is awake. */
export function confirmation(
  context: Context,
  target: Target,
  rule: Rule,
  said: {
    title: string;
    /** It was set just now: to remove it is to undo that. */
    isNew?: true;
    answer?: RuleAnswer | 'silent';
    /** What it would have done. */
    preview?: Preview | undefined;
    /** What the presets are on its symbol. */
    proposals?: Proposals | undefined;
    /** Of a rule on all symbols: which these are. */
    reach?: readonly [label: string, value: string];
  },
): Reply {
  const { deps, t, f, symbols, asker } = context;
  const s = t.subscribe;
  const tickSize = symbols.tickSize(rule.symbol);
  const preset = rule.preset === undefined ? '' : ` (${t.presets[rule.preset]})`;
  const rows: (readonly [string, string])[] = [
    [s.what, `${symbolWords(rule, t)} ${conditionWords(rule, tickSize, t, f)}${preset}`],
    [s.how, cadenceWords(rule, t, f)],
    [s.where, target.elsewhere ? chatName(target.chat) : s.here],
    [s.by, asker.userName ? shown(asker.userName) : asker.chatType === 'private' ? s.you : s.administrator],
    ...(said.answer === undefined
      ? []
      : [[s.state, answerWords(rule, said.answer, tickSize, t, f)] as const]),
    ...(said.preview === undefined ? [] : [[t.preview.row, previewWords(said.preview, rule, t, f)] as const]),
    ...(said.reach === undefined ? [] : [said.reach]),
    ...(said.answer === undefined ? [] : untoldRows(rule, t)),
  ];
  const others = (['calm', 'normal', 'lively'] as const).filter((each) => each !== rule.preset);
  const presetButtons: Button[] =
    rule.preset === undefined
      ? []
      : others.map((each) => ({
          label: `${t.presets[each]} ${presetWords(context, rule, each, said.proposals)}`.trim(),
          action: packAction('preset', rule.id, each, target.reference),
        }));
  return {
    text: [
      { type: 'title', line: [said.title] },
      { type: 'facts', rows },
      // Set, but not to be heard now.
      ...quietBlocks(target.chat, deps.clock.now(), t, f, [rule.kind]),
      ...noReadingsBlocks(context, rule),
      { type: 'small', line: [`${s.id} `, { code: ruleTag(rule.id) }] },
    ],
    buttons: [
      ...(said.proposals
        ? presetButtons.map((button) => [button])
        : presetButtons.length > 0
          ? [presetButtons]
          : []),
      [
        {
          label: said.isNew ? `↩ ${s.undo}` : `✕ ${t.edit.remove}`,
          action: packAction('rm', rule.id, target.reference),
        },
        { label: `⚙ ${t.edit.button}`, action: packAction('edit', rule.id, '', '', target.reference) },
        { label: s.test, action: packAction('test', rule.id, target.reference) },
      ],
      [
        ...(said.preview === undefined ? [] : [previewButton(context, target, rule)]),
        { label: s.list, action: packAction('alerts', '0', target.reference) },
      ],
    ],
  };
}

/** What another preset is for this rule, as far as that is known. */
function presetWords(
  { t, f, symbols }: Context,
  rule: Rule,
  preset: Preset,
  proposals: Proposals | undefined,
): string {
  if (proposals) return proposalWords(proposals[preset], t, f, rule.kind);
  const threshold =
    rule.symbol === ALL_SYMBOLS
      ? presetOnAll(rule.kind, preset, rule.window)
      : KINDS[rule.kind].presets?.[preset];
  return threshold === undefined
    ? ''
    : thresholdWords({ ...rule, threshold }, symbols.tickSize(rule.symbol), f);
}
