/** Chats as they are stored; see chats.ts for the repository. */
import type { OwnSound } from './sounds.ts';

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

/** How the configuration's lists name who is at an address: `telegram:-100123`, `discord:456`; somebody alone with the bot by his own id. */
export function listedName({ platform, chatId }: Address): string {
  return `${platform}:${chatId.replace(/^user:/, '')}`;
}

export type ChatType = 'private' | 'group' | 'channel';

/** How messages of one kind come: with a sound, without one, or not at all. */
export const SOUNDS = ['on', 'silent', 'off'] as const;
export type Sound = (typeof SOUNDS)[number];

/** Messages with barks an hour, unless a chat has its own number. */
export const BARKS_PER_HOUR = 12;

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
  /** HH:MM local time of the daily market report, or none. */
  reportAt?: string | undefined;
  /** Until when alerts are withheld, Unix ms; a time that is past says nothing. */
  mutedUntil?: number | undefined;
  /** Quiet hours HH:MM-HH:MM, local time, perhaps over midnight. */
  sleep?: string | undefined;
  /** Absent: `on` for alerts, `silent` for reports. */
  alertSound?: Sound | undefined;
  reportSound?: Sound | undefined;
  /** Kinds of messages that sound otherwise than alerts or reports as a whole, see sounds.ts. */
  sounds?: Partial<Record<OwnSound, Sound>> | undefined;
  /** Messages with barks an hour before the rest is gathered in one; absent: `BARKS_PER_HOUR`. */
  barksPerHour?: number | undefined;
  /** New rules also tell when the market is back to normal. */
  tellNormal?: boolean | undefined;
  /** Everybody in it may set and change rules, not only its administrators. */
  openRules?: boolean | undefined;
  /** Discord announcement channel: what is told is published to the servers that follow it. */
  publish?: boolean | undefined;
  /** Discord role that an alert may call, by its id. */
  pingRole?: string | undefined;
  /** No letter on Sundays. */
  noLetter?: boolean | undefined;
  /** No notes of the AI on alerts. */
  noNotes?: boolean | undefined;
  /** Not undefined: nothing is sent until the chat comes back; rules are kept. */
  pausedReason: string | undefined;
  /** Of a chat paused for refusing messages: from when on the next one is tried all the same, Redis' clock, Unix ms. */
  tryAt?: number | undefined;
  /** `approval` access: false until an operator approves. */
  approved: boolean;
  createdAt: number;
}
