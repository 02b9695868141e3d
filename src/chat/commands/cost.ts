import { UserError } from '../../kit/errors.ts';
import { addDays, localDay } from '../../kit/local-time.ts';
import { formatUsd } from '../../kit/money.ts';
import type { CostSummary } from '../../notice/notice.ts';
import type { Picture } from '../../notice/picture.ts';
import type { Reply } from '../../notice/text.ts';
import { BOT_PAYER } from '../../store/budget.ts';
import { forecastFrom, forecastMonth } from '../../store/budget-forecast.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { costBlocks, type OwnerFigures, ownerBlocks } from '../cost-blocks.ts';
import { define } from '../definition.ts';
import { parseTimeOfDay } from '../resolve/time.ts';
import { meaningOf } from '../resolve/words.ts';
import {
  type About,
  about,
  requireAdmin,
  splitReference,
  splitTail,
  type Target,
  tail,
  whereBlocks,
} from '../target.ts';

const DAYS = { today: 1, '7d': 7, '30d': 30 } as const;
type Period = keyof typeof DAYS;
const PERIODS = ['today', '7d', '30d'] as const satisfies readonly Period[];
/** How many of the dearest chats an operator is shown. */
const TOP_PAYERS = 5;

/**
 * `/cost [today|7d|30d|HH:MM|off] [@channel]`: what the AI cost a chat (operators: the whole bot), or its daily summary
 * there.
 */
export const cost: Command = {
  definition: define('cost', [
    { name: 'period', choices: [...PERIODS, 'off'] },
    { name: 'time' },
    { name: 'channel' },
  ]),
  async run(context, call) {
    const { reference, rest } = splitReference(call.words);
    const named = call.options.channel ?? reference;
    const word = call.options.time ?? call.options.period ?? rest[0] ?? 'today';
    const meaning = meaningOf(word);
    if (meaning === 'off') return await schedule(await about(context, named), undefined);
    const period = PERIODS.find((each) => each === meaning);
    if (period) return await summary(await about(context, named), period);
    const time = parseTimeOfDay(word);
    if (time !== undefined) return await schedule(await about(context, named, 'post'), time);
    const isTime = call.options.time !== undefined || word.includes(':');
    throw new UserError(isTime ? 'time-invalid' : 'period-unknown', { word });
  },
};

/** `v1:cost:<period>|off[:@<chat>]` */
export const pressCost: Action = async (context, args) => {
  const { reference, rest } = splitTail(args);
  const [word] = rest;
  if (word === 'off')
    return { ...(await schedule(await about(context, reference), undefined)), replace: true };
  const period = PERIODS.find((each) => each === word);
  return period && { ...(await summary(await about(context, reference), period)), replace: true };
};

async function summary({ context: said, target }: About, period: Period): Promise<Reply> {
  const context = { ...said, operator: said.operator && isForHimAlone(said, target) };
  const { deps, chat, operator, t, f } = context;
  const { timezone } = deps.desk;
  const to = localDay(deps.clock.now(), timezone);
  const from = addDays(to, 1 - DAYS[period]);
  const costs = await deps.budget.summary(from, to, timezone, operator ? undefined : chat.uid, deps.limits);
  const title = (operator ? t.cost.titleAll : t.cost.title)(t.cost[period]);
  const [picture, owner] = await Promise.all([
    DAYS[period] > 1 ? barsOf(context, costs, title) : undefined,
    operator ? ownerFigures(context, costs) : undefined,
  ]);
  return {
    text: [
      { type: 'title', line: [title] },
      ...costBlocks(costs, t, f, operator),
      ...(owner ? ownerBlocks(costs, owner, t, f) : []),
      ...whereBlocks(context, target),
    ],
    buttons: [
      PERIODS.filter((each) => each !== period).map((each) => ({
        label: t.cost[each],
        action: packAction('cost', each, ...tail(target)),
      })),
    ],
    // The whole bot's figures are for the operator who asked, not for the group he asked in.
    personal: operator && chat.type !== 'private',
    ...(picture ? { picture } : {}),
  };
}

/**
 * The whole bot's figures are for the operator who asked, not for a group in which he did: elsewhere he is shown that
 * chat's own. Only Discord can show a group's answer to one person.
 */
function isForHimAlone({ chat }: Context, { elsewhere }: Target): boolean {
  return !elsewhere && (chat.type === 'private' || chat.address.platform === 'discord');
}

/** A bar for each day of the period; undefined: there was no cost to show. */
async function barsOf(
  { deps, chat, operator, t, f }: Context,
  { from, to, costNano }: CostSummary,
  title: string,
): Promise<Picture | undefined> {
  if (costNano === 0) return undefined;
  const days = await deps.budget.daily(from, to, operator ? undefined : chat.uid);
  const limit = operator ? deps.limits.bot : deps.limits.chat;
  const spent = formatUsd(costNano);
  return {
    type: 'bars',
    language: f.language,
    words: { title, total: spent, line: limit === undefined ? '' : t.cost.perDay(formatUsd(limit)) },
    bars: days.map((each) => ({ label: f.day(each.day), nano: each.costNano })),
    ...(limit === undefined ? {} : { line: limit }),
    alt: t.cost.alt(title, spent),
  };
}

/** What only the owner is shown, put together from the ledger, the price table and the chats' names. */
async function ownerFigures({ deps, t }: Context, costs: CostSummary): Promise<OwnerFigures> {
  const now = deps.clock.now();
  const [detail, month] = await Promise.all([
    deps.budget.detail(costs.from, costs.to),
    deps.budget.detail(forecastFrom(costs.to), costs.to),
  ]);
  const named = detail.payers.slice(0, TOP_PAYERS).map(async ({ payer, costNano }) => {
    const title = payer === BOT_PAYER ? t.cost.scheduledPayer : (await deps.chats.get(payer))?.title;
    return { name: title || payer, costNano };
  });
  const usage = {
    prompt: costs.promptTokens,
    cached: detail.cachedTokens,
    completion: costs.completionTokens,
  };
  return {
    detail,
    ...forecastMonth(month.daily),
    payers: await Promise.all(named),
    elsewhere: costs.calls > 0 ? deps.prices.compare(usage, now) : [],
  };
}

async function schedule({ context, target }: About, time: string | undefined): Promise<Reply> {
  const { deps, chat, t } = context;
  await requireAdmin(context, target);
  await deps.changeChat(chat.uid, { costAt: time });
  const where = whereBlocks(context, target);
  if (time === undefined) return { text: [{ type: 'text', line: [`✅ ${t.cost.unscheduled}`] }, ...where] };
  return {
    text: [{ type: 'text', line: [`✅ ${t.cost.scheduled(time, chat.timezone)}`] }, ...where],
    buttons: [[{ label: t.cost.end, action: packAction('cost', 'off', ...tail(target)) }]],
  };
}
