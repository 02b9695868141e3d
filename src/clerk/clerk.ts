import { Worker } from 'bullmq';
import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { ReportNotice } from '../notice/notice.ts';
import { createBlindnessLog } from '../store/blindness.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import { createPostedLetters } from '../store/letters.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import { clerkJob, QUEUES } from '../store/queues.ts';
import { connectStore, type StoreAddress } from '../store/redis.ts';
import type { RuleUse } from '../store/rule-use.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { Withheld } from '../store/withheld.ts';
import { composeCostReport } from './cost-report.ts';
import { type FeedWatchTimings, startFeedWatch } from './feed-watch.ts';
import { type LetterDeps, tellLetter } from './letter.ts';
import { tellMorning } from './morning.ts';
import { tellUnmuted } from './unmute.ts';

/** The role that works by the clock: daily cost summaries and reports, letters, scheduled analyses, and the watch over the feed. */
export interface Clerk {
  close(): Promise<void>;
}

export interface ClerkDeps {
  address: StoreAddress;
  market: MarketRepository;
  chats: ChatsRepository;
  rules: RulesRepository;
  ruleUse: RuleUse;
  withheld: Withheld;
  budget: Budget;
  limits: BudgetLimits;
  post: Post;
  /** Composes a chat's market report as of now. */
  report(chat: Chat): Promise<ReportNotice>;
  usualThreshold: LetterDeps['usualThreshold'];
  /** Queues the letters that are due within the next hours. */
  queueLetters(): Promise<void>;
  /** Asks the desk for a scheduled analysis; resolves when it is queued. */
  analyse(symbol: string): Promise<void>;
  operators: ReadonlySet<string>;
  timezone: string;
  clock: Clock;
  log: Log;
  watch?: Partial<FeedWatchTimings>;
}

/** Starts the clerk: its queue's worker and the feed watch. */
export async function startClerk(deps: ClerkDeps): Promise<Clerk> {
  const connection = connectStore(deps.address, 'worker');
  const store = connectStore(deps.address, 'worker');
  const blindness = createBlindnessLog(store);
  const posted = createPostedLetters(store);
  const worker = new Worker(
    QUEUES.clerk,
    async (job) => {
      const task = clerkJob.parse(job.data);
      switch (task.task) {
        case 'analysis':
          return await deps.analyse(task.symbol);
        case 'unmute':
          return await tellUnmuted(task.chat, task.until, deps);
        case 'morning':
          return await tellMorning(task.chat, { ...deps, blindness });
        case 'letter':
          return await tellLetter(task.chat, { ...deps, posted });
        case 'letters':
          return await deps.queueLetters();
        case 'report':
          return await tellReport(task.chat, deps);
        case 'cost':
          return await tellCost(task.chat, deps);
      }
    },
    {
      connection,
      prefix: QUEUE_PREFIX,
      concurrency: 4,
      lockDuration: 10_000,
      stalledInterval: 5_000,
      maxStalledCount: 3,
    },
  );
  worker.on('error', (error) => deps.log.warn({ error: describeError(error) }, 'clerk queue'));
  worker.on('failed', (job, error) => {
    deps.log.error({ job: job?.name, error: describeError(error) }, 'clerk job failed');
  });
  await worker.waitUntilReady();
  const watch = startFeedWatch({
    ...deps,
    blindness,
    ...(deps.watch ? { timings: deps.watch } : {}),
  });
  return {
    async close() {
      await watch.stop();
      await worker.close();
      store.disconnect();
      connection.disconnect();
    },
  };
}

async function tellCost(uid: string, deps: ClerkDeps): Promise<void> {
  const chat = await deps.chats.get(uid);
  // Switched off or gone since the job was made.
  if (chat?.costAt === undefined) return;
  await deps.post.post(uid, 'lo', [await composeCostReport(chat, deps)]);
}

async function tellReport(uid: string, deps: ClerkDeps): Promise<void> {
  const chat = await deps.chats.get(uid);
  if (chat?.reportAt === undefined) return;
  await deps.post.post(uid, 'lo', [await deps.report(chat)]);
}
