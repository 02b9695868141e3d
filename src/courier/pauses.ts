import type { Clock } from '../kit/clock.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Limiter } from '../store/limiter.ts';
import { createFloodWatch } from './flood.ts';
import { chatScope, paceOf, type Rates, sparingOf } from './rates.ts';
import type { SendOutcome } from './sender.ts';

/** Rest of the whole bot after the answers to so many chats in a row were lost. */
const LOST_REST_MS = 5_000;
const LOST_IN_A_ROW = 3;

/** Slows the courier down where a platform asks for it or fares badly: one chat, or the whole bot on it. */
export interface Pauses {
  /** After a refusal for the time being. */
  refused(chat: Chat, outcome: Extract<SendOutcome, { type: 'not-sent' }>): Promise<void>;
  /** After a lost answer: when it happens to several chats in a row, every send would only hang as they did. */
  lost(chat: Chat): Promise<void>;
  /** After an answer: whatever was lost before, the platform is there. */
  reached(chat: Chat): void;
  /** Nothing to anybody on this chat's platform. */
  rest(chat: Chat, ms: number): Promise<void>;
}

/** Pauses by way of the limiter, so that all couriers keep them. */
export function createPauses(deps: { limiter: Limiter; rates: Rates; clock: Clock }): Pauses {
  const { limiter, rates, clock } = deps;
  const floods = createFloodWatch();
  const lostOf = new Map<string, Set<string>>();

  async function rest({ address: { platform } }: Chat, ms: number): Promise<void> {
    const limits = rates[platform];
    if (!limits) return;
    // A platform without a limit for the whole bot still wants peace when it says so.
    const all = limits.all ?? { intervalMs: 0, burst: 1 };
    await limiter.penalise(platform, sparingOf(all), ms);
    // Slots that are granted already are held back by this.
    const pace = paceOf(platform, all);
    if (limits.all) await limiter.penalise(pace.scope, pace.rate, ms);
  }

  return {
    async refused(chat, { scope, retryAfterMs }) {
      const limits = rates[chat.address.platform];
      if (!limits) return;
      const where = chatScope(chat.address);
      if (scope === 'chat') await limiter.penalise(where, limits.chat(chat.type), retryAfterMs);
      if (scope === 'bot' || floods.note(where, clock.now())) await rest(chat, retryAfterMs);
    },
    async lost(chat) {
      const { platform } = chat.address;
      const lost = (lostOf.get(platform) ?? new Set()).add(chatScope(chat.address));
      lostOf.set(platform, lost);
      if (lost.size >= LOST_IN_A_ROW) await rest(chat, LOST_REST_MS);
    },
    reached(chat) {
      lostOf.delete(chat.address.platform);
    },
    rest,
  };
}
