import type { FakeForm, MessagePayload } from './rules.ts';

/** Permission bits that the fake knows (discord-api-types, PermissionFlagsBits). */
export const PERMISSIONS = {
  administrator: 1n << 3n,
  manageChannels: 1n << 4n,
  manageGuild: 1n << 5n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  sendMessagesInThreads: 1n << 38n,
} as const;

export const MEMBER_PERMISSIONS =
  PERMISSIONS.viewChannel |
  PERMISSIONS.sendMessages |
  PERMISSIONS.embedLinks |
  PERMISSIONS.attachFiles |
  PERMISSIONS.sendMessagesInThreads;
export const ADMIN_PERMISSIONS = MEMBER_PERMISSIONS | PERMISSIONS.manageGuild | PERMISSIONS.manageChannels;

export const CHANNEL_TYPES = { text: 0, dm: 1, announcement: 5, publicThread: 11 } as const;
export const LOADING = 1 << 7;
export const EPHEMERAL = 1 << 6;
export const CROSSPOSTED = 1 << 0;

export interface FakeUser {
  id: string;
  username: string;
  locale: string;
  /** What he may do in every channel of every server. */
  permissions: bigint;
}

export interface FakeGuild {
  id: string;
  name: string;
  adminRoleId: string;
}

export interface FakeChannel {
  id: string;
  type: number;
  name: string;
  /** Undefined for a DM. */
  guildId: string | undefined;
  parentId: string | undefined;
  /** What the bot may do here; tests change it. */
  botPermissions: bigint;
  locked: boolean;
  recipient: FakeUser | undefined;
}

export interface FakeMessage extends MessagePayload {
  id: string;
  channelId: string;
  content: string;
  flags: number;
  /** performance.now() of its arrival and of its last change. */
  createdAt: number;
  changedAt: number;
  /** Earlier contents, oldest first. */
  history: string[];
  deleted: boolean;
  files: number;
}

export interface FakeInteraction {
  id: string;
  token: string;
  kind: 'command' | 'button' | 'select' | 'modal' | 'autocomplete';
  channelId: string;
  /** performance.now() when it went out and when the first accepted callback came. */
  sentAt: number;
  acknowledgedAt: number | undefined;
  /** Type of the accepted callback (5 deferred reply, 6 deferred update, 8 choices, …). */
  callback: number | undefined;
  /** Codes of refused callbacks. */
  refusals: number[];
  /** The message that `@original` means. */
  original: FakeMessage | undefined;
  followUps: FakeMessage[];
  choices: { name: string; value: string }[] | undefined;
  /** The form that it was answered with. */
  form: FakeForm | undefined;
}

/** A request as it came, without its secrets checked. */
export interface FakeRequest {
  method: string;
  path: string;
  body: unknown;
  status: number;
}

/** What goes wrong with the next matching requests. `lost`: done, but the answer never arrives. */
export interface FakeFault {
  method?: string;
  path: RegExp;
  times: number;
  respond?: { status: number; headers?: Record<string, string>; body?: unknown };
  connection?: 'reset' | 'hang' | 'lost';
}

let counter = 0;

/** A new snowflake: Discord's epoch in milliseconds, then a counter. */
export function snowflake(): string {
  counter += 1;
  return String((BigInt(Date.now() - 1_420_070_400_000) << 22n) | BigInt(counter & 0x3fffff));
}
