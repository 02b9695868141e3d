import { Queue } from 'bullmq';
import { longId } from '../kit/id.ts';
import type { Amendment } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';
import { QUEUE_PREFIX } from './keys.ts';
import { createMailbox, type Lane } from './mailbox.ts';
import { type CourierJob, promote, QUEUES } from './queues.ts';
import type { Store } from './redis.ts';

/** What is put into a mailbox: notices by their lane, and in the lane `am` what is added to messages that told a bark. */
export type Posted =
  | [lane: Lane, notices: readonly Notice[]]
  | [lane: 'am', amendments: readonly Amendment[]];

/** Puts notices into a chat's mailbox and wakes the courier; safe to repeat. The one way to tell a chat something unasked. */
export interface Post {
  post(uid: string, ...what: Posted): Promise<void>;
  /** Wakes the courier for what may be due in this chat. */
  wake(uid: string): Promise<void>;
  /** Wakes the courier for every chat with something waiting (after a restart or the loss of BullMQ's keys). */
  sweep(): Promise<number>;
  close(): Promise<void>;
}

const SWEEP_CHUNK = 500;

/** A wake-up is one job per chat: while one waits more are ignored, while one runs the last is kept for after it. */
function wakeUp(uid: string) {
  return {
    name: 'drain',
    data: { v: 1, chat: uid } satisfies CourierJob,
    opts: {
      deduplication: { id: uid, keepLastIfActive: true },
      removeOnComplete: true,
      // The mailbox keeps what matters; failed wake-ups are for reading only.
      removeOnFail: { count: 100 },
      attempts: 1_000,
      backoff: { type: 'fixed', delay: 1_000, jitter: 0.5 },
    },
  };
}

/**
 * The post over a store. `connection` is for BullMQ's queue and stays the caller's; its profile decides whether posting
 * waits for a Redis that is down (`worker`) or fails within seconds (`request`).
 */
export function createPost(deps: { store: Store; connection: Store }): Post {
  const mailbox = createMailbox(deps.store);
  const queue = new Queue<CourierJob>(QUEUES.courier, { connection: deps.connection, prefix: QUEUE_PREFIX });
  // A broken connection is reported by whoever opened it, and fails the call that needed it.
  queue.on('error', () => undefined);
  return {
    async post(uid, ...[lane, entries]) {
      if (entries.length === 0) return;
      if (lane === 'am') {
        await mailbox.amendments.put(uid, entries);
        // What is due later is found by the sweep.
        if (entries.every(({ dueAt }) => dueAt > Date.now())) return;
      }
      const added = lane === 'am' ? 0 : await mailbox.put(uid, lane, entries);
      // Also when nothing was new: an earlier call may have died between the two.
      const { name, data, opts } = wakeUp(uid);
      const mine = longId();
      const job = await queue.add(name, data, { ...opts, jobId: mine });
      // The wake-up that is there already may wait for long with a report: a bark does not wait with it.
      if (lane === 'hi' && added > 0 && job.id !== mine) await promote(job);
    },
    async wake(uid) {
      const { name, data, opts } = wakeUp(uid);
      await queue.add(name, data, opts);
    },
    async sweep() {
      const dirty = await mailbox.dirty();
      for (let i = 0; i < dirty.length; i += SWEEP_CHUNK) {
        await queue.addBulk(dirty.slice(i, i + SWEEP_CHUNK).map(wakeUp));
      }
      return dirty.length;
    },
    async close() {
      await queue.close();
    },
  };
}
