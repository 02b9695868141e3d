import type { Clock } from '../kit/clock.ts';
import type { AlertNotice } from '../notice/notice.ts';
import { BARKS_PER_HOUR, type Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Batch, Mailbox } from '../store/mailbox.ts';
import { isExtreme } from '../store/quiet.ts';
import type { Told, ToldForm, ToldMessages } from '../store/told.ts';
import type { AfterEdit } from './after-edit.ts';
import type { Deliver } from './deliver.ts';
import { type Edit, formOfBarks } from './edit.ts';
import { messageToJoin } from './join.ts';
import { asOfNow, isTooLate } from './late.ts';
import type { CourierLimits } from './limits.ts';
import type { AfterBatch, Outcomes } from './outcomes.ts';
import type { Sender } from './sender.ts';
import type { CourierStats } from './stats.ts';

/** A batch that waited longer may have been told before a crash by a change, in any message of the last hour, ms. */
const LONG_AGO_MS = 60_000;
/** Newest messages that a bark may join; with more, a chat that is told of everything would take the time of all others. */
const LOOKED_AT = 20;
/** Extremes are told beyond the hour's messages, up to so many times as many. */
const EXTREMES_UP_TO = 2;

/** What is to be done with a batch: changes of messages that are there, and then perhaps a new one. */
interface Plan {
  changes: ReadonlyMap<Told, AlertNotice[]>;
  rest: Batch['notices'];
  form: ToldForm;
}

/**
 * Puts the chat's peace from noise before the delivery: an alert of a move that the chat was just told of is written
 * into that message, and what comes after the hour's messages are used up goes into one that says so. One call to the
 * platform at a time: after a change the batch stays open for what is left of it.
 */
export function createGather(deps: {
  deliver: Deliver;
  edit: Edit;
  mailbox: Mailbox;
  chats: Pick<ChatsRepository, 'ruleSymbols'>;
  outcomes: Outcomes;
  /** What becomes of a batch whose change of a message did not succeed. */
  afterEdit: AfterEdit;
  stats: CourierStats;
  clock: Clock;
  limits: CourierLimits;
}): (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch> {
  const { deliver, edit, mailbox, outcomes, clock, limits } = deps;

  return async function gather(chat, batch, sender) {
    if (batch.lane !== 'hi' || batch.notices.length === 0) return await deliver(chat, batch, sender, 'barks');
    const { changes, rest, form } = await plan(chat, batch);
    const { joining } = batch;
    const isOf = ([{ messageId }]: [Told, AlertNotice[]]) => messageId === joining;
    // A change of which nothing is known is repeated, before anything else; where it cannot be, all that is left is told as
    // what may be a repeat.
    const change = joining === undefined ? [...changes][0] : [...changes].find(isOf);
    if (joining !== undefined && !change && batch.state === 'planned') return await doubt(chat, batch);
    if (!change) {
      if (rest.length > 0) return await deliver(chat, { ...batch, notices: rest }, sender, form);
      // Each is booked already, with the message that it joined before a crash.
      return {
        type: 'done',
        remaining: await mailbox.rejected(chat.uid, { ...batch, notices: [] }, 'joined'),
      };
    }
    const [told, alerts] = change;
    const begunAt = performance.now();
    const notices = asOfNow(alerts, clock.now());
    if (!(await mailbox.joining(chat.uid, batch, told.messageId))) return { type: 'taken' };
    const outcome = await edit(chat, told.messageId, { notices }, sender, told);
    if (outcome.type !== 'edited') {
      const surelyNot = outcome.type !== 'ambiguous' && joining === undefined;
      if (surelyNot) await outcomes.book(() => mailbox.joining(chat.uid, batch, undefined));
      return await deps.afterEdit(chat, batch, outcome, told, begunAt);
    }
    outcomes.reached(chat);
    const isAll = changes.size === 1 && rest.length === 0;
    deps.stats.alerts += alerts.length;
    await outcomes.book(() => mailbox.joined(chat.uid, batch, alerts, told.messageId));
    if (!isAll) {
      await outcomes.book(() => mailbox.joining(chat.uid, batch, undefined));
      return { type: 'later', delayMs: 1 };
    }
    const remaining = await outcomes.book(() =>
      mailbox.delivered(chat.uid, { ...batch, notices: [] }, { messageId: told.messageId }),
    );
    return { type: 'done', remaining };
  };

  /** Perhaps some of it was told by a change: it goes out with the mark. */
  async function doubt(chat: Chat, batch: Batch): Promise<AfterBatch> {
    const open = await mailbox.open(chat.uid, batch);
    if (open.length > 0) {
      await outcomes.book(() => mailbox.doubted(chat.uid, batch, 'the answer to a change was lost'));
      return { type: 'later', delayMs: 1 };
    }
    return { type: 'done', remaining: await mailbox.rejected(chat.uid, { ...batch, notices: [] }, 'joined') };
  }

  async function plan(chat: Chat, batch: Batch): Promise<Plan> {
    const [open, { now, messages }] = await Promise.all([
      mailbox.open(chat.uid, batch),
      mailbox.told.recent(chat.uid),
    ]);
    const barks = messages.filter(({ form }) => form === 'barks');
    // What was perhaps sent goes out again as it was.
    const mayJoin = batch.state === 'planned' && open.some(({ type }) => type === 'alert');
    const within = now - batch.since > LONG_AGO_MS ? Number.POSITIVE_INFINITY : limits.joinAtMostMs;
    const records = mayJoin
      ? await read(mailbox.told, chat.uid, barks.filter(({ at }) => now - at <= within).slice(0, LOOKED_AT))
      : [];
    const changes = new Map<Told, AlertNotice[]>();
    const rest = open.filter((notice) => {
      const joins = notice.type === 'alert' && !isTooLate(notice, clock.now());
      const into = joins && messageToJoin(notice, records, now, limits);
      if (into) changes.set(into, [...(changes.get(into) ?? []), notice]);
      return !into;
    });
    const perHour = chat.barksPerHour ?? BARKS_PER_HOUR;
    const told = asOfNow(rest, clock.now());
    if (!isBeyond(told, barks.length, perHour)) {
      return { changes, rest, form: await formOfBarks(deps.chats, chat.uid, told) };
    }
    const alerts = rest.filter((notice) => notice.type === 'alert');
    const [collecting] = await read(
      mailbox.told,
      chat.uid,
      messages.filter(({ form }) => form === 'rest').slice(0, 1),
    );
    if (!mayJoin || !collecting || collecting.closed) return { changes, rest, form: 'rest' };
    return { changes: changes.set(collecting, alerts), rest: [], form: 'rest' };
  }
}

/** Does a chat that had so many messages with barks within the hour get these only with the rest of the hour? */
function isBeyond(notices: Batch['notices'], messages: number, perHour: number): boolean {
  if (notices.length === 0 || messages < perHour) return false;
  const extremes = messages < EXTREMES_UP_TO * perHour;
  return notices.every((notice) => notice.type === 'alert' && !(extremes && isExtreme(notice)));
}

async function read(
  told: ToldMessages,
  uid: string,
  messages: readonly { messageId: string }[],
): Promise<Told[]> {
  const records = await Promise.all(messages.map(({ messageId }) => told.get(uid, messageId)));
  return records.filter((record) => record !== undefined);
}
