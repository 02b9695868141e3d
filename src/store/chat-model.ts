/** Chats as they are stored; see chats.ts for the repository. */
export const PLATFORMS = ['telegram', 'discord', 'console'] as const;
export type Platform = (typeof PLATFORMS)[number];

export const LOCALES = ['en', 'ko', 'zh', 'ja'] as const;
export type Locale = (typeof LOCALES)[number];

/** Where a chat is on its platform. `threadId`: Telegram forum topic or '' (a Discord thread is a channel of its own). */
export interface Address {
  platform: Platform;
  chatId: string;
  threadId: string;
}

export type ChatType = 'private' | 'group' | 'channel';

/** A destination on one platform. `uid` never changes; the address may (supergroup migration). */
export interface Chat {
  uid: string;
  address: Address;
  type: ChatType;
  title: string;
  locale: Locale;
  /** IANA zone. */
  timezone: string;
  /** HH:MM local time of the daily cost summary, or undefined. */
  costAt: string | undefined;
  /** Not undefined: nothing is sent until the chat comes back; rules are kept. */
  pausedReason: string | undefined;
  /** `approval` access: false until an operator approves. */
  approved: boolean;
  createdAt: number;
}
