import { createHash } from 'node:crypto';
import type { ChatService } from '../chat/model.ts';
import type { Failure, Sender } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import type { Store } from '../store/redis.ts';
import { postNotice } from './outbox.ts';

/** Posts notices to the console's page by way of Redis, so that courier and page may be different processes. */
export function createConsoleSender(options: { store: Store; chat: Pick<ChatService, 'present'> }): Sender {
  return {
    platform: 'console',
    pictures: false,
    async send(chat, notices, { nonce, form }) {
      // Posting is idempotent by nonce: nothing is ever a repeat.
      const message = options.chat.present(notices, chat, false, { form });
      try {
        return { type: 'sent', messageId: await postNotice(options.store, nonce, message) };
      } catch (error) {
        return notPosted(error);
      }
    },
    async edit(chat, messageId, edition) {
      const message = options.chat.present(edition.notices, chat, false, edition);
      const said = createHash('sha256').update(JSON.stringify(message)).digest('hex');
      try {
        await postNotice(options.store, `${messageId}:${said}`, message, messageId);
        return { type: 'edited' };
      } catch (error) {
        return notPosted(error);
      }
    },
    answers: async () => true,
  };
}

function notPosted(error: unknown): Failure {
  return { type: 'not-sent', retryAfterMs: 1_000, scope: 'bot', reason: describeError(error) };
}
