import type { Clock } from '../kit/clock.ts';
import { addDays, localDay, localMoment } from '../kit/local-time.ts';
import { active, type MarketOverview, standouts } from '../market/overview.ts';
import type { ReportNotice } from '../notice/notice.ts';
import type { AnalysesRepository, Analysis } from '../store/analyses.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';
import { type Chat, listedName } from '../store/chat-model.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { MarketRepository } from '../store/market.ts';
import { dayBefore, isLate } from './local-time.ts';

const SHOWN = 5;
/** The symbol whose reading stands for the market. */
const LEADER = 'BTCUSDT';
/** The longest horizon of a reading: after that it says nothing of now. */
const VIEW_FRESH_MS = 4 * 3_600_000;
/** An overview is rewritten every few seconds. */
const OVERVIEW_STALE_MS = 20_000;
/** `<rule>:<symbol>.<episode>`; other events have no episode. */
const ALERT_EVENT = /^[a-z0-9]{6}:[^:]+\.\d+$/;

export interface ReportDeps {
  market: MarketRepository;
  analyses: Pick<AnalysesRepository, 'latest' | 'markReader'>;
  mailbox: Pick<Mailbox, 'seen'>;
  budget: Budget;
  limits: BudgetLimits;
  operators: ReadonlySet<string>;
  /** Zone of the bot's days of money, IANA. */
  timezone: string;
  clock: Clock;
}

/**
 * Composes a chat's market report as of now; it costs no AI call. The same local day always has the same event id, so
 * the daily one is delivered once.
 */
export async function composeReport(chat: Chat, deps: ReportDeps): Promise<ReportNotice> {
  const now = deps.clock.now();
  const day = localDay(now, chat.timezone);
  const yesterday = addDays(day, -1);
  const costDay = dayBefore(now, deps.timezone);
  const wholeBot = deps.operators.has(listedName(chat.address));
  // Tomorrow's readings are then made in this language too.
  await deps.analyses.markReader(LEADER, chat.locale);
  const [overview, universe, analysis, events, cost] = await Promise.all([
    deps.market.overview(),
    deps.market.universe(),
    deps.analyses.latest(LEADER, chat.locale),
    deps.mailbox.seen(chat.uid, localMoment(yesterday, 0, chat.timezone), localMoment(day, 0, chat.timezone)),
    deps.budget.summary(costDay, costDay, deps.timezone, wholeBot ? undefined : chat.uid, deps.limits),
  ]);
  return {
    type: 'report',
    eventId: `report:${chat.uid}:${day}`,
    day,
    source: overview?.source ?? universe?.source ?? 'live',
    market: overview && marketOf(overview, now),
    view: analysis && viewOf(analysis, now),
    alertsYesterday: events.filter((id) => ALERT_EVENT.test(id)).length,
    cost,
    late: isLate(chat.reportAt, now, chat.timezone),
  };
}

function marketOf(overview: MarketOverview, now: number): ReportNotice['market'] {
  const rows = active(overview.rows);
  const ageMs = now - overview.writtenAt;
  return {
    count: rows.length,
    turnover: rows.reduce((sum, row) => sum + row.quoteVolume, 0),
    standouts: standouts(rows, '24h', SHOWN),
    ageMs: ageMs > OVERVIEW_STALE_MS ? ageMs : undefined,
  };
}

function viewOf({ symbol, reading, servedModel, finishedAt }: Analysis, now: number): ReportNotice['view'] {
  if (!reading || now - finishedAt > VIEW_FRESH_MS) return undefined;
  const { sentiment, abstain, risk, summary } = reading;
  return { symbol, sentiment, abstain, risk, summary, model: servedModel, madeAt: finishedAt };
}
