import type { Chat } from '../store/chat-model.ts';
import type { Pictured, Told, ToldMessages } from '../store/told.ts';
import type { Outcomes } from './outcomes.ts';
import type { AttachOutcome, Sender } from './sender.ts';

/**
 * Posts the picture of a message below it. It is a message of its own, hence wants a slot of its own. `overtaken`: another
 * courier changed what is known of the message meanwhile, and nothing was posted.
 */
export type Attach = (
  chat: Chat,
  told: Told,
  sender: Sender,
) => Promise<AttachOutcome | { type: 'overtaken' }>;

/**
 * Makes the function that posts a picture below its message. That it is being posted is written ahead; who finds that
 * and no outcome (the answer was lost, or a courier died) posts it once more, as what may be a repeat, and never again.
 */
export function createAttach(deps: { told: Pick<ToldMessages, 'write'>; book: Outcomes['book'] }): Attach {
  const { told: records, book } = deps;
  return async function attach(chat, told, sender) {
    if (!sender.attach) return { type: 'bad-content', reason: 'no pictures below messages here' };
    const { messageId, notices, additions, form, pictured } = told;
    const write = (state: Pictured | undefined) => records.write(chat.uid, messageId, { pictured: state });
    const mayRepeat = isBegun(pictured);
    const before = await write(mayRepeat ? 'below' : 'posting');
    if (before !== told.revision) return { type: 'overtaken' };
    const edition = { notices, additions, form, mayRepeat, pictured: 'apart' as const, words: false };
    const outcome = await sender.attach(chat, messageId, edition);
    if (outcome.type === 'not-sent' || outcome.type === 'undrawn') await book(() => write(pictured));
    else if (outcome.type === 'sent') await book(() => write('below'));
    return outcome;
  };
}

/** Of a message: was its picture perhaps posted below it already? */
export function isBegun(pictured: Pictured | undefined): boolean {
  return pictured === 'posting';
}
