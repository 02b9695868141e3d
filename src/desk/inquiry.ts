import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import type { Brief } from '../market/brief.ts';
import type { Analysis, Facts, NoReading } from '../store/analyses.ts';
import type { Company } from '../store/asking.ts';
import { LOCALES, type Locale } from '../store/chat-model.ts';
import type { MarketRepository } from '../store/market.ts';
import type { AnalysisJob } from '../store/queues.ts';
import type { Ask, Asked } from './ask.ts';
import type { GatherFacts } from './facts.ts';
import { PROMPT_VERSION } from './prompt.ts';
import type { Languages } from './wording.ts';

/** Waits of an inquiry, ms. */
export interface InquiryTimings {
  /** For the first brief of a symbol that was not watched until now. */
  briefWaitMs: number;
  /** A brief written longer ago than this is no longer the market's state (replays excepted: their market stands still). */
  staleBriefMs: number;
  /** Kept of the asker's time to bring the answer back. */
  returnMs: number;
}

export const INQUIRY_TIMINGS: InquiryTimings = { briefWaitMs: 3_000, staleBriefMs: 30_000, returnMs: 250 };

const BRIEF_POLL_MS = 50;
/** Below this many trades, and without candles, there is nothing to read. */
const MIN_TRADES = 10;

/**
 * The newest brief of a symbol; waits for a fresh one while the feed turns to a symbol that was just asked for, and for one
 * that knows what happened at `since` (market time, Unix ms): briefs are written once a second.
 */
export type FindBrief = (symbol: string, signal: AbortSignal, since?: number) => Promise<Brief | undefined>;

export function createFindBrief(deps: {
  market: Pick<MarketRepository, 'brief'>;
  clock: Clock;
  timings: Pick<InquiryTimings, 'briefWaitMs' | 'staleBriefMs'>;
}): FindBrief {
  const { market, clock, timings } = deps;
  return async (symbol, signal, since = 0) => {
    const until = clock.now() + timings.briefWaitMs;
    for (;;) {
      const brief = await market.brief(symbol);
      const isFresh =
        brief?.source === 'replay' ||
        (brief !== undefined && clock.now() - brief.writtenAt <= timings.staleBriefMs);
      if (isFresh && brief.time >= since) return brief;
      if (clock.now() >= until || signal.aborted) return isFresh ? brief : undefined;
      await delay(BRIEF_POLL_MS, signal).catch(() => undefined);
    }
  };
}

/** Is there anything in a brief that could be read? */
export function isReadable(brief: Brief): boolean {
  return brief.tradesSeen >= MIN_TRADES || brief.candles > 0;
}

/**
 * What a job came to: its analysis, with those who asked the same in other languages and get it in theirs; undefined:
 * another job that is under way brings its answer.
 */
export type Inquired =
  | { analysis: Analysis; others: readonly { locale: Locale; analysisId: string }[] }
  | undefined;

/** Makes the analysis that a job asks for; `attempt` counts from 1 how often the job was begun. */
export type Inquire = (job: AnalysisJob, attempt: number) => Promise<Inquired>;

/** From a job to its analysis: the figures, the AI's reading of them, or the reason for none. Throws what the store throws. */
export function createInquiry(deps: {
  findBrief: FindBrief;
  gatherFacts: GatherFacts;
  /** Undefined: there is no AI. */
  ask: Ask | undefined;
  /** Who asks the same at this moment in other languages. */
  company(job: AnalysisJob): Promise<Company>;
  /** The languages in which an analysis that nobody asked for will be read. */
  readers(symbol: string): Promise<readonly Locale[]>;
  clock: Clock;
  /** Ends every inquiry early. */
  closing: AbortSignal;
  timings: Pick<InquiryTimings, 'returnMs'>;
}): Inquire {
  const { findBrief, gatherFacts, ask, clock, closing, timings } = deps;

  /** The languages to ask in, the job's own first, and who besides the asker waits for them; undefined: nothing is to be asked. */
  const languagesOf = async (job: AnalysisJob) => {
    const company: Company =
      job.trigger === 'interactive' ? await deps.company(job) : { type: 'lead', others: [] };
    if (company.type === 'taken') return undefined;
    const unasked = job.trigger === 'interactive' ? [] : await deps.readers(job.symbol);
    const wanted = new Set([...company.others.map(({ locale }) => locale), ...unasked]);
    wanted.delete(job.locale);
    const locales: Languages = [job.locale, ...LOCALES.filter((locale) => wanted.has(locale))];
    return { locales, others: company.others };
  };

  return async (job, attempt) => {
    const createdAt = clock.now();
    const deadlineAt = job.deadlineAt - timings.returnMs;
    const finish = (
      brief: Facts | undefined,
      outcome: Partial<Asked> & { noReading: NoReading | undefined },
      others: NonNullable<Inquired>['others'] = [],
    ) => ({ analysis: compose(job, brief, createdAt, clock.now(), outcome), others });
    if (createdAt >= deadlineAt) return finish(undefined, { noReading: 'late' });
    const signal = AbortSignal.any([closing, AbortSignal.timeout(deadlineAt - createdAt)]);
    const brief = await findBrief(job.symbol, signal);
    if (!brief) return finish(undefined, { noReading: 'no-brief' });
    if (!isReadable(brief)) return finish(brief, { noReading: 'insufficient-data' });
    if (!ask) return finish(brief, { noReading: 'no-key' });
    const facts = await gatherFacts(brief);
    const asking = await languagesOf(job);
    if (!asking) return undefined;
    const { payer, operator } = job;
    // A job that a dead worker left is asked anew: its first attempts may have been charged under their own ids.
    const id = attempt > 1 ? `${job.analysisId}.r${attempt}` : job.analysisId;
    const awaited = job.trigger === 'interactive';
    const { locales, others } = asking;
    const asked = await ask({ id, brief: facts, locales, payer, operator, awaited, deadlineAt }, signal);
    return finish(facts, asked, others);
  };
}

function compose(
  job: AnalysisJob,
  brief: Facts | undefined,
  createdAt: number,
  finishedAt: number,
  outcome: Partial<Asked> & { noReading: NoReading | undefined },
): Analysis {
  return {
    v: 1,
    id: job.analysisId,
    symbol: job.symbol,
    locale: job.locale,
    trigger: job.trigger,
    reading: outcome.reading,
    noReading: outcome.noReading,
    ...(Object.keys(outcome.summaries ?? {}).length > 1 ? { summaries: outcome.summaries ?? {} } : {}),
    brief,
    askedModel: outcome.askedModel,
    servedModel: outcome.servedModel,
    promptVersion: PROMPT_VERSION,
    promptTokens: outcome.promptTokens ?? 0,
    completionTokens: outcome.completionTokens ?? 0,
    costNano: outcome.costNano ?? 0,
    estimated: outcome.estimated ?? false,
    createdAt,
    finishedAt,
  };
}
