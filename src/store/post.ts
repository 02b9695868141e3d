import type { Notice } from '../notice/notice.ts';
import type { Lane } from './mailbox.ts';

/** Puts notices into a chat's mailbox and wakes the courier; safe to repeat. The one way to tell a chat something unasked. */
export interface Post {
  post(uid: string, lane: Lane, notices: readonly Notice[]): Promise<void>;
  /** Wakes the courier for every chat with something waiting (after a restart or the loss of BullMQ's keys). */
  sweep(): Promise<number>;
  close(): Promise<void>;
}
