import { keys } from './keys.ts';
import type { Store } from './redis.ts';

/** Which letters were posted, for longer than a mailbox remembers their event ids. */
export interface PostedLetters {
  /** Was this Sunday's (YYYY-MM-DD) posted to the chat? */
  has(uid: string, sunday: string): Promise<boolean>;
  add(uid: string, sunday: string): Promise<void>;
}

/** No letter is told when the next one was due. */
const KEPT_SECONDS = 8 * 86_400;

/** A key for each chat and Sunday, which forgets itself. */
export function createPostedLetters(store: Store): PostedLetters {
  return {
    async has(uid, sunday) {
      return (await store.exists(keys.letterPosted(uid, sunday))) === 1;
    },
    async add(uid, sunday) {
      await store.set(keys.letterPosted(uid, sunday), '1', 'EX', KEPT_SECONDS);
    },
  };
}
