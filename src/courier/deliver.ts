import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Limiter } from '../store/limiter.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import { createFloodWatch } from './flood.ts';
import { markLate } from './late.ts';
import { chatScope, type Rates } from './rates.ts';
import type { Sender, SendOutcome } from './sender.ts';
import type { CourierStats } from './stats.ts';

/** What is to be done with the chat after one batch. */
export type AfterBatch =
  /** The batch is done with; so many entries remain. */
  | { type: 'done'; remaining: number }
  /** The batch stays open: not before `delayMs`. */
  | { type: 'later'; delayMs: number }
  /** Another worker has the batch. */
  | { type: 'taken' };

export interface DeliverDeps {
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Limiter;
  rates: Rates;
  clock: Clock;
  log: Log;
  stats: CourierStats;
  /** Says something to the operators, once per `onceKey`. */
  tellOperators?:
    | ((code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string) => Promise<void>)
    | undefined;
  /** How long after a lost answer an alert is sent again, ms. */
  resendAfterMs: number;
}

/** Makes the function that sends one claimed batch and books its outcome (facts/engine.md 4.4). It throws only what Redis threw. */
export function createDeliver(
  deps: DeliverDeps,
): (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch> {
  const { mailbox, chats, limiter, rates, log, stats } = deps;
  const flood = createFloodWatch();

  return async function deliver(chat, batch, sender) {
    const { uid } = chat;
    // Begun before and never booked: perhaps delivered. Only a bark is worth a repeat.
    const mayRepeat = batch.state !== 'planned';
    if (mayRepeat && batch.lane === 'lo') return await abandon(chat, batch, 'interrupted while being sent');
    if (batch.notices.length === 0) return await reject(chat, batch, 'unreadable');
    const begun = await mailbox.begin(uid, batch);
    if (!begun) return { type: 'taken' };

    let outcome = await attempt(chat, begun, sender, mayRepeat);
    if (outcome.type === 'migrated') {
      await chats.move(chat.address.platform, chat.address.chatId, outcome.chatId);
      const moved = await chats.get(uid);
      log.info({ chat: uid }, 'chat moved');
      if (moved) outcome = await attempt(moved, begun, sender, mayRepeat);
    }
    switch (outcome.type) {
      case 'sent':
        stats.messages += 1;
        stats.alerts += begun.notices.filter((notice) => notice.type === 'alert').length;
        return { type: 'done', remaining: await mailbox.delivered(uid, begun, outcome.messageId) };
      case 'not-sent':
        await mailbox.notDelivered(uid, begun, batch.state);
        await pause(chat, outcome);
        stats.notSent += 1;
        log.warn({ chat: uid, ...outcome }, 'not sent, will be tried again');
        return { type: 'later', delayMs: outcome.retryAfterMs };
      case 'ambiguous':
        stats.ambiguous += 1;
        log.warn({ chat: uid, batch: begun.id, reason: outcome.reason }, 'the answer to a send was lost');
        if (begun.lane === 'lo' || batch.state === 'unknown')
          return await abandon(chat, begun, outcome.reason);
        await mailbox.notDelivered(uid, begun, 'unknown');
        return { type: 'later', delayMs: deps.resendAfterMs };
      case 'gone':
        return await suspend(chat, begun, outcome.reason);
      case 'migrated':
        // Twice in one breath: the address is settled by now, the next attempt finds it.
        await mailbox.notDelivered(uid, begun, batch.state);
        return { type: 'later', delayMs: deps.resendAfterMs };
      case 'bad-content':
        return await reject(chat, begun, outcome.reason);
    }
  };

  async function attempt(chat: Chat, batch: Batch, sender: Sender, mayRepeat: boolean): Promise<SendOutcome> {
    const notices = markLate(batch.notices, deps.clock.now());
    try {
      return await sender.send(chat, notices, { nonce: batch.id, silent: batch.lane === 'lo', mayRepeat });
    } catch (error) {
      // A fault of ours; whether before or after the message left nobody knows.
      return { type: 'ambiguous', reason: describeError(error) };
    }
  }

  async function pause(chat: Chat, outcome: Extract<SendOutcome, { type: 'not-sent' }>): Promise<void> {
    const limits = rates[chat.address.platform];
    if (!limits) return;
    const scope = chatScope(chat.address);
    if (outcome.scope === 'chat') await limiter.penalise(scope, limits.chat(chat.type), outcome.retryAfterMs);
    const whole = outcome.scope === 'bot' || flood.note(scope, deps.clock.now());
    // A platform without a limit for the whole bot still wants peace when it says so.
    if (whole) {
      const rate = limits.all ?? { intervalMs: 0, burst: 1 };
      await limiter.penalise(chat.address.platform, rate, outcome.retryAfterMs);
    }
  }

  async function suspend(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    stats.gone += 1;
    stats.rejected += 1;
    await chats.update(chat.uid, { pausedReason: reason });
    const remaining = await mailbox.rejected(chat.uid, batch, reason);
    log.warn({ chat: chat.uid, reason }, 'chat paused: it cannot be reached');
    await tell('chat-paused', chat, batch, reason);
    return { type: 'done', remaining };
  }

  async function reject(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    stats.rejected += 1;
    log.error({ chat: chat.uid, batch: batch.id, reason }, 'message given up');
    return { type: 'done', remaining: await mailbox.rejected(chat.uid, batch, reason) };
  }

  async function abandon(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    const remaining = await mailbox.abandoned(chat.uid, batch, reason);
    await tell('ambiguous-delivery', chat, batch, reason);
    return { type: 'done', remaining };
  }

  async function tell(code: OperatorNotice['code'], chat: Chat, batch: Batch, reason: string): Promise<void> {
    // A word about a word to the operators that was lost would be lost the same way, for ever.
    if (batch.notices.some((notice) => notice.type === 'operator')) return;
    const { platform, chatId } = chat.address;
    const args = { uid: chat.uid, chat: chat.title === '' ? `${platform}:${chatId}` : chat.title, reason };
    await deps.tellOperators?.(code, args, `${chat.uid}:${batch.id}`);
  }
}
