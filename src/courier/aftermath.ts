import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Amendment } from '../notice/amendment.ts';
import type { AlertNotice, Notice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Batch, Mailbox, SentMessage } from '../store/mailbox.ts';
import type { Post } from '../store/post.ts';
import type { CourierLimits } from './limits.ts';
import type { AfterBatch, Outcomes } from './outcomes.ts';
import type { Sender } from './sender.ts';

/**
 * Called after a message told alerts, never before and never waited for. Resolves with whether a note on them is to be
 * expected within some seconds, with which the picture then waits; it is posted in the lane `am`.
 */
export type AfterBark = (
  chat: Chat,
  alerts: readonly AlertNotice[],
  where: { batch: string; messageId: string },
) => Promise<boolean>;

/**
 * Books that a message was sent, and what follows from it: how it may be changed later, and what is to be added to it.
 * May be repeated.
 */
export type BookSent = (
  chat: Chat,
  batch: Batch,
  sender: Sender,
  message: SentMessage,
  /** As they were told. */
  notices: readonly Notice[],
) => Promise<AfterBatch>;

/** A bark that is this old when it is told was found late: what came after it is known by then, ms. */
const OLD_MS = 15 * 60_000;

export function createBookSent(deps: {
  mailbox: Pick<Mailbox, 'delivered' | 'amendments'>;
  post: Pick<Post, 'wake'>;
  book: Outcomes['book'];
  afterBark: AfterBark | undefined;
  /** Stored candles can be asked what came after. */
  tellsSince: boolean;
  clock: Clock;
  log: Log;
  limits: Pick<CourierLimits, 'noteWaitMs' | 'sinceMs'>;
}): BookSent {
  const { mailbox, post, afterBark, clock, log, limits } = deps;

  return async function bookSent(chat, batch, sender, message, notices) {
    const alerts = notices.filter((notice) => notice.type === 'alert');
    const real = alerts.filter(({ test }) => !test);
    const night = notices.find((notice) => notice.type === 'withheld');
    const amendments = amendmentsFor(alerts, night?.eventId, sender, message);
    const told = alerts.length > 0 || night ? notices : [];
    const remaining = await deps.book(() =>
      mailbox.delivered(chat.uid, batch, message, { told, amendments }),
    );
    if (afterBark && real.length > 0) {
      const picture = amendments.find(({ what }) => what === 'picture');
      void askForNote(afterBark, chat, real, { batch: batch.id, messageId: message.messageId }, picture);
    }
    return { type: 'done', remaining };
  };

  function amendmentsFor(
    alerts: readonly AlertNotice[],
    night: string | undefined,
    sender: Sender,
    { messageId, form = 'barks' }: SentMessage,
  ): Amendment[] {
    const now = clock.now();
    const amendments: Amendment[] = [];
    const add = (what: 'picture' | 'since', of: string, dueAt: number) =>
      amendments.push({ type: 'amendment', eventId: `${what}:${messageId}`, of, dueAt, what });
    const [first] = alerts;
    const pictured = first?.eventId ?? night;
    if (sender.pictures && pictured !== undefined && form !== 'rest') {
      add('picture', pictured, afterBark && alerts.some(({ test }) => !test) ? now + limits.noteWaitMs : now);
    }
    const priced = alerts.find(({ test, to, firing }) => !test && to.price > 0 && now - firing.time < OLD_MS);
    if (priced && deps.tellsSince && form !== 'rest') {
      add('since', priced.eventId, priced.firing.time + limits.sinceMs);
    }
    return amendments;
  }

  /** The picture that waits for a note comes at once when none is to be expected; should that fail, after its wait. */
  async function askForNote(
    ask: AfterBark,
    chat: Chat,
    alerts: readonly AlertNotice[],
    where: { batch: string; messageId: string },
    picture: Amendment | undefined,
  ): Promise<void> {
    try {
      if ((await ask(chat, alerts, where)) || !picture) return;
    } catch (error) {
      log.warn({ chat: chat.uid, error: describeError(error) }, 'no note was asked for');
    }
    if (!picture) return;
    try {
      await mailbox.amendments.postpone(chat.uid, [picture.eventId], Date.now());
      await post.wake(chat.uid);
    } catch (error) {
      log.debug({ chat: chat.uid, error: describeError(error) }, 'a picture waits for no note');
    }
  }
}
