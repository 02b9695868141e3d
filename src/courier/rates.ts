import type { Address, ChatType, Platform } from '../store/chat-model.ts';
import type { Rate } from '../store/limiter.ts';

/** How fast a platform may be written to. */
export interface PlatformRates {
  /** For the whole bot. */
  all?: Rate;
  chat(type: ChatType): Rate;
}

/** Rates by platform; one without an entry is not limited. */
export type Rates = Partial<Record<Platform, PlatformRates>>;

// Telegram names no exact limits: about 30 a second in all, one a second in a chat, 20 a minute in a group (Bots FAQ). 25
// leaves room for answers to people, which wait for nothing (they are counted by `Spend`); no minute of a group has more
// than 4 + 15. Discord: 50 a second in all (documentation, "Rate Limits"), of which the gateway's own calls have a fifth;
// about 5 in 5 s in a channel, and what its headers say is known to one process only: no 5 s have more than 2 + 3.
export const RATES: Rates = {
  telegram: {
    all: { intervalMs: 40, burst: 1 },
    chat: (type) => (type === 'private' ? { intervalMs: 1_000, burst: 3 } : { intervalMs: 4_000, burst: 4 }),
  },
  discord: {
    all: { intervalMs: 25, burst: 1 },
    chat: () => ({ intervalMs: 1_250, burst: 2 }),
  },
};

/** The limiter's scope of a chat: the platform counts per chat, not per topic. */
export function chatScope({ platform, chatId }: Pick<Address, 'platform' | 'chatId'>): string {
  return `${platform}:${chatId}`;
}

/** So many slots of the whole bot lie between two messages to one chat, whatever burst it has: others have their turn. */
const TURN_SLOTS = 5;

/** How long after a message the chat's next one may go at the earliest, ms. */
export function turnMs(platform: PlatformRates | undefined): number {
  return TURN_SLOTS * (platform?.all?.intervalMs ?? 0);
}

/** What of the whole bot's rate a chat may have that wrote little of late: one slot more at once, which the others leave to it. */
export function sparingOf(all: Rate): Rate {
  return { ...all, burst: all.burst + 1 };
}

/** A chat wrote little when, booked `aheadMs` ahead, at least half of its burst is left. */
export function isSparing(aheadMs: number, { intervalMs, burst }: Rate): boolean {
  return aheadMs <= ((burst - 1) * intervalMs) / 2;
}

/** After a stall two messages may go at once, and a little faster than planned: with 25 a second never more than 28 in one. */
const PACE = { burst: 2, share: 0.94 } as const;

/** The limiter's scope and rate of what is really sent to a platform now, against the slots, which are planned ahead. */
export function paceOf(platform: Platform, { intervalMs }: Rate): { scope: string; rate: Rate } {
  return { scope: `${platform}:pace`, rate: { intervalMs: intervalMs * PACE.share, burst: PACE.burst } };
}
