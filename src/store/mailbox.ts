import type { Notice } from '../notice/notice.ts';
import type { Store } from './redis.ts';

/** `hi`: barks; `lo`: reports, costs, words to operators. */
export type Lane = 'hi' | 'lo';

export type BatchState = 'planned' | 'sending' | 'unknown';

/** What was claimed of a mailbox and is being sent as one message. */
export interface Batch {
  id: string;
  state: BatchState;
  /** Attempts begun. */
  attempt: number;
  lane: Lane;
  notices: readonly Notice[];
}

/** A chat's mailbox: the truth of what must still be delivered (facts/engine.md 4.2). Each step is one Lua script. */
export interface Mailbox {
  /** Adds what was not seen within 48 h; returns how many were new. Marks the chat dirty first. */
  put(uid: string, lane: Lane, notices: readonly Notice[]): Promise<number>;
  /** The open batch, or up to `max` new entries as a batch; undefined when empty. */
  claim(uid: string, max: number): Promise<Batch | undefined>;
  /** Marks the batch as being sent; false: another worker has it. */
  begin(uid: string, batch: Batch): Promise<boolean>;
  /** Delivered: ledger written, batch dropped; returns how many entries remain. */
  delivered(uid: string, batch: Batch, messageId: string): Promise<number>;
  /** Surely not sent (`planned`) or perhaps sent (`unknown`). */
  notDelivered(uid: string, batch: Batch, outcome: 'planned' | 'unknown'): Promise<void>;
  /** Given up: ledger says why, batch dropped. */
  rejected(uid: string, batch: Batch, reason: string): Promise<number>;
  /** Chats with something waiting, oldest first. */
  dirty(): Promise<{ uid: string; since: number }[]>;
  /** Forgets the chat's dirty mark unless something came in meanwhile. */
  settle(uid: string): Promise<void>;
  /** Entries waiting in a chat. */
  size(uid: string): Promise<number>;
}

export function createMailbox(_store: Store): Mailbox {
  throw new Error('not built yet');
}
