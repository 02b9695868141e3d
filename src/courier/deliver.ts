import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Limiter } from '../store/limiter.ts';
import type { Batch, Mailbox, PerLane } from '../store/mailbox.ts';
import { isSilent } from '../store/quiet.ts';
import { createGoneWatch } from './gone.ts';
import { asOfNow } from './late.ts';
import type { CourierLimits } from './limits.ts';
import type { Pauses } from './pauses.ts';
import type { Sender, SendOutcome } from './sender.ts';
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

export interface DeliverDeps {
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Pick<Limiter, 'now'>;
  pauses: Pauses;
  clock: Clock;
  log: Log;
  stats: CourierStats;
  tellOperators?: TellOperators | undefined;
  limits: CourierLimits;
}

/** A message may be repeated once without asking; before a second repeat the platform must answer something else. */
const BLIND_REPEATS = 1;
/** How long all chats of a platform are left alone that refuses everybody. */
const OUTAGE_REST_MS = 30_000;
const BOOK_AGAIN_MS = 250;

/** Makes the function that sends one claimed batch and books its outcome. It throws only what Redis threw. */
export function createDeliver(
  deps: DeliverDeps,
): (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch> {
  const { mailbox, chats, limiter, pauses, clock, log, stats, limits } = deps;
  const farewells = new Map<string, ReturnType<typeof createGoneWatch>>();

  return async function deliver(chat, batch, sender) {
    const { uid } = chat;
    // Begun before and never booked: perhaps delivered. Only a bark is worth a repeat.
    const mayRepeat = batch.state !== 'planned';
    const notYet = await waitFor(batch, sender);
    if (notYet !== undefined) return { type: 'later', delayMs: notYet };
    if (mayRepeat && batch.lane === 'lo') return await abandon(chat, batch, 'interrupted while being sent');
    if (batch.notices.length === 0) return await reject(chat, batch, 'unreadable');
    const begun = await mailbox.begin(uid, batch);
    if (!begun) return { type: 'taken' };

    const begunAt = performance.now();
    let outcome = await attempt(chat, begun, sender, mayRepeat);
    if (outcome.type === 'migrated') {
      await chats.move(chat.address.platform, chat.address.chatId, outcome.chatId);
      const moved = await chats.get(uid);
      log.info({ chat: uid }, 'chat moved');
      if (moved) outcome = await attempt(moved, begun, sender, mayRepeat);
    }
    switch (outcome.type) {
      case 'sent': {
        const { messageId } = outcome;
        stats.messages += 1;
        stats.alerts += begun.notices.filter((notice) => notice.type === 'alert').length;
        watchOf(chat).reached(uid, performance.now());
        pauses.reached(chat);
        return { type: 'done', remaining: await book(() => mailbox.delivered(uid, begun, messageId)) };
      }
      case 'not-sent':
        await book(() => mailbox.notDelivered(uid, begun, batch.state));
        await pauses.refused(chat, outcome);
        stats.notSent += 1;
        log.warn({ chat: uid, ...outcome }, 'not sent, will be tried again');
        return { type: 'later', delayMs: outcome.retryAfterMs };
      case 'ambiguous':
        return await doubt(chat, begun, outcome.reason);
      case 'gone':
        await book(() => mailbox.notDelivered(uid, begun, batch.state));
        return await sayFarewell(chat, begun, outcome.reason, begunAt);
      case 'migrated':
        // Twice in one breath: the address is settled by now, the next attempt finds it.
        await book(() => mailbox.notDelivered(uid, begun, batch.state));
        return { type: 'later', delayMs: limits.resendAfterMs };
      case 'bad-content':
        return await reject(chat, begun, outcome.reason);
    }
  };

  /** How long to leave the batch alone, ms; undefined: it may go now. */
  async function waitFor(batch: Batch, sender: Sender): Promise<number | undefined> {
    if (batch.state === 'sending') {
      // Under way in another process, unless that one is dead.
      const leftMs = batch.begunAt + limits.takeoverMs - (await limiter.now());
      if (leftMs > 0) return leftMs;
    }
    if (batch.doubts > BLIND_REPEATS && !(await sender.answers())) return resendDelay(batch.doubts);
    return undefined;
  }

  function resendDelay(doubts: number): number {
    return Math.min(limits.resendAtMostMs, limits.resendAfterMs * 4 ** Math.max(0, doubts - 1));
  }

  async function attempt(chat: Chat, batch: Batch, sender: Sender, mayRepeat: boolean): Promise<SendOutcome> {
    const notices = asOfNow(batch.notices, clock.now());
    try {
      return await sender.send(chat, notices, {
        nonce: batch.id,
        silent: isSilent(chat, batch.lane, notices),
        mayRepeat,
      });
    } catch (error) {
      // A fault of ours; whether before or after the message left nobody knows.
      return { type: 'ambiguous', reason: describeError(error) };
    }
  }

  /**
   * Books an outcome that only this process knows: a Redis that takes no writes for a moment must not make a repeat of
   * it. Gives up when another process may take the batch over.
   */
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

  async function doubt(chat: Chat, batch: Batch, reason: string): Promise<AfterBatch> {
    stats.ambiguous += 1;
    log.warn({ chat: chat.uid, batch: batch.id, reason }, 'the answer to a send was lost');
    await pauses.lost(chat);
    const doubts = batch.doubts + 1;
    if (batch.lane === 'lo' || doubts >= limits.resendMax) return await abandon(chat, batch, reason);
    await book(() => mailbox.doubted(chat.uid, batch, reason));
    return { type: 'later', delayMs: resendDelay(doubts) };
  }

  /** The batch waits for the chat to come back, for as long as what it says is worth something. */
  async function sayFarewell(chat: Chat, batch: Batch, reason: string, begunAt: number): Promise<AfterBatch> {
    const farewell = watchOf(chat).refused(chat.uid, reason, begunAt);
    if (farewell.type === 'outage') return await sitOut(chat, batch, reason, farewell.believed);
    stats.gone += 1;
    await chats.update(chat.uid, { pausedReason: reason });
    await mailbox.shelve(chat.uid);
    log.warn({ chat: chat.uid, reason }, 'chat paused: it cannot be reached');
    await tell('chat-paused', chat, batch, reason);
    return { type: 'later', delayMs: limits.pausedRecheckMs[batch.lane] };
  }

  async function sitOut(
    chat: Chat,
    batch: Batch,
    reason: string,
    believed: ReadonlyMap<string, string>,
  ): Promise<AfterBatch> {
    for (const [uid, why] of believed) {
      const paused = await chats.get(uid);
      if (paused?.pausedReason === why) await chats.update(uid, { pausedReason: undefined });
    }
    log.error({ platform: chat.address.platform, reason }, 'every chat is refused: none is paused for it');
    await pauses.rest(chat, OUTAGE_REST_MS);
    const { platform } = chat.address;
    await tell(
      'everybody-refused',
      chat,
      batch,
      reason,
      `${platform}:${Math.floor(clock.now() / 3_600_000)}`,
    );
    const age = (await limiter.now()) - batch.since;
    if (age > limits.pausedKeepMs[batch.lane]) return await reject(chat, batch, reason);
    return { type: 'later', delayMs: limits.pausedRecheckMs[batch.lane] };
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

  function watchOf({ address: { platform } }: Chat): ReturnType<typeof createGoneWatch> {
    let watch = farewells.get(platform);
    if (!watch) {
      watch = createGoneWatch();
      farewells.set(platform, watch);
    }
    return watch;
  }
}
