import type { Addition } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Pictured, ToldForm } from '../store/told.ts';

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

/** How one attempt ended that did not succeed. */
export type Failure = Exclude<SendOutcome, { type: 'sent' }>;

/** How one change of a message ended. A change may be repeated freely: it says the same again. */
export type EditOutcome =
  | Failure
  /**
   * It says so now, or did already. `pictured`: where its picture is by now (`apart`: `attach` it); `undrawn`: there was
   * none to show (yet).
   */
  | { type: 'edited'; pictured?: Pictured | undefined; undrawn?: true }
  /** The message is not there any more, or may not be changed. */
  | { type: 'no-message'; reason: string };

/** How posting a picture below its message ended. `undrawn`: there is none to show (yet). */
export type AttachOutcome = SendOutcome | { type: 'undrawn' };

/** What a message is to say from now on, the whole of it. */
export interface Edition {
  notices: readonly Notice[];
  additions: readonly Addition[];
  form: ToldForm;
  /** Keep the mark that the message may be a repeat; of a picture that is posted below it: that this one may be. */
  mayRepeat: boolean;
  /** Where its picture is by now. */
  pictured: Pictured | undefined;
  /** Something in its words is new; else it is all about the picture. */
  words: boolean;
}

/** A platform's way to send notices; it puts them into the chat's language and the platform's markup. */
export interface Sender {
  readonly platform: Chat['address']['platform'];
  /** It shows pictures in messages that were told. */
  readonly pictures: boolean;
  /**
   * Sends several notices as one message. `nonce` is the same for every attempt at a batch; `mayRepeat` asks for a
   * mark that the message may be a repeat. Resolves within 15 s; never throws for anything the platform does.
   */
  send(
    chat: Chat,
    notices: readonly Notice[],
    options: { nonce: string; silent: boolean; mayRepeat: boolean; form?: ToldForm },
  ): Promise<SendOutcome>;
  /**
   * Changes a message, without a sound, into what it is to say from now on; a picture that is among the additions is
   * drawn and shown where the platform can. Never throws for anything the platform does.
   */
  edit(chat: Chat, messageId: string, edition: Edition): Promise<EditOutcome>;
  /**
   * Posts the picture that a message cannot carry in itself below it, without a sound; a platform without it never
   * answers `apart`. Never throws for anything the platform does.
   */
  attach?(chat: Chat, messageId: string, edition: Edition): Promise<AttachOutcome>;
  /** Does the platform answer a question that changes nothing? Asked before a message is repeated for the second time. */
  answers(): Promise<boolean>;
}
