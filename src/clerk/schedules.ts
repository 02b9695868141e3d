import type { Queue } from 'bullmq';
import type { Clock } from '../kit/clock.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatChange, ChatsRepository } from '../store/chats.ts';
import { SHARDS, shardOf } from '../store/keys.ts';
import { type ClerkJob, DAILY_TASKS, type DailyTask } from '../store/queues.ts';
import { quietHours } from '../store/quiet.ts';
import { LETTER_LATE_MS, type Letter, lastLetter, letterBy } from './letter-time.ts';

/**
 * What the clerk's clock runs on: BullMQ job schedulers per chat and per analysed symbol, a job for the end of a mute, and one
 * for each letter, made within hours before it is due: a chat needs none until it has rules.
 */
export interface Schedules {
  /**
   * Changes a chat and brings its schedules in line: times of day are those of its zone. The chat is the truth, so that
   * they survive the loss of the queue. Undefined when there is no such chat.
   */
  change(uid: string, change: ChatChange): Promise<Chat | undefined>;
  /** Queues the letters that are due within the next hours. */
  queueLetters(): Promise<void>;
  /**
   * Has further symbols analysed every `everyMs`, those of rules on the AI's view, and no longer those of before that are
   * none. They stay when the schedulers are brought in line if they are named there too.
   */
  follow(symbols: readonly string[], everyMs: number): Promise<void>;
  /** Brings all schedulers in line with what chats and configuration say; called once at start. */
  reconcile(
    analyses: { symbols: readonly string[]; everyMs: number } | undefined,
    followed?: readonly string[],
  ): Promise<void>;
}

// A report is never silently dropped: a failing job is tried again for about an hour.
const JOB_OPTIONS = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 5_000 },
  removeOnComplete: { count: 50 },
  removeOnFail: { count: 200 },
} as const;

/** An alert may just be on its way when a mute or quiet hours end. */
const UNMUTE_GRACE_MS = 2_000;
const SECOND: Readonly<Record<DailyTask, number>> = { cost: 0, report: 0, morning: 2 };
/** A mute that ended longer ago has been told of, or nobody waits for it any more. */
const UNMUTE_LATE_MS = 7 * 86_400_000;

/** Letters are looked for each hour at which it is Sunday somewhere, and queued so long before they are due. */
const LETTERS_PATTERN = '0 0 * * * 6,0,1';
const LETTERS_AHEAD_MS = 2 * 3_600_000;
const DAY_MS = 86_400_000;

/** The time of day (HH:MM) at which a chat wants its daily work of each sort. */
const TIME_OF: Readonly<Record<DailyTask, (chat: Chat) => string | undefined>> = {
  cost: (chat) => chat.costAt,
  report: (chat) => chat.reportAt,
  // When the quiet hours end.
  morning: (chat) => (quietHours(chat.sleep) ? chat.sleep?.split('-')[1] : undefined),
};

/** Schedules over a clerk queue; the queue is the caller's to close. */
export function createSchedules(queue: Queue<ClerkJob>, chats: ChatsRepository, clock: Clock): Schedules {
  /** Symbols analysed because of the configuration, and because of rules. */
  let configured: ReadonlySet<string> = new Set();
  const followed = new Set<string>();

  /** Sets what the chat wants; returns the keys of its schedulers. */
  async function set(chat: Chat): Promise<string[]> {
    const wanted: string[] = [];
    for (const task of DAILY_TASKS) {
      const time = TIME_OF[task](chat);
      if (time === undefined) continue;
      const key = dailyScheduler(task, chat.uid);
      const [hour = '0', minute = '0'] = time.split(':');
      wanted.push(key);
      await queue.upsertJobScheduler(
        key,
        { pattern: `${SECOND[task]} ${Number(minute)} ${Number(hour)} * * *`, tz: chat.timezone },
        { name: task, data: { v: 1, task, chat: chat.uid }, opts: JOB_OPTIONS },
      );
    }
    await setUnmute(chat);
    await queueNextLetter(chat);
    return wanted;
  }

  async function setUnmute({ uid, mutedUntil }: Chat): Promise<void> {
    if (mutedUntil === undefined) return;
    const leftMs = mutedUntil - clock.now();
    if (leftMs < -UNMUTE_LATE_MS) return;
    await queue.add(
      'unmute',
      { v: 1, task: 'unmute', chat: uid, until: mutedUntil },
      {
        ...JOB_OPTIONS,
        jobId: `unmute-${uid}-${mutedUntil}`,
        delay: Math.max(0, leftMs) + UNMUTE_GRACE_MS,
      },
    );
  }

  async function queueLateLetter(chat: Chat, lateMs: number): Promise<void> {
    const late = lastLetter(chat, clock.now(), lateMs);
    if (late) await queueLetter(chat, late);
  }

  async function queueNextLetter(chat: Chat): Promise<void> {
    const letter = letterBy(chat, clock.now() + LETTERS_AHEAD_MS);
    if (letter.at > clock.now()) await queueLetter(chat, letter);
  }

  async function queueLetter(chat: Chat, { at }: Letter): Promise<void> {
    if (chat.noLetter) return;
    await queue.add(
      'letter',
      { v: 1, task: 'letter', chat: chat.uid },
      { ...JOB_OPTIONS, jobId: `letter-${chat.uid}-${at}`, delay: Math.max(0, at - clock.now()) },
    );
  }

  return {
    async queueLetters() {
      for (const chat of await chats.list()) await queueNextLetter(chat);
    },

    async change(uid, change) {
      const chat = await chats.update(uid, change);
      const wanted = new Set(chat ? await set(chat) : []);
      // On a Sunday its time may have gone into the past.
      if (chat) await queueLateLetter(chat, DAY_MS);
      for (const task of DAILY_TASKS) {
        const key = dailyScheduler(task, uid);
        if (!wanted.has(key)) await queue.removeJobScheduler(key);
      }
      return chat;
    },

    async follow(symbols, everyMs) {
      for (const symbol of symbols.filter((each) => !followed.has(each) && !configured.has(each))) {
        await queue.upsertJobScheduler(
          analysisScheduler(symbol),
          { every: everyMs, offset: Math.floor((shardOf(symbol) * everyMs) / SHARDS) },
          { name: 'analysis', data: { v: 1, task: 'analysis', symbol }, opts: JOB_OPTIONS },
        );
        followed.add(symbol);
      }
      for (const symbol of followed) {
        if (symbols.includes(symbol)) continue;
        await queue.removeJobScheduler(analysisScheduler(symbol));
        followed.delete(symbol);
      }
    },

    async reconcile(analyses, further = []) {
      configured = new Set(analyses?.symbols ?? []);
      const wanted = new Set<string>([LETTERS]);
      await queue.upsertJobScheduler(
        LETTERS,
        { pattern: LETTERS_PATTERN, tz: 'UTC' },
        { name: 'letters', data: { v: 1, task: 'letters' }, opts: JOB_OPTIONS },
      );
      for (const chat of await chats.list()) {
        for (const key of await set(chat)) wanted.add(key);
        await queueLateLetter(chat, LETTER_LATE_MS);
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
      for (const symbol of further) wanted.add(analysisScheduler(symbol));
      for (const scheduler of await queue.getJobSchedulers()) {
        if (!wanted.has(scheduler.key)) await queue.removeJobScheduler(scheduler.key);
      }
    },
  };
}

const LETTERS = 'letters';
const dailyScheduler = (task: DailyTask, uid: string) => `${task}-${uid}`;
const analysisScheduler = (symbol: string) => `analysis-${symbol}`;
