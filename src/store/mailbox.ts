import { z } from 'zod';
import type { Notice } from '../notice/notice.ts';
import { createAmendments } from './amendments.ts';
import { createDeliveries, type Delivery, type ToldIn } from './deliveries.ts';
import { keys } from './keys.ts';
import { type Aftermath, type Batch, LANES, type Lane, type Mailbox, type PerLane } from './mailbox-model.ts';
import { BEGIN, CLAIM, COUNT, DROP, JOINING, MARK, PUT } from './mailbox-scripts.ts';
import type { Store } from './redis.ts';
import { createToldMessages } from './told.ts';
import { createWithheld } from './withheld.ts';

export type {
  Aftermath,
  Batch,
  BatchState,
  ClaimOptions,
  Lane,
  Mailbox,
  PerLane,
  SentMessage,
} from './mailbox-model.ts';

type Outcome = Pick<Delivery, 'state' | 'messageId' | 'reason' | 'form' | 'marked'>;

const SEEN_MS = 48 * 3_600_000;

// Notices were made by this program, perhaps by another version of it: what the courier itself relies on is checked,
// the rest is for whoever puts them into words.
const envelope = z.looseObject({ type: z.string(), eventId: z.string().min(1) });
const storedNotice = z.custom<Notice>((value) => envelope.safeParse(value).success);

const claimed = z
  .tuple([
    z.string(),
    z.enum(['planned', 'sending', 'unknown']),
    z.coerce.number(),
    z.enum(LANES),
    z.coerce.number(),
    z.coerce.number(),
    z.string(),
  ])
  .rest(z.string())
  .transform(([id, state, attempt, lane, doubts, begunAt, joining, ...entries]): Batch => {
    const [oldest] = entries;
    return {
      id,
      state,
      attempt,
      lane,
      doubts,
      begunAt,
      ...(joining === '' ? {} : { joining }),
      notices: entries.flatMap(readEntry),
      since: oldest === undefined ? 0 : Number.parseInt(oldest, 10),
    };
  });

const perLane = z.tuple([z.number(), z.number()]).transform(([hi, lo]): PerLane => ({ hi, lo }));

