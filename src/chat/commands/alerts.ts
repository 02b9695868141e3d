import { ALL_SYMBOLS, type InstanceState, type Rule } from '../../alerts/rule.ts';
import type { Brief } from '../../market/brief.ts';
import type { Button, Line, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import { chatName } from '../approval.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { distanceToFiring } from '../distance.ts';
import { nowWords } from '../now-words.ts';
import { quietBlocks } from '../quiet.ts';
import { ruleLimit } from '../quotas.ts';
import { hasThreshold } from '../rule-change.ts';
import { cadenceWords, conditionWords, nameWords, ruleTag } from '../rule-words.ts';
import { findTarget, mayRule, splitReference, type Target } from '../target.ts';
import { rowsOf } from './buttons.ts';

const PER_PAGE = 6;

/** `/alerts [@channel]`: the chat's rules, nearest to firing first. */
export const alerts: Command = {
  definition: define('alerts', [{ name: 'channel' }]),
  async run(context, call) {
    const reference = call.options.channel ?? splitReference(call.words).reference;
    return await alertsScreen(context, await findTarget(context, reference, 'read'), 0);
  },
};

/** `v1:alerts:<page>:<target>[:rm]` */
export const pressAlerts: Action = async (context, [page, reference, leads]) => {
  const target = await findTarget(context, reference, 'read');
  const screen = await alertsScreen(context, target, Number(page ?? 0), leads === 'rm' ? 'rm' : 'edit');
  return { ...screen, replace: true };
};

/** What the buttons of a list lead to: everything that can be changed of a rule, or its end. */
const LEADS = { edit: '⚙', rm: '✕' } as const;

/** One page of a chat's rules; a page beyond the last shows the last. */
export async function alertsScreen(
  context: Context,
  target: Target,
  wantedPage: number,
  leads: keyof typeof LEADS = 'edit',
): Promise<Reply> {
  const { deps, t, f, quotas } = context;
  const rules = await deps.rules.list(target.chat.uid);
  const limit = f.count(ruleLimit(target.chat, quotas));
  const title = target.elsewhere
    ? t.alerts.titleIn(chatName(target.chat), f.count(rules.length), limit)
    : t.alerts.title(f.count(rules.length), limit);
  const quiet = quietBlocks(target.chat, deps.clock.now(), t, f);
  const add: Button = { label: t.alerts.add, action: packAction('sub', '', '', '', '', target.reference) };
  if (rules.length === 0) {
    return {
      text: [{ type: 'title', line: [title] }, ...quiet, { type: 'text', line: [t.alerts.none] }],
      buttons: [[add]],
    };
  }
  const [briefs, instances] = await Promise.all([
    deps.market.briefs([...new Set(rules.map((rule) => rule.symbol))]),
    deps.rules.instances(rules),
  ]);
  const distance = (rule: Rule) =>
    distanceToFiring(rule, briefs.get(rule.symbol)) ?? Number.POSITIVE_INFINITY;
  const ordered = rules.toSorted((a, b) => distance(a) - distance(b) || a.createdAt - b.createdAt);
  const pages = Math.ceil(ordered.length / PER_PAGE);
  const page = Math.min(Math.max(0, Number.isInteger(wantedPage) ? wantedPage : 0), pages - 1);
  const visible = ordered.slice(page * PER_PAGE, (page + 1) * PER_PAGE);

  const change = (await mayRule(context, target))
    ? visible.map(
        (rule): Button => ({
          label: `${LEADS[leads]} ${ruleTag(rule.id)}`,
          action:
            leads === 'rm'
              ? packAction('rm', rule.id, target.reference)
              : packAction('edit', rule.id, '', '', target.reference),
        }),
      )
    : [];
  const turn = (to: number, label: string): Button => ({
    label,
    action: packAction('alerts', String(to), target.reference, ...(leads === 'rm' ? ['rm'] : [])),
  });
  const paging =
    pages === 1
      ? []
      : [
          [
            ...(page > 0 ? [turn(page - 1, '‹')] : []),
            turn(page, t.alerts.page(f.count(page + 1), f.count(pages))),
            ...(page < pages - 1 ? [turn(page + 1, '›')] : []),
          ],
        ];
  return {
    text: [
      { type: 'title', line: [title] },
      ...quiet,
      {
        type: 'list',
        items: visible.map((rule) =>
          ruleLine(context, rule, briefs.get(rule.symbol), instances.get(`${rule.id}:${rule.symbol}`)),
        ),
      },
    ],
    buttons: [...rowsOf(change), ...paging, [add]],
  };
}

function ruleLine(
  { t, f, symbols }: Context,
  rule: Rule,
  brief: Brief | undefined,
  state: InstanceState | undefined,
): Line {
  const tickSize = symbols.tickSize(rule.symbol);
  const value = nowWords(rule, brief, tickSize, f);
  const now = value === undefined ? t.alerts.unknown : t.alerts.now(value);
  // All symbols have as many values, and a listing has none.
  const hasValue = rule.symbol !== ALL_SYMBOLS && hasThreshold(rule);
  const phase = rule.paused
    ? t.rule.paused
    : state?.phase === 'done'
      ? t.alerts.done
      : state?.phase === 'fired'
        ? t.alerts.fired
        : undefined;
  return [
    { code: ruleTag(rule.id) },
    ' ',
    { b: nameWords(rule, t) },
    ` ${[conditionWords(rule, tickSize, t, f), ...(hasValue ? [now] : []), cadenceWords(rule, t, f)].join(' · ')}`,
    ...(phase === undefined ? [] : [` · ${phase}`]),
  ];
}
