import { z } from 'zod';
import type { Notice } from '../notice/notice.ts';
import { createDeliveries, type Delivery } from './deliveries.ts';
import { keys } from './keys.ts';
import { CLAIM, DROP, MARK, PUT } from './mailbox-scripts.ts';
import type { Store } from './redis.ts';

/** `hi`: barks; `lo`: reports, costs, words to operators. */
export type Lane = 'hi' | 'lo';

/** `planned`: not sent; `sending`: begun, outcome not known (yet); `unknown`: the platform's answer was lost. */
export type BatchState = 'planned' | 'sending' | 'unknown';

/** What was claimed of a mailbox and is being sent as one message. */
export interface Batch {
  id: string;
  state: BatchState;
  /** Attempts begun. */
  attempt: number;
  lane: Lane;
  /** Oldest first; entries that cannot be read are left out. */
  notices: readonly Notice[];
  /** When its oldest entry was put, Redis' clock, Unix ms. */
  since: number;
}

/** A chat's mailbox: the truth of what must still be delivered (facts/engine.md 4.2). Each step is one Lua script. */
export interface Mailbox {
  /** Adds what was not seen within 48 h; returns how many were new. Marks the chat dirty first. */
  put(uid: string, lane: Lane, notices: readonly Notice[]): Promise<number>;
  /**
   * The open batch, or up to `max` new entries (of those put before `olderThan`, Redis' clock) as a batch; undefined
   * when there is none. A batch that the ledger knows as sent is dropped on the way.
   */
  claim(uid: string, max: number, olderThan?: Readonly<Record<Lane, number>>): Promise<Batch | undefined>;
  /** Marks the batch as being sent and returns it so; undefined: another worker has it. */
  begin(uid: string, batch: Batch): Promise<Batch | undefined>;
  /** Delivered: ledger written, batch dropped; returns how many entries remain. */
  delivered(uid: string, batch: Batch, messageId: string): Promise<number>;
  /** Keeps the batch for another attempt, as surely not sent (`planned`) or perhaps sent. */
  notDelivered(uid: string, batch: Batch, state: BatchState): Promise<void>;
  /** Given up: ledger says why, batch dropped; returns how many entries remain. */
  rejected(uid: string, batch: Batch, reason: string): Promise<number>;
  /** Perhaps delivered and not sent again: ledger says `unknown`, batch dropped; returns how many entries remain. */
  abandoned(uid: string, batch: Batch, reason: string): Promise<number>;
  /** Chats with something waiting, oldest first. */
  dirty(): Promise<{ uid: string; since: number }[]>;
  /** How many chats have something waiting. */
  waiting(): Promise<number>;
  /** Forgets the chat's dirty mark unless something came in meanwhile. */
  settle(uid: string): Promise<void>;
  /** Entries waiting in a chat. */
  size(uid: string): Promise<number>;
}

type Outcome = Pick<Delivery, 'state' | 'messageId' | 'reason'>;

const SEEN_MS = 48 * 3_600_000;

// Notices were made by this program, perhaps by another version of it: what the courier itself relies on is checked,
// the rest is for whoever puts them into words.
const envelope = z.looseObject({ type: z.string(), eventId: z.string().min(1) });
const storedNotice = z.custom<Notice>((value) => envelope.safeParse(value).success);

const claimed = z
  .tuple([z.string(), z.enum(['planned', 'sending', 'unknown']), z.coerce.number(), z.enum(['hi', 'lo'])])
  .rest(z.string())
  .transform(([id, state, attempt, lane, ...entries]): Batch => {
    const [oldest] = entries;
    return {
      id,
      state,
      attempt,
      lane,
      notices: entries.flatMap(readEntry),
      since: oldest === undefined ? 0 : Number.parseInt(oldest, 10),
    };
  });

