import { Queue, QueueEvents } from 'bullmq';
import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import { longId } from '../kit/id.ts';
import { localDay } from '../kit/local-time.ts';
import type { Log } from '../kit/log.ts';
import type { AiOff, AnalysesRepository, Analysis, NoReading } from '../store/analyses.ts';
import { createAsking } from '../store/asking.ts';
import type { Budget } from '../store/budget.ts';
import type { Locale } from '../store/chat-model.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import { type AnalysisJob, QUEUES } from '../store/queues.ts';
import { connectStore, type StoreAddress } from '../store/redis.ts';
import { PROMPT_VERSION } from './prompt.ts';

/** A question that somebody waits for. */
export interface AnalysisQuery {
  symbol: string;
  locale: Locale;
  /** uid of the chat that asks and pays. */
  payer: string;
  /** The asker is an operator: the reserved fifth is open to him. */
  operator: boolean;
  trigger: 'interactive';
  deadlineMs: number;
}

/** The desk as the other rooms see it: questions go in by the queue, answers come out of the store. */
export interface Desk {
  /**
   * An analysis, with a reading or the reason for none, never later than `deadlineMs` from now. Equal questions that
   * are open at the same time share one answer, which the first asker pays; so do those that come within a minute
   * after it (`shared`). Throws when the store is out of reach.
   */
  analyze(query: AnalysisQuery): Promise<Analysis>;
  /** Queues an analysis that nobody waits for and the bot pays; one that is still open for the symbol stands for it. */
  schedule(symbol: string, trigger: 'scheduled' | '50trades'): Promise<void>;
  /** Why there is no AI; undefined: there is one. */
  readonly off: AiOff | undefined;
  /** Zone of the days of money, IANA. */
  readonly timezone: string;
  close(): Promise<void>;
}

export interface DeskDeps {
  address: StoreAddress;
  analyses: AnalysesRepository;
  budget: Budget;
  off: AiOff | undefined;
  timezone: string;
  /** Language of analyses that nobody in particular asked for. */
  locale: Locale;
  clock: Clock;
  log: Log;
  /** How long a scheduled analysis may wait and take, ms. */
  scheduledMs?: number;
}

/** Somebody who waits for a job's result. */
interface Waiter {
  /** It may be stored by now. */
  look(): void;
  giveUp(): void;
}

/** BullMQ takes jobs without a priority first: questions of people before scheduled ones. */
const SCHEDULED_PRIORITY = 10;
const KEEP = { attempts: 1, removeOnComplete: { count: 200 }, removeOnFail: { count: 200 } } as const;
/** The store is asked this often in case an event got lost with a connection. */
const LOOK_MS = 1_000;
const SCHEDULED_MS = 60_000;

/** Another chat's refusal is no answer: it says something of his money or his patience, not of the market. */
function isPersonal(reason: NoReading | undefined, operator: boolean): boolean {
  // What is used up for all is not for operators, who have a fifth of their own.
  if (reason === 'budget-bot') return operator;
  return reason === 'budget-chat' || reason === 'late' || reason === 'timeout';
}

