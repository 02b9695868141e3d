import type { FakeState } from './methods.ts';
import type { FakeCall, FakeChat, FakeFault, FakeMessage, FakeUser, MemberStatus } from './model.ts';
import type { Update } from './updates.ts';

/** A strict loopback Bot API with the people and chats that a test puts in. */
export interface FakeTelegram {
  /** For `TELEGRAM_API_ROOT`. */
  readonly apiRoot: string;
  /** The only token that is accepted. */
  readonly token: string;
  readonly botName: string;
  readonly state: FakeState;
  readonly calls: FakeCall[];
  /** Is a getUpdates waiting? */
  isPolled(): boolean;

  addUser(user?: Partial<FakeUser>): FakeUser;
  /** The chat of a person with the bot. */
  privateChat(user: FakeUser): FakeChat;
  addChat(chat: {
    type: 'group' | 'supergroup' | 'channel';
    title: string;
    username?: string;
    is_forum?: boolean;
    bot?: MemberStatus;
    admins?: readonly FakeUser[];
    members?: readonly FakeUser[];
  }): FakeChat;
  addTopic(chat: FakeChat): number;

  /** A person writes; `thread`: in a topic; `anonymously`: as the group itself. Returns the update. */
  say(
    chat: FakeChat,
    text: string,
    from: FakeUser,
    options?: { thread?: number; anonymously?: boolean },
  ): Update;
  channelPost(chat: FakeChat, text: string): Update;
  /** A person picks one of his chats from a list that a message asks for; the bot comes into a picked channel. */
  share(message: FakeMessage, label: string, picked: FakeChat, from: FakeUser): Update;
  /** A person presses a button that this message carries; returns the query's id. */
  press(message: FakeMessage, data: string, from: FakeUser): string;
  /** The bot is let in, put out, or its rights change. */
  setMember(chat: FakeChat, status: MemberStatus, by: FakeUser): Update;
  /** A group becomes a supergroup; `silently`: without the service message. */
  migrate(group: FakeChat, silently?: boolean): FakeChat;
  /** Delivers an update once more, as Telegram may. */
  redeliver(update: Update): void;
  /** Another program polls with the same token. */
  intrude(): void;

  /** The next `times` (default 1) calls that match go wrong. */
  fault(fault: Omit<FakeFault, 'times'> & { times?: number }): void;
  /** The first call of `method` that matches, past or coming. */
  waitFor(
    method: string,
    matches?: (payload: Readonly<Record<string, unknown>>) => boolean,
    timeoutMs?: number,
  ): Promise<FakeCall>;
  /** The first message of the bot in this chat whose visible words match, past or coming. */
  said(chat: FakeChat, wanted?: RegExp, timeoutMs?: number): Promise<FakeMessage>;
  /** The first value that is not undefined or false, looked for whenever something happens. */
  until<T>(what: string, find: () => T | undefined | false, timeoutMs?: number): Promise<T>;
  stop(): Promise<void>;
}
