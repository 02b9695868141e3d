import type { Notice, OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import type { AfterBatch } from './outcomes.ts';
import type { Sender } from './sender.ts';

type Deliver = (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch>;

/**
 * Drops what is not to be told any more: barks of a rule that a person removed while they waited, and words of a closed
 * chat that is open again (what seemed a farewell was an outage, or it was mended at once). Every step may be repeated.
 */
export function createDropOutdated(deps: {
  deliver: Deliver;
  mailbox: Pick<Mailbox, 'open' | 'rejected' | 'withhold'>;
  chats: Pick<ChatsRepository, 'get' | 'removedRules'>;
}): Deliver {
  const { deliver, mailbox, chats } = deps;

  return async function dropOutdated(chat, batch, sender) {
    // Perhaps sent, or told by a change: what is in it stays as it was.
    if (batch.state !== 'planned' || batch.joining !== undefined) return await deliver(chat, batch, sender);
    const { uid } = chat;
    const isRemoved = batch.lane === 'hi';
    const dropped = isRemoved ? await ofRemovedRules(batch) : await ofOpenChats(batch);
    if (dropped.length === 0) return await deliver(chat, batch, sender);
    // One that joined a message before a crash stays booked as told there.
    const untold = await mailbox.open(uid, { ...batch, notices: dropped });
    await mailbox.withhold(uid, batch, untold, isRemoved ? 'removed' : 'outdated', false);
    const notices = batch.notices.filter((notice) => !dropped.includes(notice));
    if (notices.length > 0) return await deliver(chat, { ...batch, notices }, sender);
    return { type: 'done', remaining: await mailbox.rejected(uid, { ...batch, notices: [] }, 'outdated') };
  };

  async function ofRemovedRules({ notices }: Batch): Promise<Notice[]> {
    const alerts = notices.filter((notice) => notice.type === 'alert');
    const removed = await chats.removedRules([...new Set(alerts.map(({ rule }) => rule.id))]);
    return alerts.filter(({ rule }) => removed.has(rule.id));
  }

  async function ofOpenChats({ notices }: Batch): Promise<Notice[]> {
    const dropped: Notice[] = [];
    for (const notice of notices) {
      const closed = closedBy(notice);
      if (closed !== undefined && (await chats.get(closed))?.pausedReason === undefined) dropped.push(notice);
    }
    return dropped;
  }
}

const CLOSED: ReadonlySet<OperatorNotice['code']> = new Set(['chat-closed', 'chat-paused']);

/** The chat of which a notice says that it is closed. */
function closedBy(notice: Notice): string | undefined {
  const isClosed = notice.type === 'operator' && CLOSED.has(notice.code);
  return isClosed ? String(notice.args.uid) : undefined;
}
