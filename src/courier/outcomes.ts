import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Limiter } from '../store/limiter.ts';
import type { Batch, BatchState, Mailbox, PerLane } from '../store/mailbox.ts';
import type { CourierLimits } from './limits.ts';
import type { Pauses } from './pauses.ts';
import type { SendOutcome } from './sender.ts';
import type { CourierStats } from './stats.ts';

/** What is to be done with the chat after one batch. */
export type AfterBatch =
  /** The batch is done with; so many entries remain. */
  | { type: 'done'; remaining: PerLane }
  /** The batch stays open: not before `delayMs`. */
  | { type: 'later'; delayMs: number }
  /** Another worker has the batch. */
  | { type: 'taken' };

/** Says something to the operators, once per `onceKey`. */
export type TellOperators = (
  code: OperatorNotice['code'],
  args: OperatorNotice['args'],
  onceKey: string,
) => Promise<void>;

/** Tells those who set the rules of a chat in private that it is closed to the bot. */
export type TellOwners = (chat: Chat, reason: string) => Promise<void>;

export interface OutcomesDeps {
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Pick<Limiter, 'now'>;
  pauses: Pauses;
  clock: Clock;
  log: Log;
  stats: CourierStats;
  tellOperators?: TellOperators | undefined;
  tellOwners?: TellOwners | undefined;
  limits: CourierLimits;
}

/** What follows for a batch and its chat from what the platform answered, be it to a send or to a change. */
export interface Outcomes {
  /**
   * Books an outcome that only this process knows: a Redis that takes no writes for a moment must not make a repeat of
   * it. Gives up when another process may take the batch over.
   */
  book<T>(step: () => Promise<T>): Promise<T>;
  /** The platform took something of this chat. Never waited for: what it books is made good by the chat's next message. */
  reached(chat: Chat): void;
  /** Surely not done, and to be tried again; the batch is left in this state. */
  refused(
    chat: Chat,
    batch: Batch,
    outcome: Extract<SendOutcome, { type: 'not-sent' }>,
    state: BatchState,
  ): Promise<AfterBatch>;
  /** The chat is said to be gone: the batch waits for it to come back, for as long as what it says is worth something. */
  gone(chat: Chat, batch: Batch, reason: string, state: BatchState, begunAt: number): Promise<AfterBatch>;
  /** The answer to a send was lost. */
  doubt(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch>;
  /** How long to leave a batch alone after so many lost answers, ms. */
  resendDelay(doubts: number): number;
  /** Given up. */
  reject(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch>;
  /** Perhaps delivered, and not sent again. */
  abandon(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch>;
}

const BOOK_AGAIN_MS = 250;

export function createOutcomes(deps: OutcomesDeps): Outcomes {
  const { mailbox, chats, limiter, pauses, clock, log, stats, limits } = deps;

  async function book<T>(step: () => Promise<T>): Promise<T> {
    const until = Date.now() + limits.takeoverMs;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (Date.now() > until) throw error;
        log.warn({ error: describeError(error) }, 'could not book what became of a message, trying again');
        await delay(BOOK_AGAIN_MS);
      }
    }
  }

  function resendDelay(doubts: number): number {
    return Math.min(limits.resendAtMostMs, limits.resendAfterMs * 4 ** Math.max(0, doubts - 1));
  }

  async function reject(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    stats.rejected += 1;
    log.error({ chat: chat.uid, batch: batch.id, reason }, 'message given up');
    return { type: 'done', remaining: await book(() => mailbox.rejected(chat.uid, batch, reason)) };
  }

  async function abandon(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    const remaining = await book(() => mailbox.abandoned(chat.uid, batch, reason));
    await tell('ambiguous-delivery', chat, batch, reason);
    return { type: 'done', remaining };
  }

  async function sitOut(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    log.error({ platform: chat.address.platform, reason }, 'every chat is refused: none is paused for it');
    await pauses.rest(chat, limits.outageRestMs);
    const { platform } = chat.address;
    await tell(
      'everybody-refused',
      chat,
      batch,
      reason,
      `${platform}:${Math.floor(clock.now() / 3_600_000)}`,
    );
    return await waitOut(chat, batch, reason);
  }

  async function waitOut(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    const age = (await limiter.now()) - batch.since;
    if (age > limits.pausedKeepMs[batch.lane]) return await reject(chat, batch, reason);
    return { type: 'later', delayMs: limits.pausedRecheckMs[batch.lane] };
  }

  async function tell(
    code: OperatorNotice['code'],
    chat: Chat,
    batch: Batch,
    reason: string,
    onceKey = `${chat.uid}:${batch.id}`,
  ): Promise<void> {
    // A word about a word to the operators that was lost would be lost the same way, for ever.
    if (batch.notices.some((notice) => notice.type === 'operator')) return;
    const { platform, chatId } = chat.address;
    const title = chat.title === '' ? `${platform}:${chatId}` : chat.title;
    const args = { uid: chat.uid, chat: title, platform, reason };
    await deps.tellOperators?.(code, args, onceKey);
  }

  async function openTo(chat: Chat): Promise<void> {
    try {
      if (await chats.refusals.reached(chat)) log.info({ chat: chat.uid }, 'chat open again');
    } catch (error) {
      log.debug({ chat: chat.uid, error: describeError(error) }, 'not booked that a chat was reached');
    }
  }

  return {
    book,
    resendDelay,
    reject,
    abandon,
    reached(chat) {
      void openTo(chat);
      pauses.reached(chat);
    },
    async refused(chat, batch, outcome, state) {
      await book(() => mailbox.notDelivered(chat.uid, batch, state));
      await pauses.refused(chat, outcome);
      stats.notSent += 1;
      log.warn({ chat: chat.uid, ...outcome }, 'not sent, will be tried again');
      return { type: 'later', delayMs: outcome.retryAfterMs };
    },
    async gone(chat, batch, reason, state, begunAt) {
      await book(() => mailbox.notDelivered(chat.uid, batch, state));
      const refusal = { reason, tookMs: performance.now() - begunAt };
      const refused = await chats.refusals.refused(chat, refusal, limits.tryAfterMs);
      if (refused === 'outage') return await sitOut(chat, batch, reason);
      if (refused === 'doubted') return await waitOut(chat, batch, reason);
      await mailbox.shelve(chat.uid);
      if (refused === 'paused') {
        stats.gone += 1;
        log.warn({ chat: chat.uid, reason }, 'chat paused: it cannot be reached');
        await tell('chat-paused', chat, batch, reason);
        await deps.tellOwners?.(chat, reason);
      } else {
        log.info({ chat: chat.uid, reason }, 'chat stays paused: it refused another message');
      }
      return { type: 'later', delayMs: limits.pausedRecheckMs[batch.lane] };
    },
    async doubt(chat, batch, reason) {
      stats.ambiguous += 1;
      log.warn({ chat: chat.uid, batch: batch.id, reason }, 'the answer to a send was lost');
      await pauses.lost(chat);
      const doubts = batch.doubts + 1;
      if (batch.lane === 'lo' || doubts >= limits.resendMax) return await abandon(chat, batch, reason);
      await book(() => mailbox.doubted(chat.uid, batch, reason));
      return { type: 'later', delayMs: resendDelay(doubts) };
    },
  };
}
