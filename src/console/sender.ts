import { createHash } from 'node:crypto';
import type { ChatService } from '../chat/model.ts';
import type { Failure, Sender } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Store } from '../store/redis.ts';
import { keepPicture, postNotice } from './outbox.ts';

/**
 * Posts notices to the console's page by way of Redis, so that courier and page may be different processes. Their
 * pictures are kept there too, as they were drawn; without `pictures` they come as words only.
 */
export function createConsoleSender(options: {
  store: Store;
  chat: Pick<ChatService, 'present'>;
  pictures?: Pictures;
}): Sender {
  const { store, chat: words, pictures } = options;
  return {
    platform: 'console',
    pictures: pictures !== undefined,
    async send(chat, notices, { nonce, form }) {
      // Posting is idempotent by nonce: nothing is ever a repeat.
      const { text, buttons } = words.present(notices, chat, false, { form });
      try {
        return { type: 'sent', messageId: await postNotice(store, nonce, { text, buttons }) };
      } catch (error) {
        return notPosted(error);
      }
    },
    async edit(chat, messageId, edition) {
      const { text, buttons, picture } = words.present(edition.notices, chat, false, edition);
      const lacksPicture =
        picture !== undefined &&
        edition.pictured === undefined &&
        edition.additions.some(({ what }) => what === 'picture');
      const drawn = lacksPicture ? await pictures?.draw(picture).catch(() => undefined) : undefined;
      const pictured = drawn ? 'in' : edition.pictured;
      const message = { text, buttons, ...(pictured ? { picture: { alt: picture?.alt ?? '' } } : {}) };
      const said = createHash('sha256').update(JSON.stringify(message)).digest('hex');
      try {
        if (drawn) await keepPicture(store, messageId, drawn.png);
        await postNotice(store, `${messageId}:${said}`, message, messageId);
        return { type: 'edited', pictured, ...(lacksPicture && !drawn ? { undrawn: true } : {}) };
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