/** Mailboxes over a store. Its methods throw what Redis threw; every one may be repeated. */
export function createMailbox(store: Store): Mailbox {
  const ledger = createDeliveries(store);
  const withheld = createWithheld(store);
  const amendments = createAmendments(store);
  const told = createToldMessages(store);
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
  const mark = (uid: string, lane: Lane) => store.zadd(keys.dirty(lane), 'NX', Date.now(), uid);
  const drop = async (uid: string, batch: Batch) =>
    perLane.parse(await DROP.run(store, four(uid), [batch.id, batch.attempt]));
  const write = (uid: string, batch: Batch, outcome: Outcome) =>
    ledger.write(batch.id, { ...outcome, chat: uid, attempt: batch.attempt, at: Date.now() });
  // The ledger first: a crash before the drop is then seen by the next claim, and nothing is sent twice.
  const finish = async (uid: string, batch: Batch, outcome: Outcome, aftermath?: Aftermath) => {
    await write(uid, batch, outcome);
    const { messageId, form, marked } = outcome;
    const where = { chat: uid, batch: batch.id, messageId };
    await Promise.all([
      ledger.remember(
        batch.notices.map((notice) => notice.eventId),
        where,
      ),
      messageId === undefined || !aftermath || aftermath.told.length === 0
        ? undefined
        : told.write(uid, messageId, { form, marked, notices: aftermath.told }),
      aftermath && amendments.put(uid, aftermath.amendments),
    ]);
    return await drop(uid, batch);
  };
  const open = async (uid: string, { id, notices }: Batch) => {
    const fates = await Promise.all(notices.map(({ eventId }) => ledger.ofEvent(eventId)));
    // An event that is told to many chats is remembered of the last of them.
    const isElsewhere = (fate: ToldIn | undefined) => fate?.chat === uid && fate.batch !== id;
    return notices.filter((_, i) => !isElsewhere(fates[i]));
  };
  // What became of a message is booked by whoever sent it. That there is none is booked only by who has the batch, and of
  // what no other message tells: else more would be forgotten than is known.
  const has = async (uid: string, batch: Batch) => {
    const [id, attempt] = await store.hmget(part(uid).batch, 'id', 'attempt');
    return id === batch.id && Number(attempt) === batch.attempt;
  };
  const giveUp = async (uid: string, batch: Batch, outcome: Outcome) => {
    if (!(await has(uid, batch))) return await lanes(uid);
    return await finish(uid, { ...batch, notices: await open(uid, batch) }, outcome);
  };
  const lanes = async (uid: string) => perLane.parse(await COUNT.run(store, four(uid), []));
  // Unmark, look, mark again: what is put between the first two is seen by the look, what comes later marks itself.
  const remark = async (uid: string, barksAs: Lane) => {
    for (const lane of LANES) await store.zrem(keys.dirty(lane), uid);
    const { hi, lo } = await lanes(uid);
    if (hi > 0) await mark(uid, barksAs);
    if (lo > 0) await mark(uid, 'lo');
    return await amendments.settle(uid);
  };

  return {
    amendments,
    told,

    async put(uid, lane, notices) {
      if (notices.length === 0) return 0;
      // Before, so that a crash after it costs a look into an empty mailbox and never a notice; and after, for a look that
      // came between.
      await mark(uid, lane);
      const { seen, hi, lo } = part(uid);
      const entries = notices.flatMap((notice) => [notice.eventId, JSON.stringify(notice)]);
      const added = Number(await PUT.run(store, [seen, lane === 'hi' ? hi : lo], [SEEN_MS, ...entries]));
      if (added > 0) await mark(uid, lane);
      return added;
    },

    async claim(uid, max, { olderThan, old } = {}) {
      const limits = [olderThan?.hi, olderThan?.lo, old?.ms].map((limit) => limit ?? Number.MAX_SAFE_INTEGER);
      const reply = await CLAIM.run(store, four(uid), [uid, max, ...limits, old?.max ?? max]);
      if (!Array.isArray(reply) || reply.length === 0) return undefined;
      const batch = claimed.parse(reply);
      // A crash between the ledger and the drop.
      const known = batch.state === 'planned' ? undefined : await ledger.get(batch.id);
      if (known?.state !== 'sent' || known.messageId === undefined) return batch;
      const { messageId, form, marked } = known;
      return { ...batch, sent: { messageId, form, marked } };
    },

    async begin(uid, batch) {
      const next: Batch = { ...batch, state: 'sending', attempt: batch.attempt + 1 };
      // The ledger first: if the mark fails, the batch is still known as not begun and goes out later without doubt.
      await write(uid, next, { state: 'sending' });
      const begun = await BEGIN.run(store, [part(uid).batch], [batch.id, batch.attempt]);
      return begun === 1 ? next : undefined;
    },

    delivered: (uid, batch, message, aftermath) =>
      finish(uid, batch, { state: 'sent', ...message }, aftermath),

    async joined(uid, batch, notices, messageId) {
      const id = `${batch.id}-${messageId}`;
      await ledger.write(id, { state: 'sent', chat: uid, attempt: batch.attempt, at: Date.now(), messageId });
      await ledger.remember(
        notices.map((notice) => notice.eventId),
        { chat: uid, batch: id, messageId },
      );
    },

    open,

    async messageOf(uid, eventId) {
      const where = await ledger.ofEvent(eventId);
      return where?.chat === uid ? where.messageId : undefined;
    },

    async joining(uid, batch, messageId = '') {
      return (await JOINING.run(store, [part(uid).batch], [batch.id, batch.attempt, messageId])) === 1;
    },

    async notDelivered(uid, batch, state, lost = 0) {
      await MARK.run(store, [part(uid).batch], [batch.id, batch.attempt, state, lost]);
    },

    async doubted(uid, batch, reason) {
      if (!(await has(uid, batch))) return;
      await write(uid, batch, { state: 'unknown', reason });
      await MARK.run(store, [part(uid).batch], [batch.id, batch.attempt, 'unknown', 1]);
    },

    rejected: (uid, batch, reason) => giveUp(uid, batch, { state: 'rejected', reason }),
    abandoned: (uid, batch, reason) => giveUp(uid, batch, { state: 'unknown', reason }),

    async withhold(uid, batch, notices, reason, remember) {
      if (notices.length === 0) return;
      if (remember) {
        await withheld.add(
          uid,
          notices.filter((notice) => notice.type === 'alert'),
        );
      }
      const id = `${batch.id}-${reason}`;
      await ledger.write(id, {
        state: 'withheld',
        chat: uid,
        attempt: batch.attempt,
        at: Date.now(),
        reason,
      });
      await ledger.remember(
        notices.map((notice) => notice.eventId),
        { chat: uid, batch: id },
      );
    },

    async dirty() {
      const marked = await Promise.all(LANES.map((lane) => store.zrange(keys.dirty(lane), 0, '-1')));
      return [...new Set([...marked.flat(), ...(await amendments.due(Date.now()))])];
    },

    async waiting() {
      const [hi, lo] = await Promise.all([store.zcard(keys.dirty('hi')), store.zcard(keys.dirty('lo'))]);
      return { hi, lo };
    },

    seen: (uid, from, to) => store.zrangebyscore(part(uid).seen, from, `(${to}`),

    settle: (uid) => remark(uid, 'hi'),
    shelve: (uid) => remark(uid, 'lo'),

    lanes,
    async size(uid) {
      const { hi, lo } = await lanes(uid);
      return hi + lo;
    },
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
