import type { Chat } from '../store/chat-model.ts';
import type { Told, ToldMessages } from '../store/told.ts';
import type { Outcomes } from './outcomes.ts';
import type { Sender, SendOutcome } from './sender.ts';

/** How posting a picture below its message ended. `undrawn`: there is none to show (yet). */
export type AttachOutcome = SendOutcome | { type: 'undrawn' };

/** Posts the picture of a message below it. It is a message of its own, hence wants a slot of its own. */
export type Attach = (chat: Chat, told: Told, sender: Sender) => Promise<AttachOutcome>;

/**
 * Makes the function that posts a picture below its message at most once: that it is there is written ahead, and taken
 * back only when it surely was not sent. A picture is no bark: rather none than two.
 */
export function createAttach(deps: { told: Pick<ToldMessages, 'write'>; book: Outcomes['book'] }): Attach {
  const { told: records, book } = deps;
  return async function attach(chat, told, sender) {
    if (!sender.attach) return { type: 'bad-content', reason: 'no pictures below messages here' };
    const { messageId, notices, additions, form, marked: mayRepeat } = told;
    await records.write(chat.uid, messageId, { pictured: 'below' });
    const edition = { notices, additions, form, mayRepeat, pictured: 'apart' as const, words: false };
    const outcome = await sender.attach(chat, messageId, edition);
    if (outcome.type === 'not-sent' || outcome.type === 'undrawn') {
      await book(() => records.write(chat.uid, messageId, { pictured: 'apart' }));
    }
    return outcome;
  };
}
