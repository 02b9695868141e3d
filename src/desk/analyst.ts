import { DelayedError, type Job, Worker } from 'bullmq';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import { localDay } from '../kit/local-time.ts';
import type { Log } from '../kit/log.ts';
import type { NanoUsd } from '../kit/money.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import { type AnalysesRepository, type Analysis, inLanguage } from '../store/analyses.ts';
import { createAsking } from '../store/asking.ts';
import type { Budget } from '../store/budget.ts';
import type { Locale } from '../store/chat-model.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import type { MarketRepository } from '../store/market.ts';
import { createNotes } from '../store/notes.ts';
import type { Post } from '../store/post.ts';
import { type AnalysisJob, analysisJob, QUEUES } from '../store/queues.ts';
import type { CallRecord } from '../store/record.ts';
import { connectStore, type StoreAddress } from '../store/redis.ts';
import { createAsk } from './ask.ts';
import { createFacts } from './facts.ts';
import { createFindBrief, createInquiry, INQUIRY_TIMINGS, type InquiryTimings } from './inquiry.ts';
import { startNoteMaker } from './note-maker.ts';
import type { PaidGateway } from './paid-dialogue.ts';
import type { Prices } from './prices.ts';
import { PROMPT_VERSION } from './prompt.ts';
import { frozen, startRecordKeeper } from './record-keeper.ts';
import { tellOfMoney } from './warnings.ts';
import { startWatchedDialogue, type WatchedDialogueTimings } from './watched-dialogue.ts';

/** What the desk needs to know of the AI and its money. */
export interface AnalystConfig extends Omit<PaidGateway, 'apiKey'> {
  /** Undefined: analyses come without AI and say so. */
  apiKey: string | undefined;
}

/** Waits of the analyst, ms. */
export interface AnalystTimings extends WatchedDialogueTimings, InquiryTimings {
  /** How long running calls may go on after `close`. */
  graceMs: number;
  /** How often outcomes of recorded calls are looked for. */
  recordEveryMs: number;
}

const TIMINGS = { ...INQUIRY_TIMINGS, graceMs: 5_000, recordEveryMs: 2_000 };
const BACKGROUND_PAUSE_MS = 500;
const COMPANION_POLL_MS = 25;

export interface AnalystStats {
  analyses: number;
  /** Those with a reading. */
  readings: number;
  costNano: NanoUsd;
}

/** The desk's worker: takes questions from the queue `analysis` and stores an analysis for each, and makes the notes on barks. */
export interface Analyst {
  stats(): AnalystStats;
  /** Takes no more questions, lets running calls finish for a grace time, then aborts them. */
  close(): Promise<void>;
}

export interface AnalystDeps {
  address: StoreAddress;
  market: Pick<MarketRepository, 'brief' | 'candles'>;
  analyses: AnalysesRepository;
  record: CallRecord;
  budget: Budget;
  prices: Prices;
  /** Where notes on barks are posted to. */
  post: Pick<Post, 'post'>;
  /** Calls for notes in a minute, of the whole bot. */
  notesPerMinute?: number;
  config: AnalystConfig;
  tellOperators(code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string): Promise<void>;
  clock: Clock;
  log: Log;
  timings?: Partial<AnalystTimings>;
}

