import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Notice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Limiter } from '../store/limiter.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import { isSilent } from '../store/quiet.ts';
import type { ToldForm } from '../store/told.ts';
import type { BookSent } from './aftermath.ts';
import { asOfNow } from './late.ts';
import type { CourierLimits } from './limits.ts';
import type { AfterBatch, Outcomes } from './outcomes.ts';
import type { Sender, SendOutcome } from './sender.ts';
import type { Spend } from './spend.ts';
import type { CourierStats } from './stats.ts';

export interface DeliverDeps {
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Pick<Limiter, 'now'>;
  outcomes: Outcomes;
  bookSent: BookSent;
  spend: Pick<Spend, 'call'>;
  clock: Clock;
  log: Log;
  stats: CourierStats;
  limits: CourierLimits;
}

/** Sends one claimed batch as a new message of this form, and books what became of it. */
export type Deliver = (chat: Chat, batch: Batch, sender: Sender, form: ToldForm) => Promise<AfterBatch>;

/** A message may be repeated once without asking; before a second repeat the platform must answer something else. */
const BLIND_REPEATS = 1;

/** Makes the function that sends one claimed batch and books its outcome. It throws only what Redis threw. */
export function createDeliver(deps: DeliverDeps): Deliver {
  const { mailbox, chats, limiter, outcomes, bookSent, spend, clock, log, stats, limits } = deps;

  return async function deliver(chat, batch, sender, form) {
    const { uid } = chat;
    // Begun before and never booked: perhaps delivered. Only a bark is worth a repeat.
    const mayRepeat = batch.state !== 'planned';
    const notYet = await waitFor(batch, sender);
    if (notYet !== undefined) return { type: 'later', delayMs: notYet };
    if (mayRepeat && batch.lane === 'lo') {
      return await outcomes.abandon(chat, batch, 'interrupted while being sent');
    }
    if (batch.notices.length === 0) return await outcomes.reject(chat, batch, 'unreadable');
    const askedAt = performance.now();
    const begun = await mailbox.begin(uid, batch);
    if (!begun) return { type: 'taken' };
    if (performance.now() - askedAt > limits.takeoverMs / 2) {
      // So late an answer leaves no time: another courier may take the batch over while we send it.
      await outcomes.book(() => mailbox.notDelivered(uid, begun, batch.state));
      return { type: 'later', delayMs: limits.resendAfterMs };
    }

    const begunAt = performance.now();
    const notices = asOfNow(begun.notices, clock.now());
    const options = {
      nonce: begun.id,
      silent: form === 'rest' || isSilent(chat, begun.lane, notices),
      mayRepeat,
      form,
    };
    let outcome = await attempt(chat, notices, sender, options);
    if (outcome.type === 'migrated') {
      await chats.move(chat.address.platform, chat.address.chatId, outcome.chatId);
      const moved = await chats.get(uid);
      log.info({ chat: uid }, 'chat moved');
      if (moved) {
        // The slot was for one call, and the old chat's.
        await spend.call(moved.address, moved.type);
        outcome = await attempt(moved, notices, sender, options);
      }
    }
    switch (outcome.type) {
      case 'sent': {
        stats.messages += 1;
        stats.alerts += begun.notices.filter((notice) => notice.type === 'alert').length;
        outcomes.reached(chat);
        const message = { messageId: outcome.messageId, form, marked: mayRepeat };
        return await bookSent(chat, begun, sender, message, notices);
      }
      case 'not-sent':
        return await outcomes.refused(chat, begun, outcome, batch.state);
      case 'ambiguous':
        return await outcomes.doubt(chat, begun, outcome.reason);
      case 'gone':
        return await outcomes.gone(chat, begun, outcome.reason, batch.state, begunAt);
      case 'migrated':
        // Twice in one breath: the address is settled by now, the next attempt finds it.
        await outcomes.book(() => mailbox.notDelivered(uid, begun, batch.state));
        return { type: 'later', delayMs: limits.resendAfterMs };
      case 'bad-content':
        return await outcomes.reject(chat, begun, outcome.reason);
    }
  };

  /** How long to leave the batch alone, ms; undefined: it may go now. */
  async function waitFor(batch: Batch, sender: Sender): Promise<number | undefined> {
    if (batch.state === 'sending') {
      // Under way in another process, unless that one is dead.
      const leftMs = batch.begunAt + limits.takeoverMs - (await limiter.now());
      if (leftMs > 0) return leftMs;
    }
    const doubtful = batch.doubts > BLIND_REPEATS && !(await sender.answers());
    return doubtful ? outcomes.resendDelay(batch.doubts) : undefined;
  }

  async function attempt(
    chat: Chat,
    notices: readonly Notice[],
    sender: Sender,
    options: Parameters<Sender['send']>[2],
  ): Promise<SendOutcome> {
    try {
      return await sender.send(chat, notices, options);
    } catch (error) {
      // A fault of ours; whether before or after the message left nobody knows.
      return { type: 'ambiguous', reason: describeError(error) };
    }
  }
}
