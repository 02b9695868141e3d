import type { Queue } from 'bullmq';
import type { ChatsRepository } from '../store/chats.ts';
import type { ClerkJob } from '../store/queues.ts';

/** What the clerk's clock runs on: a BullMQ job scheduler per chat and per analysed symbol. */
export interface Schedules {
  /** Sets or ends a chat's daily cost summary at HH:MM of its zone; kept in the chat, so it survives the loss of the queue. */
  cost(uid: string, time: string | undefined): Promise<void>;
  /** Brings all schedulers in line with what chats and configuration say; called once at start. */
  reconcile(analyses: { symbols: readonly string[]; everyMs: number } | undefined): Promise<void>;
}

// A report is never silently dropped: a failing job is tried again for about an hour.
const JOB_OPTIONS = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 5_000 },
  removeOnComplete: { count: 50 },
  removeOnFail: { count: 200 },
} as const;

/** Schedules over a clerk queue; the queue is the caller's to close. */
export function createSchedules(queue: Queue<ClerkJob>, chats: ChatsRepository): Schedules {
  const setCost = async (uid: string, time: string, timezone: string) => {
    const [hour = '0', minute = '0'] = time.split(':');
    await queue.upsertJobScheduler(
      costScheduler(uid),
      { pattern: `0 ${Number(minute)} ${Number(hour)} * * *`, tz: timezone },
      { name: 'cost', data: { v: 1, task: 'cost', chat: uid }, opts: JOB_OPTIONS },
    );
  };

  return {
    async cost(uid, time) {
      const chat = await chats.update(uid, { costAt: time });
      if (time === undefined || !chat) await queue.removeJobScheduler(costScheduler(uid));
      else await setCost(uid, time, chat.timezone);
    },

    async reconcile(analyses) {
      const wanted = new Set<string>();
      for (const chat of await chats.list()) {
        if (chat.costAt === undefined) continue;
        wanted.add(costScheduler(chat.uid));
        await setCost(chat.uid, chat.costAt, chat.timezone);
      }
      for (const [i, symbol] of (analyses?.symbols ?? []).entries()) {
        if (!analyses) break;
        wanted.add(analysisScheduler(symbol));
        await queue.upsertJobScheduler(
          analysisScheduler(symbol),
          // Spread over the interval, so that all symbols do not ask at once.
          { every: analyses.everyMs, offset: Math.floor((i * analyses.everyMs) / analyses.symbols.length) },
          { name: 'analysis', data: { v: 1, task: 'analysis', symbol }, opts: JOB_OPTIONS },
        );
      }
      for (const scheduler of await queue.getJobSchedulers()) {
        if (!wanted.has(scheduler.key)) await queue.removeJobScheduler(scheduler.key);
      }
    },
  };
}

const costScheduler = (uid: string) => `cost-${uid}`;
const analysisScheduler = (symbol: string) => `analysis-${symbol}`;