/** Starts the analyst; resolves when it takes questions. */
export async function startAnalyst(deps: AnalystDeps): Promise<Analyst> {
  const { analyses, clock, config, log } = deps;
  const timings = { ...TIMINGS, ...deps.timings };
  const connection = connectStore(deps.address, 'worker');
  const closing = new AbortController();
  const stats: AnalystStats = { analyses: 0, readings: 0, costNano: 0 };
  const tell = (told: Promise<void>) =>
    told.catch((error: unknown) => log.warn({ error: describeError(error) }, 'operators were not told'));
  const { apiKey } = config;
  const ai =
    apiKey === undefined
      ? undefined
      : startWatchedDialogue(
          { ...config, apiKey },
          { ...deps, store: connection, tell: (...words) => tell(deps.tellOperators(...words)) },
        );
  const asking = createAsking(connection);
  const findBrief = createFindBrief({ ...deps, timings });
  const gatherFacts = createFacts(deps);
  const inquire = createInquiry({
    findBrief,
    gatherFacts,
    ask: ai && createAsk(ai.dialogue),
    company: (job) => asking.take(job.symbol, job.analysisId),
    readers: (symbol) => analyses.readers(symbol),
    clock,
    closing: closing.signal,
    timings,
  });
  const warnings = tellOfMoney({ ...deps, ...config });
  const noteMaker = await startNoteMaker({
    connection,
    notes: createNotes(connection),
    post: deps.post,
    findBrief,
    gatherFacts,
    dialogue: ai?.dialogue,
    clock,
    closing: closing.signal,
    log,
    callsPerMinute: deps.notesPerMinute,
    // Nobody waits for this.
    onAsked: (asked) => void tell(warnings(asked, localDay(clock.now(), config.timezone))),
  });
  const slots = concurrencyFor(config.maxCallsPerSecond);
  let unawaited = 0;
  /** Runs work that nobody waits for, in at most half of the slots; what finds none comes back in a moment. */
  const inTheBackground = async <T>(queued: Job, token: string | undefined, work: () => Promise<T>) => {
    if (unawaited >= slots / 2) {
      await queued.moveToDelayed(clock.now() + BACKGROUND_PAUSE_MS, token);
      throw new DelayedError();
    }
    unawaited++;
    try {
      return await work();
    } finally {
      unawaited--;
    }
  };

  /** Before it is delivered, so before anyone can know what comes of it. */
  const freeze = async (analysis: Analysis): Promise<void> => {
    if (analysis.trigger === 'interactive') return;
    const call = frozen(analysis, await deps.market.brief(analysis.symbol));
    if (call) await deps.record.freeze(call);
  };

  /** Waits for the answer that another question brings along, so that this job's end tells that it is there. */
  const broughtAlong = async (job: AnalysisJob): Promise<void> => {
    while (clock.now() < job.deadlineAt && !closing.signal.aborted) {
      if (await analyses.get(job.analysisId)) return;
      await delay(COMPANION_POLL_MS, closing.signal).catch(() => undefined);
    }
  };

  const serve = async (job: AnalysisJob, attempt: number): Promise<void> => {
    if (attempt > 1 && (await analyses.get(job.analysisId))) return;
    // The same question may have been answered between the asker's look and this one.
    const fresh =
      job.trigger === 'interactive'
        ? await analyses.fresh(job.symbol, job.locale, PROMPT_VERSION)
        : undefined;
    if (fresh) {
      await asking.drop(job.symbol, job.locale, job.analysisId);
      await analyses.share(fresh, job.analysisId);
      return;
    }
    const inquired = await inquire(job, attempt);
    if (!inquired) {
      await broughtAlong(job);
      return;
    }
    const { analysis, others } = inquired;
    await freeze(analysis);
    await analyses.save(analysis);
    for (const { locale, analysisId } of others)
      await analyses.share(inLanguage(analysis, locale) ?? noneIn(locale, analysis), analysisId);
    stats.analyses++;
    if (analysis.reading) stats.readings++;
    stats.costNano += analysis.costNano;
    log.info(
      {
        symbol: analysis.symbol,
        trigger: analysis.trigger,
        noReading: analysis.noReading,
        model: analysis.servedModel ?? analysis.askedModel,
        costNano: analysis.costNano,
        ms: analysis.finishedAt - analysis.createdAt,
      },
      'analysis',
    );
    // Nobody waits for this: the answer is stored and on its way.
    void tell(warnings(analysis, localDay(clock.now(), config.timezone)));
  };

  const worker = new Worker(
    QUEUES.analysis,
    async (queued, token) => {
      const job = analysisJob.parse(queued.data);
      const work = () => serve(job, queued.attemptsStarted);
      if (job.trigger === 'interactive') await work();
      else await inTheBackground(queued, token, work);
    },
    {
      connection,
      prefix: QUEUE_PREFIX,
      concurrency: slots,
      lockDuration: 10_000,
      stalledInterval: 5_000,
      maxStalledCount: 3,
    },
  );
  worker.on('error', (error) => log.warn({ error: describeError(error) }, 'analysis queue'));
  worker.on('failed', (_job, error) => log.error({ error: describeError(error) }, 'analysis failed'));
  await worker.waitUntilReady();
  const keeper = startRecordKeeper({
    ...deps,
    everyMs: timings.recordEveryMs,
  });

  return {
    stats: () => ({ ...stats, costNano: stats.costNano + noteMaker.costNano() }),
    async close() {
      const grace = setTimeout(() => closing.abort(new Error('closing')), timings.graceMs);
      await Promise.all([keeper.stop(), ai?.stop()]);
      await Promise.all([worker.close(), noteMaker.close()]);
      clearTimeout(grace);
      connection.disconnect();
    },
  };
}

/** Calls take seconds: as many may be open as the rate starts in four, within what one process can hold. */
function concurrencyFor(callsPerSecond: number): number {
  return Math.min(64, Math.max(4, Math.ceil(callsPerSecond * 4)));
}

/** For a language that the model left out, or when there is no reading at all. */
function noneIn(locale: Locale, analysis: Analysis): Analysis {
  return { ...analysis, locale, reading: undefined, noReading: analysis.noReading ?? 'bad-answer' };
}
