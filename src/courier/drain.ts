import { delay } from '../kit/duration.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Limiter, Rate } from '../store/limiter.ts';
import type { Batch, Lane, Mailbox } from '../store/mailbox.ts';
import type { CourierJob } from '../store/queues.ts';
import type { AfterBatch } from './deliver.ts';
import { chatScope, type PlatformRates, type Rates } from './rates.ts';
import type { Sender } from './sender.ts';

/** What becomes of a wake-up: done, or to be woken again, perhaps with a slot that is already granted. */
export type DrainResult = { type: 'idle' } | { type: 'again'; delayMs: number; slot?: number };

/** Sizes and times of the courier; all times in ms. */
export interface CourierLimits {
  /** Most notices in one message. */
  mergeMax: number;
  /** A slot at most so far ahead is waited for in place. */
  waitInPlaceMs: number;
  /** How far ahead a slot of the whole bot may be taken. */
  horizonMs: number;
  /** How often a chat that cannot be written to is looked at. */
  pausedRecheckMs: number;
  /** What waits longer for a chat that cannot be written to is dropped: a bark is worth nothing later. */
  pausedKeepMs: Readonly<Record<Lane, number>>;
  resendAfterMs: number;
  sweepMs: number;
  /** How long `close` waits for sends that are under way. */
  closeMs: number;
}

export const COURIER_LIMITS: CourierLimits = {
  mergeMax: 10,
  waitInPlaceMs: 250,
  horizonMs: 2_000,
  pausedRecheckMs: 15_000,
  pausedKeepMs: { hi: 15 * 60_000, lo: 48 * 3_600_000 },
  resendAfterMs: 1_000,
  sweepMs: 5_000,
  closeMs: 8_000,
};

/** A slot that was not granted, or is too far ahead to wait for in place. */
type Refusal = Extract<DrainResult, { type: 'again' }>;

/** Makes the function that sends one message of what waits for a chat, when the limits let it. */
export function createDrain(deps: {
  mailbox: Mailbox;
  chats: ChatsRepository;
  limiter: Limiter;
  rates: Rates;
  limits: CourierLimits;
  senders: ReadonlyMap<string, Sender>;
  deliver: (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch>;
  /** Books what is dropped unsent. */
  dropped: (chat: string, batch: Batch, reason: string) => void;
}): (job: CourierJob) => Promise<DrainResult> {
  const { mailbox, chats, limiter, rates, limits } = deps;

  return async function drain(job) {
    const uid = job.chat;
    const chat = await chats.get(uid);
    const sender = chat && deps.senders.get(chat.address.platform);
    if (!chat || !sender || chat.pausedReason !== undefined) return await hold(uid, chat);
    // An empty mailbox takes no slot: wake-ups are repeated freely.
    if ((await mailbox.size(uid)) === 0) return await idle(uid);

    const refusal = await slotFor(chat, job.slot);
    if (refusal) return refusal;
    const batch = await mailbox.claim(uid, limits.mergeMax);
    if (!batch) return await idle(uid);
    const after = await deps.deliver(chat, batch, sender);
    if (after.type === 'later') return { type: 'again', delayMs: after.delayMs };
    if (after.type === 'taken') return { type: 'idle' };
    // Others have their turn between two messages to one chat.
    return after.remaining > 0 ? { type: 'again', delayMs: 1 } : await idle(uid);
  };

  async function idle(uid: string): Promise<DrainResult> {
    await mailbox.settle(uid);
    return { type: 'idle' };
  }

  /** Undefined: send now. */
  async function slotFor(chat: Chat, granted: number | undefined): Promise<Refusal | undefined> {
    const platform = rates[chat.address.platform];
    if (!platform) return undefined;
    if (granted !== undefined) {
      const early = granted - (await limiter.now());
      return early > 0 ? { type: 'again', delayMs: early, slot: granted } : undefined;
    }
    const rate = platform.chat(chat.type);
    const own = await limiter.take(chatScope(chat.address), rate, 0);
    if (!own.taken) return { type: 'again', delayMs: own.waitMs };
    return await slotOfAll(chat, rate, platform);
  }

  async function slotOfAll(chat: Chat, rate: Rate, platform: PlatformRates): Promise<Refusal | undefined> {
    const all = platform.all ?? { intervalMs: 0, burst: 1 };
    const slot = await limiter.take(chat.address.platform, all, limits.horizonMs);
    if (!slot.taken) {
      await limiter.giveBack(chatScope(chat.address), rate);
      // All who were refused would come back at once; spread over half of the time they all need, the slots stay taken.
      const spread = ((await mailbox.waiting()) * Math.max(all.intervalMs, 10)) / 2;
      return { type: 'again', delayMs: slot.waitMs + Math.floor(Math.random() * spread) };
    }
    if (slot.waitMs > limits.waitInPlaceMs) {
      return { type: 'again', delayMs: slot.waitMs, slot: slot.now + slot.waitMs };
    }
    if (slot.waitMs > 0) await delay(slot.waitMs);
    return undefined;
  }

  /** For a chat that cannot be written to now: what is too old is dropped, the rest waits. */
  async function hold(uid: string, chat: Chat | undefined): Promise<DrainResult> {
    const reason = chat ? (chat.pausedReason ?? 'no sender for this platform') : 'no such chat';
    const now = await limiter.now();
    const keep = chat ? limits.pausedKeepMs : { hi: 0, lo: 0 };
    const olderThan = { hi: now - keep.hi, lo: now - keep.lo };
    for (;;) {
      const batch = await mailbox.claim(uid, 100, olderThan);
      // One that was already open is returned whatever its age.
      if (!batch || batch.since >= olderThan[batch.lane]) break;
      await mailbox.rejected(uid, batch, `waited in vain: ${reason}`);
      deps.dropped(uid, batch, reason);
    }
    return (await mailbox.size(uid)) > 0
      ? { type: 'again', delayMs: limits.pausedRecheckMs }
      : await idle(uid);
  }
}
