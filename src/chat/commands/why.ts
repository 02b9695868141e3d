import { ALL_SYMBOLS, type InstanceState, type Rule } from '../../alerts/rule.ts';
import { UserError } from '../../kit/errors.ts';
import type { Brief } from '../../market/brief.ts';
import type { Block, Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import { isOnLarge, reachRow } from '../all-symbols.ts';
import type { Action, Command, Context } from '../context.ts';
import { coverageWords } from '../coverage-words.ts';
import { define } from '../definition.ts';
import { distanceToFiring } from '../distance.ts';
import { cautions } from '../facts.ts';
import { firingLines, firingLinesOnAll } from '../firings.ts';
import { lookUpRule } from '../lookup.ts';
import { noReadingsBlocks } from '../no-readings.ts';
import { nowWords } from '../now-words.ts';
import { quietBlocks } from '../quiet.ts';
import { hasThreshold } from '../rule-change.ts';
import {
  cadenceWords,
  conditionWords,
  nameWords,
  ruleTag,
  symbolWords,
  thresholdWords,
  valueWords,
} from '../rule-words.ts';
import { findTarget, splitReference, type Target } from '../target.ts';
import { rowsOf } from './buttons.ts';
import { ruleId } from './unsubscribe.ts';

type Row = readonly [label: string, value: string];

/** Rules offered when none is named. */
const OFFERED = 12;

/** `/why <id>`: the rule's inputs and state, its last firings and what became of them. */
export const why: Command = {
  definition: define('why', [{ name: 'id', words: 'whyId' }]),
  async run(context, call) {
    const { reference, rest } = splitReference(call.words);
    const target = await findTarget(context, reference, 'read');
    const word = call.options.id ?? rest[0];
    return word === undefined ? await choose(context, target) : await answer(context, target, word);
  },
};

/** `v1:why:<id>:<target>[:<symbol>]`; the symbol is that of a bark, for rules on all of them. */
export const pressWhy: Action = async (context, [id, reference, symbol]) => {
  if (id === undefined) return undefined;
  return await answer(context, await findTarget(context, reference, 'read'), id, symbol);
};

/** `v1:rewhy:<as of why>`: the same in place of the older answer. */
export const pressRewhy: Action = async (context, args) => {
  const reply = await pressWhy(context, args);
  return reply && { ...reply, replace: true };
};

/** The button that asks why of a rule. */
function whyButton(label: string, id: string, reference: string): Button {
  return { label, action: packAction('why', id, reference) };
}

async function choose(context: Context, target: Target): Promise<Reply> {
  const { deps, t } = context;
  const rules = await deps.rules.list(target.chat.uid);
  const [only, ...more] = rules;
  if (!only) return { text: [{ type: 'text', line: [t.alerts.none] }], personal: true };
  if (more.length === 0) return await answer(context, target, only.id);
  return {
    text: [{ type: 'text', line: [t.why.which] }],
    buttons: rowsOf(
      rules
        .slice(0, OFFERED)
        .map((rule) => whyButton(`${ruleTag(rule.id)} ${nameWords(rule, t)}`, rule.id, target.reference)),
    ),
    personal: true,
  };
}

async function answer(context: Context, target: Target, word: string, symbol?: string): Promise<Reply> {
  const { deps, t, f, symbols } = context;
  const stored = await deps.rules.get(target.chat.uid, ruleId(word));
  if (!stored) throw new UserError('rule-unknown', { word });
  // On all symbols a rule has a state on each of them, and none of its own.
  const rule = stored.symbol === ALL_SYMBOLS && symbol !== undefined ? { ...stored, symbol } : stored;
  const onAll = rule.symbol === ALL_SYMBOLS;
  const [lookup, instances] = await Promise.all([lookUpRule(context, rule), deps.rules.instances([rule])]);
  const state = instances.get(`${rule.id}:${rule.symbol}`);
  const condition = conditionWords(rule, symbols.tickSize(rule.symbol), t, f);
  const firings = onAll
    ? await firingLinesOnAll(context, rule)
    : state
      ? await firingLines(context, rule, state)
      : [];
  return {
    text: [
      { type: 'title', line: [`${ruleTag(rule.id)} ${symbolWords(rule, t)} ${condition}`] },
      ...cautions({ brief: undefined, stale: lookup.stale }, t, f),
      ...quietBlocks(target.chat, deps.clock.now(), t, f, [rule.kind]),
      ...noReadingsBlocks(context, rule),
      {
        type: 'facts',
        rows: [
          ...(isOnLarge(rule) ? [await reachRow(context)] : []),
          ...(onAll ? [] : inputRows(context, rule, lookup.brief)),
          ...stateRows(context, rule, state, lookup.brief),
          ...noteRows(context, target, rule),
        ],
      },
      { type: 'text', line: [{ b: t.why.firings }] },
      firings.length === 0
        ? { type: 'text', line: [t.why.never] }
        : ({ type: 'list', items: firings } satisfies Block),
    ],
    buttons: [
      [
        {
          label: t.price.refresh,
          action: packAction('rewhy', rule.id, target.reference, ...(rule === stored ? [] : [rule.symbol])),
        },
        { label: t.subscribe.list, action: packAction('alerts', '0', target.reference) },
      ],
    ],
  };
}

/** What the rule looks at: value, level, the way between them, and how far the data can be trusted. */
function inputRows({ t, f, symbols }: Context, rule: Rule, brief: Brief | undefined): Row[] {
  const tickSize = symbols.tickSize(rule.symbol);
  const value = nowWords(rule, brief, tickSize, f);
  const distance = distanceToFiring(rule, brief);
  const coverage = brief && coverageWords(rule, brief, t, f);
  return [
    ...(hasThreshold(rule)
      ? ([
          [t.why.now, value ?? t.alerts.unknown],
          [t.why.level, levelWords(rule, tickSize, f)],
        ] as const)
      : []),
    ...(distance === undefined
      ? []
      : [[t.why.distance, distance === 0 ? t.alerts.fired : f.percent(distance)] as const]),
    ...(coverage === undefined ? [] : [[t.why.coverage, coverage] as const]),
    ...(brief === undefined ? [] : [[t.why.badPrints, f.count(brief.rejected)] as const]),
  ];
}

/** The level of a rule, of two conditions both. */
function levelWords(rule: Rule, tickSize: number, f: Context['f']): string {
  return (rule.and ? [rule, rule.and] : [rule]).map((part) => thresholdWords(part, tickSize, f)).join(' & ');
}

/** Where the rule stands in its state machine, and what it waits for. */
function stateRows(
  { t, f, symbols }: Context,
  rule: Rule,
  state: InstanceState | undefined,
  brief: Brief | undefined,
): Row[] {
  const tickSize = symbols.tickSize(rule.symbol);
  const rearm = valueWords(rule, rule.rearm, tickSize, f);
  const other = rule.and && valueWords(rule.and, rule.and.rearm, tickSize, f);
  // Against the market's own time, in which the rule counts.
  const cooldownLeft =
    state && state.lastFire > 0 && brief ? state.lastFire + rule.cooldownMs - brief.time : 0;
  return [
    ...(rule.paused
      ? [[t.subscribe.state, t.rule.paused] as const]
      : rule.symbol === ALL_SYMBOLS
        ? []
        : [[t.subscribe.state, phaseWords(state, rule, t, f)] as const]),
    [t.subscribe.how, cadenceWords(rule, t, f)],
    ...(rule.mode === 'repeat' && hasThreshold(rule)
      ? [[t.why.rearm, other === undefined ? rearm : t.why.rearmEither(rearm, other)] as const]
      : []),
    ...(cooldownLeft > 0 && rule.mode === 'repeat'
      ? [[t.why.cooldown, f.countdown(cooldownLeft)] as const]
      : []),
    ...(state && state.suppressed > 0 ? [[t.why.suppressed, f.count(state.suppressed)] as const] : []),
  ];
}

/** Why the rule's alerts come without a note, where that is so for all of them: it is said here, and not in each. */
function noteRows({ deps, t }: Context, { chat }: Target, rule: Rule): Row[] {
  if (rule.kind === 'listing') return [];
  const why = deps.desk.off ?? (!chat.approved ? 'not-approved' : chat.noNotes ? 'switched-off' : undefined);
  return why === undefined ? [] : [[t.why.note, t.why.noNote[why]]];
}

function phaseWords(state: InstanceState | undefined, rule: Rule, t: Context['t'], f: Context['f']): string {
  switch (state?.phase) {
    case undefined:
    case 'init':
      return t.why.phases.init;
    case 'armed':
      return t.why.phases.armed;
    case 'pending':
      return t.why.phases.pending(f.clock(state.since), f.duration(rule.holdMs));
    case 'fired':
      // Set while its value was beyond already, it has waited for that to come back since.
      return state.lastFire > 0 ? t.why.phases.fired(f.dateTime(state.lastFire)) : t.subscribe.beyond;
    case 'done':
      return t.alerts.done;
  }
}