/** Mailboxes over a store. Its methods throw what Redis threw; every one may be repeated. */
export function createMailbox(store: Store): Mailbox {
  const ledger = createDeliveries(store);
  const part = (uid: string) => ({
    seen: keys.mailbox(uid, 'seen'),
    hi: keys.mailbox(uid, 'hi'),
    lo: keys.mailbox(uid, 'lo'),
    inflight: keys.mailbox(uid, 'inflight'),
    batch: keys.mailbox(uid, 'batch'),
  });
  const four = (uid: string) => {
    const { batch, inflight, hi, lo } = part(uid);
    return [batch, inflight, hi, lo];
  };
  const markDirty = (uid: string) => store.zadd(keys.dirty, 'NX', Date.now(), uid);
  const drop = async (uid: string, batch: Batch) =>
    Number(await DROP.run(store, four(uid), [batch.id, batch.attempt]));
  const write = (uid: string, batch: Batch, outcome: Outcome) =>
    ledger.write(batch.id, { ...outcome, chat: uid, attempt: batch.attempt, at: Date.now() });
  // The ledger first: a crash before the drop is then seen by the next claim, and nothing is sent twice.
  const finish = async (uid: string, batch: Batch, outcome: Outcome) => {
    await write(uid, batch, outcome);
    const where = { chat: uid, batch: batch.id, messageId: outcome.messageId };
    await ledger.remember(
      batch.notices.map((notice) => notice.eventId),
      where,
    );
    return await drop(uid, batch);
  };
  const size = async (uid: string) => {
    const { hi, lo, inflight } = part(uid);
    const lengths = await Promise.all([store.llen(hi), store.llen(lo), store.llen(inflight)]);
    return lengths.reduce((sum, length) => sum + length, 0);
  };

  return {
    async put(uid, lane, notices) {
      if (notices.length === 0) return 0;
      // First, so that a crash after it costs a look into an empty mailbox and never a notice.
      await markDirty(uid);
      const { seen, hi, lo } = part(uid);
      const entries = notices.flatMap((notice) => [notice.eventId, JSON.stringify(notice)]);
      return Number(await PUT.run(store, [seen, lane === 'hi' ? hi : lo], [SEEN_MS, ...entries]));
    },

    async claim(uid, max, olderThan) {
      for (;;) {
        const limits = [olderThan?.hi, olderThan?.lo].map((limit) => limit ?? Number.MAX_SAFE_INTEGER);
        const reply = await CLAIM.run(store, four(uid), [uid, max, ...limits]);
        if (!Array.isArray(reply) || reply.length === 0) return undefined;
        const batch = claimed.parse(reply);
        // A crash between the ledger and the drop.
        const known = batch.state === 'planned' ? undefined : await ledger.get(batch.id);
        if (known?.state !== 'sent') return batch;
        await drop(uid, batch);
      }
    },

    async begin(uid, batch) {
      const begun = await MARK.run(store, [part(uid).batch], [batch.id, batch.attempt, 'sending', 1]);
      if (begun !== 1) return undefined;
      const next: Batch = { ...batch, state: 'sending', attempt: batch.attempt + 1 };
      await write(uid, next, { state: 'sending' });
      return next;
    },

    delivered: (uid, batch, messageId) => finish(uid, batch, { state: 'sent', messageId }),

    async notDelivered(uid, batch, state) {
      await MARK.run(store, [part(uid).batch], [batch.id, batch.attempt, state, 0]);
    },

    rejected: (uid, batch, reason) => finish(uid, batch, { state: 'rejected', reason }),
    abandoned: (uid, batch, reason) => finish(uid, batch, { state: 'unknown', reason }),

    async dirty() {
      const flat = await store.zrangebyscore(keys.dirty, '-inf', '+inf', 'WITHSCORES');
      const chats: { uid: string; since: number }[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2)
        chats.push({ uid: flat[i] ?? '', since: Number(flat[i + 1]) });
      return chats;
    },

    waiting: () => store.zcard(keys.dirty),

    async settle(uid) {
      await store.zrem(keys.dirty, uid);
      if ((await size(uid)) > 0) await markDirty(uid);
    },

    size,
  };
}

function readEntry(entry: string): Notice[] {
  try {
    const parsed = storedNotice.safeParse(JSON.parse(entry.slice(entry.indexOf(' ') + 1)));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
