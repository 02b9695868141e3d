import type { Amendment } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';
import type { Amendments } from './amendments.ts';
import type { ToldForm, ToldMessages } from './told.ts';

/** `hi`: barks; `lo`: reports, costs, words to operators. */
export const LANES = ['hi', 'lo'] as const;
export type Lane = (typeof LANES)[number];

/** `planned`: not sent; `sending`: begun, outcome not known (yet); `unknown`: the platform's answer was lost. */
export type BatchState = 'planned' | 'sending' | 'unknown';

/** Something by lane. */
export type PerLane = Readonly<Record<Lane, number>>;

/** What was claimed of a mailbox and is being sent as one message. */
export interface Batch {
  id: string;
  state: BatchState;
  /** Attempts begun. */
  attempt: number;
  lane: Lane;
  /** Attempts whose answer was lost. */
  doubts: number;
  /** When the last attempt began, Redis' clock, Unix ms; 0 = never. */
  begunAt: number;
  /** The message that perhaps tells some of it by now: a change of it was begun, and what came of that is not known. */
  joining?: string | undefined;
  /** Oldest first; entries that cannot be read are left out. */
  notices: readonly Notice[];
  /** When its oldest entry was put, Redis' clock, Unix ms. */
  since: number;
  /** The ledger knows it as sent: what is left is to book what follows from that. */
  sent?: SentMessage;
}

/** A message that the platform took. */
export interface SentMessage {
  messageId: string;
  form?: ToldForm | undefined;
  /** It says that it may be a repeat. */
  marked?: boolean | undefined;
}

/** What follows from a message: the notices to change it by later, as they were told, and what is to be added to it. */
export interface Aftermath {
  told: readonly Notice[];
  amendments: readonly Amendment[];
}

/** Which entries make a new batch. */
export interface ClaimOptions {
  /** Only those that were put before, Redis' clock. */
  olderThan?: PerLane;
  /** Of barks older than `ms`, which are put into few words, up to `max` instead. */
  old?: { ms: number; max: number };
}

/** A chat's mailbox: the truth of what must still be delivered. Each step is one Lua script. */
export interface Mailbox {
  /** The lowest lane: what is added to messages that are there already. */
  readonly amendments: Amendments;
  /** What was told in which message. */
  readonly told: ToldMessages;
  /** Adds what was not seen within 48 h; returns how many were new. Marks the chat as waiting first. */
  put(uid: string, lane: Lane, notices: readonly Notice[]): Promise<number>;
  /** The open batch, or new entries as a batch; undefined when there is none. */
  claim(uid: string, max: number, options?: ClaimOptions): Promise<Batch | undefined>;
  /** Marks the batch as being sent and returns it so; undefined: another worker has it. Throws: it must not be sent. */
  begin(uid: string, batch: Batch): Promise<Batch | undefined>;
  /** Delivered: ledger written, what follows booked, batch dropped; returns how many entries remain. Safe to repeat. */
  delivered(uid: string, batch: Batch, message: SentMessage, aftermath?: Aftermath): Promise<PerLane>;
  /** Some notices of the batch are told by a message that was there already: ledger written, the batch stays. Safe to repeat. */
  joined(uid: string, batch: Batch, notices: readonly Notice[], messageId: string): Promise<void>;
  /** The notices of the batch whose fate is not in the ledger yet; what its own message told counts as open. */
  open(uid: string, batch: Batch): Promise<readonly Notice[]>;
  /** The message of this chat that told an event, within 48 h; undefined: none did. */
  messageOf(uid: string, eventId: string): Promise<string | undefined>;
  /**
   * Written ahead of a change of a message that is to tell some of the batch; undefined: what came of it is known. False:
   * another worker has the batch.
   */
  joining(uid: string, batch: Batch, messageId: string | undefined): Promise<boolean>;
  /** Surely not sent this time: keeps the batch for another attempt, as `planned` or still as perhaps sent before; counts lost answers. */
  notDelivered(uid: string, batch: Batch, state: BatchState, lost?: number): Promise<void>;
  /** The answer was lost: keeps the batch, as perhaps sent, for another attempt. */
  doubted(uid: string, batch: Batch, reason: string): Promise<void>;
  /**
   * Given up: ledger says why, batch dropped; returns how many entries remain. What of it was told, withheld or dropped
   * before stays booked so; an overtaken worker books nothing.
   */
  rejected(uid: string, batch: Batch, reason: string): Promise<PerLane>;
  /** Perhaps delivered and not sent again: ledger says `unknown`; all else as for `rejected`. */
  abandoned(uid: string, batch: Batch, reason: string): Promise<PerLane>;
  /**
   * Books notices of the batch as withheld for a reason, and with `remember` keeps the alerts among them for a digest;
   * the batch stays as it is. Safe to repeat.
   */
  withhold(
    uid: string,
    batch: Batch,
    notices: readonly Notice[],
    reason: string,
    remember: boolean,
  ): Promise<void>;
  /** Chats with something waiting, those with barks first, the longest waiting first; last those with amendments that are due. */
  dirty(): Promise<string[]>;
  /** How many chats wait in each lane (one may wait in both). */
  waiting(): Promise<PerLane>;
  /** Puts the chat's marks in line with what waits in it; to be called whenever a lane ran empty. Returns when the first amendment is due. */
  settle(uid: string): Promise<number | undefined>;
  /** The same for a chat that cannot be written to: its barks keep no other chat's reports waiting. */
  shelve(uid: string): Promise<number | undefined>;
  /** Event ids that were put from `from` to before `to` (Redis' clock, Unix ms), of the last 48 h. */
  seen(uid: string, from: number, to: number): Promise<string[]>;
  /** Entries waiting in a chat, those of the open batch included. */
  lanes(uid: string): Promise<PerLane>;
  /** The same in all. */
  size(uid: string): Promise<number>;
}
