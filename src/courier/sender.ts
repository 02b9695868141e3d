import type { Notice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';

/** How one send ended; every failure of a platform is one of these. */
export type SendOutcome =
  | { type: 'sent'; messageId: string }
  /** Surely not sent: try again after `retryAfterMs`, for this chat or for the whole bot. */
  | { type: 'not-sent'; retryAfterMs: number; scope: 'chat' | 'bot'; reason: string }
  /** The answer was lost: perhaps it was delivered. */
  | { type: 'ambiguous'; reason: string }
  /** The destination is gone or closed to us: pause the chat, keep its rules. */
  | { type: 'gone'; reason: string }
  /** The chat moved (supergroup migration). */
  | { type: 'migrated'; chatId: string }
  /** Refused for what it says, even as plain text. */
  | { type: 'bad-content'; reason: string };

/** A platform's way to send notices; it puts them into the chat's language and the platform's markup. */
export interface Sender {
  readonly platform: Chat['address']['platform'];
  /**
   * Sends several notices as one message. `nonce` is the same for every attempt at a batch; `mayRepeat` asks for a
   * mark that the message may be a repeat. Resolves within 15 s; never throws for anything the platform does.
   */
  send(
    chat: Chat,
    notices: readonly Notice[],
    options: { nonce: string; silent: boolean; mayRepeat: boolean },
  ): Promise<SendOutcome>;
  /**
   * Adds the picture that goes with these notices to the message that told them; undefined: there is none. Platforms
   * without it show words only. Never throws for anything the platform does.
   */
  illustrate?(chat: Chat, notices: readonly Notice[], messageId: string): Promise<SendOutcome | undefined>;
  /** Does the platform answer a question that changes nothing? Asked before a message is repeated for the second time. */
  answers(): Promise<boolean>;
}
