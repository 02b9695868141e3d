import type { PerLane } from '../store/mailbox.ts';

/** Sizes and times of the courier; all times in ms. */
export interface CourierLimits {
  /** Most notices in one message. */
  mergeMax: number;
  /** A slot at most so far ahead is waited for in place. */
  waitInPlaceMs: number;
  /** How far ahead a slot of the whole bot may be taken; one that is missed by more is lost. */
  horizonMs: number;
  /** How often a chat that cannot be written to is looked at, by the first thing that waits for it. */
  pausedRecheckMs: PerLane;
  /** What waits longer for a chat that cannot be written to is dropped: a bark is worth nothing later. */
  pausedKeepMs: PerLane;
  /** How long a chat that refused a message is left alone before the next one is tried; one wait after the other. */
  tryAfterMs: readonly number[];
  /** How long all chats of a platform are left alone that refuses everybody. */
  outageRestMs: number;
  /** How long after a lost answer a bark is sent again; four times as long after each further one, up to a most. */
  resendAfterMs: number;
  resendAtMostMs: number;
  /** Lost answers after which a bark is left alone. */
  resendMax: number;
  /** A batch that was begun less than this ago may still be under way in another process. */
  takeoverMs: number;
  sweepMs: number;
  /** A killed process' chats are taken over once its lock has run out and the next look has seen it. */
  lockMs: number;
  stalledCheckMs: number;
  /** How long `close` waits for sends that are under way. */
  closeMs: number;
  /** A bark joins a message that was last told one so long ago at most, and was sent so long ago at most. */
  joinWithinMs: number;
  joinAtMostMs: number;
  /** What is to be added to a message and comes later than this after it was due is left out. */
  amendKeepMs: number;
  /** How soon a picture that could not be drawn, or a change that the chat refused, is tried again at the earliest. */
  drawAgainMs: number;
  /** How long a picture waits for the note that it is to come with. */
  noteWaitMs: number;
  /** How long after a bark the message is told what came. */
  sinceMs: number;
}

const hours = (...each: number[]) => each.map((hour) => hour * 3_600_000);

export const COURIER_LIMITS: CourierLimits = {
  mergeMax: 10,
  waitInPlaceMs: 250,
  horizonMs: 2_000,
  pausedRecheckMs: { hi: 15_000, lo: 5 * 60_000 },
  pausedKeepMs: { hi: 15 * 60_000, lo: 48 * 3_600_000 },
  tryAfterMs: [60_000, 10 * 60_000, ...hours(1, 6, 6, 6, 6, 6, 6, 6)],
  outageRestMs: 30_000,
  resendAfterMs: 1_000,
  resendAtMostMs: 60_000,
  resendMax: 6,
  takeoverMs: 10_000,
  sweepMs: 5_000,
  lockMs: 8_000,
  stalledCheckMs: 3_000,
  closeMs: 8_000,
  joinWithinMs: 5 * 60_000,
  joinAtMostMs: 15 * 60_000,
  amendKeepMs: 10 * 60_000,
  drawAgainMs: 2_000,
  noteWaitMs: 20_000,
  sinceMs: 3_600_000,
};
