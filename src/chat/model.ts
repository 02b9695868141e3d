import type { Addition } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';
import type { Picture } from '../notice/picture.ts';
import type { Button, Reply, Text } from '../notice/text.ts';
import type { Address, Chat, ChatType, Locale, Platform } from '../store/chat-model.ts';
import type { QUEUES } from '../store/queues.ts';
import type { ToldForm } from '../store/told.ts';

/** What one message says, and its buttons; a picture is added to it after it has arrived. */
export interface Presented {
  text: Text;
  buttons: readonly (readonly Button[])[];
  picture?: Picture;
}

/** How a message tells its notices, and what was added to it. */
export interface Telling {
  form?: ToldForm | undefined;
  additions?: readonly Addition[];
  /** There is little room: of several alerts only the newest is told in full, the others are rows. */
  brief?: boolean;
}

/** Who asks, and where. Built by an adapter from a platform's update. */
export interface Asker {
  address: Address;
  chatType: ChatType;
  chatTitle: string;
  /** Platform user id; undefined for a channel post or an anonymous administrator. */
  userId: string | undefined;
  /** How the platform shows the person (`@anna`, a display name), if it says so. */
  userName?: string | undefined;
  /** Language the platform says the person uses (BCP 47), if it does. */
  languageHint: string | undefined;
  /** Brought the bot along to a place where it is not itself: it may answer, nothing is kept of it or told there unasked. */
  visitor?: true;
  /** The platform can offer him a list of his own channels and groups here. */
  picksChats?: true;
  /** What stands behind a command's name so that it surely reaches the bot here, such as `@sheepdog_bot`. */
  addressee?: string;
  /** What the bot lacks to post here unasked, in the platform's words, where the platform says so with each command. */
  missing?: readonly string[];
  /** Is the asker an administrator of this chat? Private chats: always true. Asked only when needed. */
  isAdmin(): Promise<boolean>;
  /** Finds another chat that the asker names (`@channel`, a Discord channel id); undefined: no such chat or not visible. */
  findChat(reference: string): Promise<FoundChat | undefined>;
}

/** Another chat that a person addresses from where he is. */
export interface FoundChat {
  address: Address;
  type: ChatType;
  title: string;
  askerIsAdmin: boolean;
  /** What the bot lacks to post there, in the platform's words; empty = it can. */
  missing: readonly string[];
}

/** A command as it arrives: typed words, or named options (Discord), or both. */
export interface CommandCall {
  /** Without the slash, lower case. */
  name: string;
  words: readonly string[];
  options: Readonly<Partial<Record<OptionName, string>>>;
}

export const OPTION_NAMES = [
  'symbol',
  'kind',
  'threshold',
  'window',
  'channel',
  'options',
  'interval',
  'id',
  'duration',
  'period',
  'time',
] as const;
export type OptionName = (typeof OPTION_NAMES)[number];

/** What a form asks, in the language of the person who pressed its button. */
export interface Question {
  title: string;
  label: string;
  /** A right answer. */
  example: string;
}

/** How a command presents itself to the platforms' menus; descriptions by locale, at most 100 characters. */
export interface CommandDefinition {
  name: string;
  description: Readonly<Record<Locale, string>>;
  options: readonly {
    name: OptionName;
    description: Readonly<Record<Locale, string>>;
    choices?: readonly string[];
    autocomplete?: boolean;
  }[];
  /** Changes what the chat gets: administrators only in groups and channels. */
  admin: boolean;
  /** Only answers: also for visitors. */
  anywhere?: true;
}

/** The commands' side that adapters use. */
export interface ChatService {
  readonly commands: readonly CommandDefinition[];
  /** Answers a command; undefined: say nothing (unknown command in a group, chat not on the list). Never throws for what a person did. */
  command(asker: Asker, call: CommandCall): Promise<Reply | undefined>;
  /** Answers a pressed button; `action` is as the button carried it. */
  press(asker: Asker, action: string): Promise<Reply | undefined>;
  /** The person picked one of his own chats, where he was asked for one. */
  shared(asker: Asker, reference: string): Promise<Reply | undefined>;
  /** Answers a link that led here; undefined: it leads to nothing that a link may. */
  follow(asker: Asker, action: string): Promise<Reply | undefined>;
  /** What the form of a button asks (`via: 'form'`); undefined: the button is out of date. Never waits. */
  question(languageHint: string | undefined, action: string): Question | undefined;
  /** Takes what was typed into that form; an answer takes the place of the message with the button. */
  fill(asker: Asker, action: string, typed: string): Promise<Reply | undefined>;
  /**
   * At most 25 suggestions while a person types an option; `said` are the other options so far of `command`. Never waits for the
   * network, and for the store only moments.
   */
  suggest(
    asker: Asker,
    option: OptionName,
    typed: string,
    said?: CommandCall['options'],
    command?: string,
  ): Promise<{ label: string; value: string }[]>;
  /** A notice in words, for this chat's language and zone. */
  present(notices: readonly Notice[], chat: Chat, mayRepeat: boolean, more?: Telling): Presented;
  /** The bot was added to a chat, or came back: wake a paused chat, say hello once. */
  joined(asker: Asker): Promise<Reply | undefined>;
}

/** What `/status` tells of the house besides the feed. */
export interface QueueStatus {
  version: string;
  queues: readonly { name: keyof typeof QUEUES; waiting: number; active: number; failed: number }[];
  /** Roles that are alive now, with how many processes serve each. */
  roles: readonly { role: string; processes: number }[];
}

/** Limits and roles that the configuration sets. */
export interface AccessPolicy {
  access: 'open' | 'approval' | 'list';
  /** `platform:chatId` of chats that are always allowed. */
  allowed: ReadonlySet<string>;
  /** `platform:userId`. */
  operators: ReadonlySet<string>;
}

export type { Platform };
