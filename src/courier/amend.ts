import type { Log } from '../kit/log.ts';
import type { Addition, Amendment } from '../notice/amendment.ts';
import type { Waiting } from '../store/amendments.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Pictured, Told } from '../store/told.ts';
import { type Attach, isBegun } from './attach.ts';
import type { Edit } from './edit.ts';
import type { CourierLimits } from './limits.ts';
import type { Pauses } from './pauses.ts';
import type { EditOutcome, Sender } from './sender.ts';
import { whatCame } from './since.ts';

/** What comes of a look at a chat's amendments: nothing is due, one message was changed, or to look again after `delayMs`. */
export type AfterAmend = { type: 'none' } | { type: 'done' } | { type: 'again'; delayMs: number };

/**
 * Makes the function that writes all that is due for one message of a chat into it, as one change. What is due stays in
 * the store until that succeeded: a crash at any step only repeats the change, which then says nothing new. One call to
 * the platform for each slot: a picture that its message cannot carry is the next one's.
 */
export function createAmend(deps: {
  mailbox: Mailbox;
  chats: Pick<ChatsRepository, 'move'>;
  edit: Edit;
  attach: Attach;
  roomFor: (chat: Chat) => Promise<number>;
  pauses: Pauses;
  market: Pick<MarketRepository, 'candles'> | undefined;
  log: Log;
  limits: CourierLimits;
}): (chat: Chat, sender: Sender) => Promise<AfterAmend> {
  const { mailbox, chats, edit, attach, roomFor, pauses, market, log, limits } = deps;
  const { amendments } = mailbox;

  return async function amend(chat, sender) {
    const { uid } = chat;
    const found = await messageToAmend(uid);
    if (!found) return { type: 'none' };
    const { told, waiting } = found;
    const waitMs = await roomFor(chat);
    if (waitMs > 0) return { type: 'again', delayMs: waitMs };
    if (isApart(told.pictured) && waiting.every(({ amendment }) => isPicture(amendment))) {
      return await putBelow(chat, told, waiting, sender);
    }
    const additions = await additionsOf(waiting, told);
    const ids = waiting.map(({ amendment }) => amendment.eventId);
    if (additions.length > 0) {
      const outcome = await edit(chat, told.messageId, { additions }, sender, told);
      const againMs = await delayAfter(chat, outcome, waiting);
      if (againMs !== undefined) return { type: 'again', delayMs: againMs };
      if (outcome.type === 'edited' && outcome.undrawn) return await leaveUndrawn(uid, waiting);
      if (outcome.type === 'edited' && isApart(outcome.pictured)) return await leaveApart(uid, waiting);
    }
    await amendments.done(uid, ids);
    return { type: 'done' };
  };

  /** All but the picture is done; that one comes as a message of its own, with the next slot. */
  async function leaveApart(uid: string, waiting: readonly Waiting[]): Promise<AfterAmend> {
    const isDone = ({ amendment }: Waiting) => !isPicture(amendment);
    await amendments.done(
      uid,
      waiting.filter(isDone).map(({ amendment }) => amendment.eventId),
    );
    return { type: 'done' };
  }

  async function putBelow(
    chat: Chat,
    told: Told,
    waiting: readonly Waiting[],
    sender: Sender,
  ): Promise<AfterAmend> {
    const { uid } = chat;
    const ids = waiting.map(({ amendment }) => amendment.eventId);
    // Should this courier die, it is looked at when nobody can be at it any more.
    await amendments.postpone(uid, ids, Date.now() + limits.takeoverMs);
    const outcome = await attach(chat, told, sender);
    if (outcome.type === 'overtaken') return { type: 'done' };
    if (outcome.type === 'undrawn') return await leaveUndrawn(uid, waiting);
    if (outcome.type === 'sent') pauses.reached(chat);
    const againMs = outcome.type === 'sent' ? undefined : await delayAfter(chat, outcome, waiting);
    const isWorthMore =
      outcome.type === 'not-sent' || (outcome.type === 'ambiguous' && !isBegun(told.pictured));
    if (isWorthMore && againMs !== undefined) {
      await amendments.postpone(uid, ids, Date.now() + againMs);
      return { type: 'again', delayMs: againMs };
    }
    await amendments.done(uid, ids);
    return { type: 'done' };
  }

  /** All but the picture is done; that one is tried again, each time after as long as it has been missing, until it is too late. */
  async function leaveUndrawn(uid: string, waiting: readonly Waiting[]): Promise<AfterAmend> {
    const now = Date.now();
    const again = waiting
      .map(({ amendment }) => amendment)
      .filter((each) => isPicture(each) && now - each.dueAt <= limits.amendKeepMs);
    for (const { eventId, dueAt } of again) {
      await amendments.postpone(uid, [eventId], now + Math.max(limits.drawAgainMs, now - dueAt));
    }
    const ids = waiting.map(({ amendment }) => amendment.eventId);
    await amendments.done(
      uid,
      ids.filter((id) => !again.some(({ eventId }) => eventId === id)),
    );
    return { type: 'done' };
  }

  /** The message for which something is due, with all that waits for it; forgets what came too late or has no message. */
  async function messageToAmend(uid: string): Promise<{ told: Told; waiting: Waiting[] } | undefined> {
    const now = Date.now();
    const all = await amendments.waiting(uid);
    const due = all.filter(({ dueAt }) => dueAt <= now);
    const late = due.filter(({ dueAt }) => now - dueAt > limits.amendKeepMs);
    await leaveOut(uid, late, 'too late');
    const messageIds = new Map<string, string | undefined>();
    for (const { amendment } of all) {
      if (!messageIds.has(amendment.of))
        messageIds.set(amendment.of, await mailbox.messageOf(uid, amendment.of));
    }
    const idOf = ({ amendment }: Waiting) => messageIds.get(amendment.of);
    for (const first of due.filter((each) => !late.includes(each))) {
      const messageId = idOf(first);
      const told = messageId === undefined ? undefined : await mailbox.told.get(uid, messageId);
      if (told && !told.closed) {
        // One that is being posted comes with nothing.
        const isFree = ({ amendment }: Waiting) => isPicture(amendment) && !isBegun(told.pictured);
        const waiting = all.filter((each) => idOf(each) === messageId && (each.dueAt <= now || isFree(each)));
        return { told, waiting: waiting.filter((each) => !late.includes(each)) };
      }
      await leaveOut(uid, [first], 'no message told its bark');
    }
    return undefined;
  }

  async function leaveOut(uid: string, waiting: readonly Waiting[], reason: string): Promise<void> {
    for (const { amendment } of waiting) {
      log.debug({ chat: uid, amendment: amendment.eventId, reason }, 'left out');
    }
    await amendments.done(
      uid,
      waiting.map(({ amendment }) => amendment.eventId),
    );
  }

  async function additionsOf(waiting: readonly Waiting[], told: Told): Promise<Addition[]> {
    const additions: Addition[] = [];
    for (const { amendment, dueAt } of waiting) {
      if (amendment.what !== 'since') {
        additions.push(additionOf(amendment));
        continue;
      }
      if (!market) continue;
      const symbols = await whatCame(told.notices, dueAt, (symbol, from) => market.candles(symbol, from));
      if (symbols.length > 0) additions.push({ what: 'since', of: amendment.of, symbols });
    }
    return additions;
  }

  /** How long until the change is tried again, ms; undefined: it is done, or never will be. */
  async function delayAfter(
    chat: Chat,
    outcome: EditOutcome,
    waiting: readonly Waiting[],
  ): Promise<number | undefined> {
    if (outcome.type === 'edited') {
      pauses.reached(chat);
      return undefined;
    }
    log.debug({ chat: chat.uid, ...outcome }, 'a message was not changed');
    switch (outcome.type) {
      case 'not-sent':
        await pauses.refused(chat, outcome);
        return outcome.retryAfterMs;
      case 'ambiguous':
        await pauses.lost(chat);
        return limits.resendAfterMs;
      case 'gone':
        // Perhaps an outage: each time after as long as it is missing, until it is too late.
        return Math.max(limits.drawAgainMs, Date.now() - Math.min(...waiting.map(({ dueAt }) => dueAt)));
      case 'migrated':
        await chats.move(chat.address.platform, chat.address.chatId, outcome.chatId);
        return 1;
      default:
        return undefined;
    }
  }
}

/** Of a message: does its picture come below it, and is it not known to be there? */
function isApart(pictured: Pictured | undefined): boolean {
  return pictured === 'apart' || pictured === 'posting';
}

/** One that still waits for its note comes with whatever is written into its message. */
function isPicture({ what }: Amendment): boolean {
  return what === 'picture';
}

function additionOf(amendment: Exclude<Amendment, { what: 'since' }>): Addition {
  const { type: _, eventId: __, dueAt: ___, ...addition } = amendment;
  return addition;
}
