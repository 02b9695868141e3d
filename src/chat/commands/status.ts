import { localDay } from '../../kit/local-time.ts';
import { formatUsd } from '../../kit/money.ts';
import type { Block, Reply } from '../../notice/text.ts';
import type { FeedHealth } from '../../store/market.ts';
import type { Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { shortName } from '../rule-words.ts';
import { shown } from '../shown.ts';

/** Fewer changes than this wait at any busy moment. */
const MANY_WAITING = 100;

type Row = readonly [label: string, value: string];

/** `/status`: the feed's health and delay, queues, roles, spend of today. */
export const status: Command = {
  definition: define('status'),
  async run(context) {
    const { deps, t, f, timings } = context;
    const [health, house] = await Promise.all([deps.market.health(), deps.status()]);
    const alive = health && deps.clock.now() - health.at <= timings.staleMs ? health : undefined;
    const rows: Row[] = [
      ...(alive ? feedRows(alive, context) : [[t.status.feed, t.status.noFeed] as const]),
      ...house.queues.map(
        (queue): Row => [
          t.status.queues[queue.name],
          t.status.queue(f.count(queue.waiting), f.count(queue.active), f.count(queue.failed)),
        ],
      ),
      [t.status.roles, house.roles.map((each) => `${each.role} ×${each.processes}`).join(', ') || '–'],
      [t.status.spend, await spendToday(context)],
      [t.status.version, house.version],
    ];
    return {
      text: [
        { type: 'title', line: [t.status.title] },
        ...(alive ? warnings(alive, context) : []),
        { type: 'facts', rows },
      ],
    } satisfies Reply;
  },
};

function feedRows(health: FeedHealth, { t, f, deps }: Context): Row[] {
  const now = deps.clock.now();
  return [
    ...health.routes.map((route): Row => {
      const age = route.lastDataAt === undefined ? undefined : f.span(Math.max(0, now - route.lastDataAt));
      return [
        t.status.routes[route.route],
        t.status.route(t.status.states[route.state], f.count(route.streams), age),
      ];
    }),
    ...(health.lagMs === undefined
      ? []
      : [[t.status.lag, t.status.lagValue(f.count(health.lagMs))] as const]),
    [t.status.rate, t.status.rateValue(f.number(health.messagesPerSecond, 0))],
    [t.status.faults, t.status.faultsValue(f.count(health.rejected), f.count(health.gaps))],
    ...(health.symbols.length === 0 ? [] : [[t.status.symbols, symbolsLine(health, t, f)] as const]),
    [t.status.rules, `${f.count(health.rules)} · ${t.status.fired} ${f.count(health.alerts)}`],
    [t.status.up, f.span(now - health.startedAt)],
  ];
}

function symbolsLine(health: FeedHealth, t: Context['t'], f: Context['f']): string {
  const names = (symbols: readonly string[]) =>
    symbols.length > 5 ? f.count(symbols.length) : symbols.map(shortName).join(' ');
  const few = health.warming.length <= 5;
  const cold = few
    ? names(health.warming)
    : `${f.count(health.warming.length)} / ${f.count(health.symbols.length)}`;
  const warming = health.warming.length > 0 ? ` · ${t.status.warming(cold)}` : '';
  return `${names(health.symbols)}${warming}`;
}

function warnings(health: FeedHealth, { t, f, deps }: Context): Block[] {
  const lines = [
    ...(health.blindSince === undefined
      ? []
      : [t.status.blind(f.span(deps.clock.now() - health.blindSince))]),
    ...(health.backlog < MANY_WAITING ? [] : [t.status.backlog(f.count(health.backlog))]),
    ...(health.refused === undefined ? [] : [t.status.refused(shown(health.refused))]),
  ];
  return lines.map((line) => ({ type: 'text', line: [`⚠️ ${line}`] }));
}

/** What was spent today: operators see the bot when they are alone with it, everybody else his chat. */
async function spendToday({ deps, t, chat, operator }: Context): Promise<string> {
  if (deps.desk.off !== undefined) return t.status.aiOff[deps.desk.off];
  const { timezone } = deps.desk;
  const day = localDay(deps.clock.now(), timezone);
  const summary = await deps.budget.summary(
    day,
    day,
    timezone,
    operator && chat.type === 'private' ? undefined : chat.uid,
    deps.limits,
  );
  const spent = formatUsd(summary.costNano);
  return summary.budgetNano === undefined
    ? t.cost.unlimited(spent)
    : t.cost.budget(spent, formatUsd(summary.budgetNano));
}
