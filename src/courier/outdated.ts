import type { Notice, OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import type { AfterBatch } from './outcomes.ts';
import type { Sender } from './sender.ts';

type Deliver = (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch>;

/**
 * Drops words of a closed chat that is open again before they were told: what seemed a farewell was an outage, or it was
 * mended at once. Every step may be repeated.
 */
export function createDropOutdated(deps: {
  deliver: Deliver;
  mailbox: Pick<Mailbox, 'rejected'>;
  chats: Pick<ChatsRepository, 'get'>;
}): Deliver {
  const { deliver, mailbox, chats } = deps;
  return async function dropOutdated(chat, batch, sender) {
    // Perhaps sent: what is in it stays as it was.
    if (batch.lane === 'hi' || batch.state !== 'planned') return await deliver(chat, batch, sender);
    const isOpen = new Map<string, boolean>();
    for (const notice of batch.notices) {
      const uid = closedBy(notice);
      if (uid !== undefined) isOpen.set(notice.eventId, (await chats.get(uid))?.pausedReason === undefined);
    }
    const notices = batch.notices.filter(({ eventId }) => isOpen.get(eventId) !== true);
    if (notices.length === batch.notices.length) return await deliver(chat, batch, sender);
    if (notices.length > 0) return await deliver(chat, { ...batch, notices }, sender);
    return { type: 'done', remaining: await mailbox.rejected(chat.uid, batch, 'outdated') };
  };
}

const CLOSED: ReadonlySet<OperatorNotice['code']> = new Set(['chat-closed', 'chat-paused']);

/** The chat of which a notice says that it is closed. */
function closedBy(notice: Notice): string | undefined {
  const isClosed = notice.type === 'operator' && CLOSED.has(notice.code);
  return isClosed ? String(notice.args.uid) : undefined;
}
