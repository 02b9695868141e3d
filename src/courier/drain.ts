import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Limiter } from '../store/limiter.ts';
import type { Batch, Lane, Mailbox, PerLane } from '../store/mailbox.ts';
import type { CourierJob } from '../store/queues.ts';
import type { AfterAmend } from './amend.ts';
import { DIGEST_AFTER_MS } from './late.ts';
import type { CourierLimits } from './limits.ts';
import type { AfterBatch } from './outcomes.ts';
import { type Rates, turnMs } from './rates.ts';
import type { Sender } from './sender.ts';
import type { Refusal, SlotFor } from './slots.ts';

/** What becomes of a wake-up: done, or to be woken again; `lane` is the one that was refused a slot. */
export type DrainResult = { type: 'idle' } | (Refusal & { lane?: Lane | 'am' });

/** Most barks in one digest. */
const DIGEST_MAX = 500;

/** Makes the function that sends one message of what waits for a chat, when the limits let it. */
export function createDrain(deps: {
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Pick<Limiter, 'now'>;
  limits: CourierLimits;
  senders: ReadonlyMap<string, Sender>;
  rates: Rates;
  slotFor: SlotFor;
  deliver: (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch>;
  /** Changes one message, when nothing else waits. */
  amend: (chat: Chat, sender: Sender) => Promise<AfterAmend>;
  /** Books what is dropped unsent. */
  dropped: (chat: string, batch: Batch, reason: string) => void;
}): (job: CourierJob) => Promise<DrainResult> {
  const { mailbox, chats, limiter, limits } = deps;

  return async function drain(job) {
    const uid = job.chat;
    const chat = await chats.get(uid);
    const sender = chat && deps.senders.get(chat.address.platform);
    if (!chat || !sender || chat.pausedReason !== undefined) {
      const held = await hold(uid, chat);
      // The next message of a chat that refused one tells whether it does still.
      const isTry = chat?.tryAt !== undefined && chat.tryAt <= (await limiter.now());
      if (held.type === 'idle' || !chat || !sender || !isTry) return held;
    }
    // An empty mailbox takes no slot: wake-ups are repeated freely.
    const lanes = await mailbox.lanes(uid);
    const lane = headOf(lanes);
    if (!lane) return await rest(chat, sender);

    const refusal = await deps.slotFor(chat, { lane, waiting: lanes[lane], granted: job.slot });
    if (refusal) return { ...refusal, lane };
    const batch = await mailbox.claim(uid, limits.mergeMax, {
      old: { ms: DIGEST_AFTER_MS, max: DIGEST_MAX },
    });
    if (!batch) return await rest(chat, sender);
    const after = await deps.deliver(chat, batch, sender);
    if (after.type === 'later') return { type: 'again', delayMs: after.delayMs };
    if (after.type === 'taken') return { type: 'idle' };
    if (after.remaining.hi === 0) {
      const dueAt = await mailbox.settle(uid);
      if (!headOf(after.remaining) && (dueAt === undefined || dueAt > Date.now())) return { type: 'idle' };
    }
    return { type: 'again', delayMs: Math.max(1, turnMs(deps.rates[chat.address.platform])) };
  };

  /** Nothing is to be sent: what is due to be added to a message has its turn, the lowest. */
  async function rest(chat: Chat, sender: Sender): Promise<DrainResult> {
    const after = await deps.amend(chat, sender);
    if (after.type === 'again') return { ...after, lane: 'am' };
    const dueAt = await mailbox.settle(chat.uid);
    // What is due and had no message is forgotten by the next look.
    if (after.type === 'none' || dueAt === undefined || dueAt > Date.now()) return { type: 'idle' };
    return { type: 'again', delayMs: 1, lane: 'am' };
  }

  /** For a chat that cannot be written to now: what is too old is dropped, the rest waits. */
  async function hold(uid: string, chat: Chat | undefined): Promise<DrainResult> {
    const reason = chat ? (chat.pausedReason ?? 'no sender for this platform') : 'no such chat';
    const now = await limiter.now();
    const keep = chat ? limits.pausedKeepMs : { hi: 0, lo: 0 };
    const olderThan = { hi: now - keep.hi, lo: now - keep.lo };
    for (;;) {
      const batch = await mailbox.claim(uid, 100, { olderThan });
      // One that was already open is returned whatever its age.
      if (!batch || batch.since >= olderThan[batch.lane]) break;
      if (batch.sent) {
        await mailbox.delivered(uid, { ...batch, notices: await mailbox.open(uid, batch) }, batch.sent);
        continue;
      }
      const isUntold = batch.state === 'planned' && batch.joining === undefined;
      const giveUp = isUntold ? mailbox.rejected : mailbox.abandoned;
      await giveUp(uid, batch, `waited in vain: ${reason}`);
      deps.dropped(uid, batch, reason);
    }
    // Nobody sees a change of a message, so it is not worth waiting; unless all of it may be over in a moment.
    const { amendments } = mailbox;
    const keepMs = chat?.tryAt === undefined ? 0 : limits.amendKeepMs;
    const due = (await amendments.waiting(uid)).filter(({ dueAt }) => dueAt <= Date.now() - keepMs);
    await amendments.done(
      uid,
      due.map(({ amendment }) => amendment.eventId),
    );
    await mailbox.shelve(uid);
    const lane = headOf(await mailbox.lanes(uid));
    return lane ? { type: 'again', delayMs: limits.pausedRecheckMs[lane] } : { type: 'idle' };
  }
}

/** The lane whose turn it is: barks go first. */
function headOf(waiting: PerLane): Lane | undefined {
  if (waiting.hi > 0) return 'hi';
  return waiting.lo > 0 ? 'lo' : undefined;
}
