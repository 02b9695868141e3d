import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import type { Told } from '../store/told.ts';
import type { CourierLimits } from './limits.ts';
import type { AfterBatch, Outcomes } from './outcomes.ts';
import type { Pauses } from './pauses.ts';
import type { EditOutcome } from './sender.ts';
import type { CourierStats } from './stats.ts';

/** What becomes of a batch whose alerts did not get into a message that was there. */
export type AfterEdit = (
  chat: Chat,
  batch: Batch,
  outcome: Exclude<EditOutcome, { type: 'edited' }>,
  told: Told,
  begunAt: number,
) => Promise<AfterBatch>;

/** Where the message cannot be changed any more the next attempt is a message of its own. */
const AT_ONCE = { type: 'later', delayMs: 1 } as const;

export function createAfterEdit(deps: {
  mailbox: Mailbox;
  chats: Pick<ChatsRepository, 'move'>;
  outcomes: Outcomes;
  pauses: Pauses;
  stats: CourierStats;
  limits: Pick<CourierLimits, 'resendMax'>;
}): AfterEdit {
  const { mailbox, chats, outcomes, pauses, stats } = deps;

  return async function afterEdit(chat, batch, outcome, told, begunAt) {
    switch (outcome.type) {
      case 'no-message':
      case 'bad-content':
        return AT_ONCE;
      case 'migrated':
        await chats.move(chat.address.platform, chat.address.chatId, outcome.chatId);
        return AT_ONCE;
      case 'not-sent':
        return await outcomes.refused(chat, batch, outcome, batch.state);
      case 'gone':
        return await outcomes.gone(chat, batch, outcome.reason, batch.state, begunAt);
      case 'ambiguous': {
        stats.ambiguous += 1;
        await pauses.lost(chat);
        const doubts = batch.doubts + 1;
        if (doubts < deps.limits.resendMax) {
          // A change says the same again: it may be repeated without a word.
          await outcomes.book(() => mailbox.notDelivered(chat.uid, batch, batch.state, 1));
        } else {
          await mailbox.told.write(chat.uid, told.messageId, { closed: true });
          await outcomes.book(() => mailbox.doubted(chat.uid, batch, outcome.reason));
        }
        return { type: 'later', delayMs: outcomes.resendDelay(doubts) };
      }
    }
  };
}