/** Opens the desk's counter; resolves when answers can be heard. */
export async function createDesk(deps: DeskDeps): Promise<Desk> {
  const { analyses, clock, log } = deps;
  const requests = connectStore(deps.address, 'request');
  const listening = connectStore(deps.address, 'worker');
  const asking = createAsking(requests);
  const queue = new Queue<AnalysisJob>(QUEUES.analysis, { connection: requests, prefix: QUEUE_PREFIX });
  const events = new QueueEvents(QUEUES.analysis, { connection: listening, prefix: QUEUE_PREFIX });
  const onError = (error: Error) => log.warn({ error: describeError(error) }, 'desk queue');
  queue.on('error', onError);
  events.on('error', onError);

  const waiting = new Map<string, Set<Waiter>>();
  events.on('completed', ({ jobId }) => {
    for (const waiter of waiting.get(jobId) ?? []) waiter.look();
  });
  // A failed job stores nothing: there is nothing more to wait for.
  events.on('failed', ({ jobId }) => {
    for (const waiter of waiting.get(jobId) ?? []) waiter.giveUp();
  });
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);

  /** The stored analysis as soon as it is there, or undefined after `ms`. */
  const hear = (id: string, ms: number): Promise<Analysis | undefined> =>
    new Promise((resolve) => {
      const end = (analysis: Analysis | undefined) => {
        clearTimeout(timer);
        clearInterval(interval);
        const others = waiting.get(id);
        others?.delete(waiter);
        if (others?.size === 0) waiting.delete(id);
        resolve(analysis);
      };
      const look = () => {
        analyses.get(id).then(
          (analysis) => {
            if (analysis) end(analysis);
          },
          (error: unknown) => log.warn({ error: describeError(error) }, 'desk store'),
        );
      };
      const waiter: Waiter = { look, giveUp: () => end(undefined) };
      const timer = setTimeout(() => end(undefined), Math.max(0, ms));
      const interval = setInterval(look, LOOK_MS);
      waiting.set(id, (waiting.get(id) ?? new Set()).add(waiter));
      // It may have been done before we listened.
      look();
    });

  const add = async (
    analysisId: string,
    job: Omit<AnalysisJob, 'v' | 'analysisId'>,
    options: { priority?: number; deduplication?: { id: string } },
  ) => {
    const added = await queue.add(
      'analysis',
      { v: 1, analysisId, ...job },
      { jobId: analysisId, ...KEEP, ...options },
    );
    return added.id ?? analysisId;
  };

  const ask = async (query: AnalysisQuery, deadlineAt: number) => {
    const { symbol, locale, payer, operator, trigger } = query;
    const createdAt = clock.now();
    const analysisId = longId();
    // Before it is queued, so that whoever puts a question about the symbol sees all that wait.
    await asking.open(symbol, locale, analysisId);
    const servedBy = await add(
      analysisId,
      { symbol, locale, payer, operator, trigger, deadlineAt },
      { deduplication: { id: `ask:${symbol}:${locale}` } },
    );
    const queued = servedBy === analysisId;
    if (!queued) await asking.drop(symbol, locale, analysisId);
    const analysis = await hear(servedBy, deadlineAt - clock.now());
    // Brought along by another's question, it is no answer of one's own.
    if (analysis) return { own: queued && !analysis.shared, analysis };
    // A question that nobody took must not wait for a desk that opens tomorrow; one that is being worked on is locked.
    const dropped = queued && (await queue.remove(analysisId).catch(() => 0)) > 0;
    if (dropped) await asking.drop(symbol, locale, analysisId);
    return { own: queued, analysis: unanswered(query, dropped ? 'late' : 'timeout', createdAt, clock.now()) };
  };

  /** The question that is under way here about a symbol in a language: whoever comes meanwhile waits for its answer. */
  const flights = new Map<string, Promise<{ own: boolean; analysis: Analysis }>>();

  const lead = async (key: string, query: AnalysisQuery, deadlineAt: number) => {
    const flight = ask(query, deadlineAt).finally(() => flights.delete(key));
    flights.set(key, flight);
    return await flight;
  };

  /** The answer to another's question; undefined when it is none for this asker, who is then to ask himself. */
  const follow = async (
    flight: Promise<{ analysis: Analysis }>,
    query: AnalysisQuery,
    patience: AbortSignal,
  ): Promise<Analysis | undefined> => {
    const heard = await Promise.race([flight.catch(() => undefined), ended(patience)]);
    return heard && !isPersonal(heard.analysis.noReading, query.operator) ? heard.analysis : undefined;
  };

  /** Counts an answer that cost no call of its own, and marks it. */
  const share = async (analysis: Analysis, payer: string): Promise<Analysis> => {
    if (!analysis.reading) return analysis;
    await deps.budget.countShared(localDay(clock.now(), deps.timezone), payer);
    return { ...analysis, shared: true };
  };

  return {
    off: deps.off,
    timezone: deps.timezone,

    async analyze(query) {
      const createdAt = clock.now();
      const deadlineAt = createdAt + query.deadlineMs;
      const patience = AbortSignal.timeout(query.deadlineMs);
      const [fresh] = await Promise.all([
        analyses.fresh(query.symbol, query.locale, PROMPT_VERSION),
        analyses.markReader(query.symbol, query.locale),
      ]);
      if (fresh) return await share(fresh, query.payer);
      const key = `${query.symbol} ${query.locale}`;
      while (!patience.aborted) {
        const flight = flights.get(key);
        if (flight) {
          const analysis = await follow(flight, query, patience);
          if (analysis) return await share(analysis, query.payer);
          continue;
        }
        const { own, analysis } = await lead(key, query, deadlineAt);
        if (own) return analysis;
        if (!isPersonal(analysis.noReading, query.operator)) return await share(analysis, query.payer);
      }
      return unanswered(query, 'timeout', createdAt, clock.now());
    },

    async schedule(symbol, trigger) {
      await add(
        longId(),
        {
          symbol,
          locale: deps.locale,
          payer: 'bot',
          operator: false,
          trigger,
          deadlineAt: clock.now() + (deps.scheduledMs ?? SCHEDULED_MS),
        },
        { priority: SCHEDULED_PRIORITY, deduplication: { id: `scheduled:${symbol}` } },
      );
    },

    async close() {
      await Promise.all([events.close(), queue.close()]);
      requests.disconnect();
      listening.disconnect();
    },
  };
}

/** What is said when no desk answered in time: `late` when none had even begun. */
function unanswered(
  query: AnalysisQuery,
  noReading: 'late' | 'timeout',
  createdAt: number,
  finishedAt: number,
): Analysis {
  return {
    v: 1,
    id: longId(),
    symbol: query.symbol,
    locale: query.locale,
    trigger: query.trigger,
    reading: undefined,
    noReading,
    brief: undefined,
    askedModel: undefined,
    servedModel: undefined,
    promptVersion: PROMPT_VERSION,
    promptTokens: 0,
    completionTokens: 0,
    costNano: 0,
    estimated: false,
    createdAt,
    finishedAt,
  };
}

/** Resolves, with nothing, when a signal is aborted. */
function ended(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
