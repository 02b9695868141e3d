export interface FakeUser {
  id: number;
  is_bot: boolean;
  first_name: string;
  language_code?: string;
}

export type MemberStatus = 'creator' | 'administrator' | 'member' | 'restricted' | 'left' | 'kicked';

export interface FakeChat {
  id: number;
  type: 'private' | 'group' | 'supergroup' | 'channel';
  title?: string;
  username?: string;
  first_name?: string;
  is_forum?: boolean;
  /** User id → status; who is not named has never been there. */
  members: Map<number, MemberStatus>;
  topics: Set<number>;
  /** An administrator of a channel may lack the right to post. */
  botMayPost: boolean;
  /** Set when the group became a supergroup. */
  migratedTo?: number;
  messages: FakeMessage[];
}

/** A message as a reader sees it. */
export interface FakeMessage {
  id: number;
  chatId: number;
  threadId: number | undefined;
  /** Undefined: from a person. */
  byBot: boolean;
  /** Visible words. */
  text: string;
  /** As it was sent. */
  raw: string;
  parseMode: string | undefined;
  entities: { type: string; offset: number; length: number }[];
  /** `callback_data` is '' on a link. */
  keyboard: { text: string; callback_data: string; style?: string | undefined; url?: string }[][];
  /** Lists of the person's own chats that it asks to pick from. */
  asksFor?: { text: string; requestId: number; channel: boolean }[];
  /** Its photo, if it has one: the words are its caption then. */
  photo?: { fileId: string; bytes: Buffer };
  silent: boolean;
  at: number;
}

/** One call of a bot. */
export interface FakeCall {
  method: string;
  payload: Readonly<Record<string, unknown>>;
  at: number;
  /** Undefined while it is held open. */
  ok: boolean | undefined;
}

/** What goes wrong with the next calls that match. */
export interface FakeFault {
  method: string;
  when?: (payload: Readonly<Record<string, unknown>>) => boolean;
  times: number;
  /** `refuse`: Telegram's own error; `garbage`: a proxy's page; `lose`: done, but the answer never comes; `reset`: cut before; `hang`: no answer. */
  kind: 'refuse' | 'garbage' | 'lose' | 'reset' | 'hang';
  error?: { error_code: number; description: string; parameters?: Record<string, number> };
}

export function publicChat({ id, type, title, username, first_name, is_forum }: FakeChat) {
  return Object.fromEntries(
    Object.entries({ id, type, title, username, first_name, is_forum }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
