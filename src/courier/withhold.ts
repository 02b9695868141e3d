import type { Clock } from '../kit/clock.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import { QUIET_REASONS, quietReason } from '../store/quiet.ts';
import type { AfterBatch } from './outcomes.ts';
import type { Sender } from './sender.ts';

type Deliver = (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch>;

/**
 * Puts the chat's wish for peace before the delivery: what it does not want now is kept for a digest (or, where it has
 * switched its kind off, only booked), the rest goes on. Every step may be repeated.
 */
export function createWithhold(deps: { deliver: Deliver; mailbox: Mailbox; clock: Clock }): Deliver {
  const { deliver, mailbox, clock } = deps;
  return async function withhold(chat, batch, sender) {
    const now = clock.now();
    const fates = Map.groupBy(batch.notices, (notice) => quietReason(chat, notice, now));
    const wanted = fates.get(undefined) ?? [];
    if (wanted.length === batch.notices.length) return await deliver(chat, batch, sender);
    for (const reason of QUIET_REASONS) {
      await mailbox.withhold(chat.uid, batch, fates.get(reason) ?? [], reason, reason !== 'off');
    }
    if (wanted.length > 0) return await deliver(chat, { ...batch, notices: wanted }, sender);
    // Each is booked already, under its reason.
    const remaining = await mailbox.rejected(chat.uid, { ...batch, notices: [] }, 'withheld');
    return { type: 'done', remaining };
  };
}
