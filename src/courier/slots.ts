import { delay } from '../kit/duration.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Limiter, Rate } from '../store/limiter.ts';
import type { Lane, Mailbox } from '../store/mailbox.ts';
import type { CourierLimits } from './limits.ts';
import { chatScope, isSparing, type PlatformRates, paceOf, type Rates, sparingOf } from './rates.ts';

/** Not now: to be woken again after `delayMs`, perhaps with a slot that is granted already (Redis ms). */
export interface Refusal {
  type: 'again';
  delayMs: number;
  slot?: number;
}

/** Takes a slot for one message to a chat: undefined = send now. */
export type SlotFor = (
  chat: Chat,
  next: {
    lane: Lane;
    /** So many entries wait in that lane. */
    waiting: number;
    /** The slot that was granted by an earlier refusal, Redis ms. */
    granted: number | undefined;
  },
) => Promise<Refusal | undefined>;

/** While barks wait, one slot in so many is a report's. */
const REPORTS_SHARE = 5;

/** Pause between two tries where the whole bot has no rate of its own, ms. */
const UNRATED_MS = 10;

/** Makes the function that takes slots. */
export function createSlots(deps: {
  limiter: Limiter;
  mailbox: Pick<Mailbox, 'waiting'>;
  rates: Rates;
  limits: Pick<CourierLimits, 'horizonMs' | 'waitInPlaceMs' | 'mergeMax'>;
}): SlotFor {
  const { limiter, rates, limits } = deps;

  return async function slotFor(chat, { lane, waiting, granted }) {
    const platform = rates[chat.address.platform];
    if (!platform) return undefined;
    if (granted !== undefined) {
      const early = granted - (await limiter.now());
      if (early > 0) return { type: 'again', delayMs: early, slot: granted };
      // A slot missed by far (the courier or Redis was down) is not made up for: the limits have forgotten it.
      if (early > -limits.horizonMs) return await keepPace(chat, platform);
    }
    const rate = platform.chat(chat.type);
    const own = await limiter.take(chatScope(chat.address), rate, 0);
    if (!own.taken) return { type: 'again', delayMs: own.waitMs };
    const sparing = lane === 'hi' && waiting <= limits.mergeMax && isSparing(own.aheadMs, rate);
    const refusal = await slotOfAll(chat.address.platform, platform, lane, sparing);
    if (refusal && refusal.slot === undefined) await limiter.giveBack(chatScope(chat.address), rate);
    return refusal ?? (await keepPace(chat, platform));
  };

  /**
   * Slots are planned ahead; a machine that stalls would use those it missed all at once, and be refused for it. What
   * comes a little early waits here: by the queue it would come back with the others of a tick of Redis (100 ms), of
   * which the pace then lets two through.
   */
  async function keepPace(chat: Chat, { all }: PlatformRates): Promise<Refusal | undefined> {
    if (!all) return undefined;
    const pace = paceOf(chat.address.platform, all);
    const { taken, waitMs, now } = await limiter.take(pace.scope, pace.rate, limits.waitInPlaceMs);
    if (!taken) return { type: 'again', delayMs: waitMs, slot: now + waitMs };
    if (waitMs > 0) await delay(waitMs);
    return undefined;
  }

  async function slotOfAll(
    scope: string,
    platform: PlatformRates,
    lane: Lane,
    sparing: boolean,
  ): Promise<Refusal | undefined> {
    const all = platform.all ?? { intervalMs: 0, burst: 1 };
    const share = lane === 'lo' ? await shareOfReports(scope, all) : { type: 'free' as const };
    if (share.type === 'again') return share;
    // A chat that is told of everything never holds the last slot: the barks of others find one.
    const rate = sparing ? sparingOf(all) : all;
    const slot = await limiter.take(scope, rate, limits.horizonMs);
    if (!slot.taken) {
      if (share.type === 'taken') await limiter.giveBack(share.scope, share.rate);
      const { hi, lo } = await deps.mailbox.waiting();
      return { type: 'again', delayMs: slot.waitMs + spread(lane === 'hi' ? hi : hi + lo, all.intervalMs) };
    }
    if (slot.waitMs > limits.waitInPlaceMs) {
      return { type: 'again', delayMs: slot.waitMs, slot: slot.now + slot.waitMs };
    }
    if (slot.waitMs > 0) await delay(slot.waitMs);
    return undefined;
  }

  /** While barks wait anywhere, reports have a fifth of the rate, and nothing ahead. */
  async function shareOfReports(
    platformScope: string,
    all: Rate,
  ): Promise<{ type: 'free' } | { type: 'taken'; scope: string; rate: Rate } | Refusal> {
    const { hi, lo } = await deps.mailbox.waiting();
    if (hi === 0 || all.intervalMs === 0) return { type: 'free' };
    const scope = `${platformScope}:reports`;
    const rate = { intervalMs: all.intervalMs * REPORTS_SHARE, burst: 1 };
    const { taken, waitMs } = await limiter.take(scope, rate, 0);
    return taken
      ? { type: 'taken', scope, rate }
      : { type: 'again', delayMs: waitMs + spread(lo, rate.intervalMs) };
  }
}

/** All who were refused would come back at once; spread over half of the time they all need, the slots stay taken. */
function spread(waiting: number, intervalMs: number): number {
  return Math.floor((Math.random() * waiting * (intervalMs > 0 ? intervalMs : UNRATED_MS)) / 2);
}
