import type { ChatService } from '../chat/model.ts';
import type { Sender } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import type { Store } from '../store/redis.ts';
import { postNotice } from './outbox.ts';

/** Posts notices to the console's page by way of Redis, so that courier and page may be different processes. */
export function createConsoleSender(options: { store: Store; chat: Pick<ChatService, 'present'> }): Sender {
  return {
    platform: 'console',
    async send(chat, notices, { nonce }) {
      // Posting is idempotent by nonce: nothing is ever a repeat.
      const message = options.chat.present(notices, chat, false);
      try {
        return { type: 'sent', messageId: await postNotice(options.store, nonce, message) };
      } catch (error) {
        return { type: 'not-sent', retryAfterMs: 1_000, scope: 'bot', reason: describeError(error) };
      }
    },
    answers: async () => true,
  };
}
