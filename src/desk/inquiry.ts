import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import type { Brief } from '../market/brief.ts';
import type { Analysis, Facts, NoReading } from '../store/analyses.ts';
import type { MarketRepository } from '../store/market.ts';
import type { AnalysisJob } from '../store/queues.ts';
import type { Asked, Question } from './ask.ts';
import { createFacts } from './facts.ts';
import { PROMPT_VERSION } from './prompt.ts';

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

/** Makes the analysis that a job asks for; `attempt` counts from 1 how often the job was begun. */
export type Inquire = (job: AnalysisJob, attempt: number) => Promise<Analysis>;

/** From a job to its analysis: the figures, the AI's reading of them, or the reason for none. Throws what the store throws. */
export function createInquiry(deps: {
  market: Pick<MarketRepository, 'brief' | 'candles'>;
  /** Undefined: there is no AI. */
  ask: ((question: Question, signal: AbortSignal) => Promise<Asked>) | undefined;
  clock: Clock;
  /** Ends every inquiry early. */
  closing: AbortSignal;
  timings: InquiryTimings;
}): Inquire {
  const { market, ask, clock, closing, timings } = deps;
  const gatherFacts = createFacts(deps);

  /** The newest brief; waits for a fresh one while the feed turns to a symbol that was just asked for. */
  const findBrief = async (symbol: string, signal: AbortSignal): Promise<Brief | undefined> => {
    const until = clock.now() + timings.briefWaitMs;
    for (;;) {
      const brief = await market.brief(symbol);
      if (brief && (brief.source === 'replay' || clock.now() - brief.writtenAt <= timings.staleBriefMs))
        return brief;
      if (clock.now() >= until || signal.aborted) return undefined;
      await delay(BRIEF_POLL_MS, signal).catch(() => undefined);
    }
  };

  return async (job, attempt) => {
    const createdAt = clock.now();
    const deadlineAt = job.deadlineAt - timings.returnMs;
    const finish = (
      brief: Facts | undefined,
      outcome: Partial<Asked> & { noReading: NoReading | undefined },
    ) => compose(job, brief, createdAt, clock.now(), outcome);
    if (createdAt >= deadlineAt) return finish(undefined, { noReading: 'late' });
    const signal = AbortSignal.any([closing, AbortSignal.timeout(deadlineAt - createdAt)]);
    const brief = await findBrief(job.symbol, signal);
    if (!brief) return finish(undefined, { noReading: 'no-brief' });
    if (brief.tradesSeen < MIN_TRADES && brief.candles === 0)
      return finish(brief, { noReading: 'insufficient-data' });
    if (!ask) return finish(brief, { noReading: 'no-key' });
    const facts = await gatherFacts(brief);
    const { locale, payer, operator } = job;
    // A job that a dead worker left is asked anew: its first attempts may have been charged under their own ids.
    const id = attempt > 1 ? `${job.analysisId}.r${attempt}` : job.analysisId;
    const awaited = job.trigger === 'interactive';
    return finish(
      facts,
      await ask({ id, brief: facts, locale, payer, operator, awaited, deadlineAt }, signal),
    );
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
