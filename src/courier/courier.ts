import { DelayedError, type Job, Worker } from 'bullmq';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import type { Limiter } from '../store/limiter.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import { type CourierJob, courierJob, promote, QUEUES } from '../store/queues.ts';
import { connectStore, type StoreAddress } from '../store/redis.ts';
import type { RuleUse } from '../store/rule-use.ts';
import { createAfterEdit } from './after-edit.ts';
import { type AfterBark, createBookSent } from './aftermath.ts';
import { createAmend } from './amend.ts';
import { createAttach } from './attach.ts';
import { createCountUse } from './count-use.ts';
import { createDeliver } from './deliver.ts';
import { createDrain } from './drain.ts';
import { createEdit } from './edit.ts';
import { createGather } from './gather.ts';
import { asOfNow } from './late.ts';
import { COURIER_LIMITS, type CourierLimits } from './limits.ts';
import { createOutcomes, type TellOperators, type TellOwners } from './outcomes.ts';
import { createDropOutdated } from './outdated.ts';
import { createPauses } from './pauses.ts';
import { RATES, type Rates } from './rates.ts';
import { createRoom } from './room.ts';
import type { Sender } from './sender.ts';
import { createSlots } from './slots.ts';
import { createSpend } from './spend.ts';
import { type CourierStats, emptyStats } from './stats.ts';
import { createWithhold } from './withhold.ts';

export interface CourierDeps {
  address: StoreAddress;
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Limiter;
  /** One per platform; what waits for a platform without one is kept for a while and dropped. */
  senders: readonly Sender[];
  post: Post;
  /** Counts the barks of each rule for the letter on Sundays. */
  ruleUse?: Pick<RuleUse, 'count'>;
  clock: Clock;
  log: Log;
  tellOperators?: TellOperators;
  tellOwners?: TellOwners;
  afterBark?: AfterBark;
  /** Where an hour later is found what came after a bark; undefined: it is not told. */
  market?: Pick<MarketRepository, 'candles'>;
  limits?: Partial<CourierLimits>;
  rates?: Rates;
}

/** The role that sends what waits in the mailboxes. */
export interface Courier {
  /** Resolves when it takes wake-ups. */
  start(): Promise<void>;
  /** Takes nothing new, waits for sends under way (8 s at most) and ends. What is unfinished is found by the next one. */
  close(): Promise<void>;
  stats(): CourierStats;
}

const CONCURRENCY = 40;

/** Makes the courier; any number may run at once, in any number of processes. */
export function createCourier(deps: CourierDeps): Courier {
  const { mailbox, chats, limiter, log, rates = RATES } = deps;
  const limits = { ...COURIER_LIMITS, ...deps.limits };
  const stats = emptyStats();
  const pauses = createPauses({ limiter, rates, clock: deps.clock });
  const { clock, market } = deps;
  const outcomes = createOutcomes({ ...deps, pauses, stats, tellOperators: deps.tellOperators, limits });
  const { book } = outcomes;
  const spend = createSpend({ limiter, log, rates });
  const bookSent = createBookSent({
    mailbox,
    post: deps.post,
    book,
    afterBark: deps.afterBark,
    tellsSince: market !== undefined,
    clock,
    log,
    limits,
  });
  const edit = createEdit({ told: mailbox.told, chats, book });
  const gather = createGather({
    deliver: createDeliver({ mailbox, chats, limiter, outcomes, bookSent, spend, clock, log, stats, limits }),
    edit,
    mailbox,
    chats,
    outcomes,
    afterEdit: createAfterEdit({ mailbox, chats, outcomes, pauses, stats, limits }),
    stats,
    clock,
    limits,
  });
  const tell = createDropOutdated({
    deliver: createWithhold({ deliver: gather, mailbox, clock }),
    mailbox,
    chats,
  });
  const deliver = async (chat: Chat, batch: Batch, sender: Sender) => {
    if (!batch.sent) return await tell(chat, batch, sender);
    // Another courier sent it and died before it had booked all.
    const notices = await mailbox.open(chat.uid, batch);
    return await bookSent(chat, { ...batch, notices }, sender, batch.sent, asOfNow(notices, clock.now()));
  };
  const drain = createDrain({
    mailbox,
    chats,
    limiter,
    limits,
    rates,
    slotFor: createSlots({ limiter, mailbox, rates, limits }),
    senders: new Map(deps.senders.map((sender) => [sender.platform, sender])),
    deliver: deps.ruleUse ? createCountUse({ deliver, ruleUse: deps.ruleUse, clock, log }) : deliver,
    amend: createAmend({
      mailbox,
      chats,
      edit,
      attach: createAttach({ told: mailbox.told, book }),
      roomFor: createRoom({ limiter, mailbox, rates }),
      pauses,
      market,
      log,
      limits,
    }),
    dropped(chat, batch, reason) {
      stats.rejected += 1;
      log.warn({ chat, batch: batch.id, reason }, 'dropped: it waited too long');
    },
  });

  async function work(job: Job<CourierJob>, token: string | undefined): Promise<void> {
    const data = courierJob.parse(job.data);
    const result = await drain(data);
    if (result.type === 'idle') return;
    if (result.slot !== data.slot) {
      await job.updateData({
        v: 1,
        chat: data.chat,
        ...(result.slot === undefined ? {} : { slot: result.slot }),
      });
    }
    await job.moveToDelayed(Date.now() + result.delayMs, token);
    // A report that waits for its turn must not make a bark wait that came meanwhile.
    if (result.lane !== undefined && result.lane !== 'hi' && (await mailbox.lanes(data.chat)).hi > 0)
      await promote(job);
    // Not a failure: it uses up no attempt.
    throw new DelayedError();
  }

  let stop: (() => Promise<void>) | undefined;
  return {
    async start() {
      const connection = connectStore(deps.address, 'worker');
      connection.on('error', (error) => log.warn({ error: describeError(error) }, 'courier store'));
      const worker = new Worker<CourierJob>(QUEUES.courier, work, {
        connection,
        prefix: QUEUE_PREFIX,
        concurrency: CONCURRENCY,
        // A killed process' chats are taken over within about 12 s; a send lasts longer, but its lock is renewed.
        lockDuration: limits.lockMs,
        stalledInterval: limits.stalledCheckMs,
        maxStalledCount: 1_000_000,
      });
      worker.on('error', (error) => log.warn({ error: describeError(error) }, 'courier queue'));
      worker.on('failed', (job, error) => {
        log.error({ chat: job?.data.chat, error: describeError(error) }, 'courier job failed');
      });
      const sweeping = startLoop(
        'courier-sweep',
        limits.sweepMs,
        async () => {
          await deps.post.sweep();
        },
        log,
      );
      stop = async () => {
        await sweeping.stop();
        const closed = worker.close().then(
          () => true,
          () => true,
        );
        const patience = new AbortController();
        const overdue = delay(limits.closeMs, patience.signal).then(
          () => false,
          () => true,
        );
        if (!(await Promise.race([closed, overdue]))) {
          log.warn('courier: a send did not end in time; the next courier finds it');
          await worker.disconnect();
        }
        patience.abort();
        connection.disconnect();
      };
      await worker.waitUntilReady();
    },
    async close() {
      const ending = stop;
      stop = undefined;
      await ending?.();
    },
    stats: () => ({ ...stats }),
  };
}
