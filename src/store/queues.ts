import type { Job } from 'bullmq';
import { z } from 'zod';
import { DIRECTIONS, RULE_KINDS } from '../alerts/rule.ts';
import { WINDOWS } from '../market/brief.ts';

/** Names and payloads of the BullMQ queues. Payloads hold ids only: job data is clear text in Redis. */
export const QUEUES = { analysis: 'analysis', courier: 'courier', clerk: 'clerk', note: 'note' } as const;

/** One analysis to make. */
export const analysisJob = z.object({
  v: z.literal(1),
  analysisId: z.string(),
  symbol: z.string(),
  locale: z.enum(['en', 'ko', 'zh', 'ja']),
  /** Who pays: a chat's uid, or `bot` for scheduled ones. */
  payer: z.string(),
  /** The asking chat belongs to an operator, who may use the reserved fifth. */
  operator: z.boolean(),
  trigger: z.enum(['interactive', 'scheduled', '50trades']),
  /** Unix ms after which nobody waits any more. */
  deadlineAt: z.number(),
});
export type AnalysisJob = z.infer<typeof analysisJob>;

/** Wake-up: something waits in this chat's mailbox. `slot` is the send time already granted by the limiter, Redis ms. */
export const courierJob = z.object({ v: z.literal(1), chat: z.string(), slot: z.number().optional() });
export type CourierJob = z.infer<typeof courierJob>;

/** Lets a delayed job run now; nothing happens to one that is not delayed (any more). */
export async function promote(job: Job): Promise<void> {
  await job.promote().catch((error: unknown) => {
    // BullMQ has no class for it: "Job … is not in the delayed state", "Missing key for job …".
    if (!(error instanceof Error && /delayed state|missing key/i.test(error.message))) throw error;
  });
}

/** What a chat may have done for it every day at a time of its zone. */
export const DAILY_TASKS = ['cost', 'report', 'morning'] as const;
export type DailyTask = (typeof DAILY_TASKS)[number];

/**
 * Clock work: a chat's daily work, the end of its mute (`until`, Unix ms), its letter on Sunday, the look for chats whose letter
 * is due soon, or the scheduled analysis of a symbol.
 */
export const clerkJob = z.discriminatedUnion('task', [
  z.object({ v: z.literal(1), task: z.enum(DAILY_TASKS), chat: z.string() }),
  z.object({ v: z.literal(1), task: z.literal('unmute'), chat: z.string(), until: z.number() }),
  z.object({ v: z.literal(1), task: z.literal('letter'), chat: z.string() }),
  z.object({ v: z.literal(1), task: z.literal('letters') }),
  z.object({ v: z.literal(1), task: z.literal('analysis'), symbol: z.string() }),
]);
export type ClerkJob = z.infer<typeof clerkJob>;

/** A note to be made on an event that chats were told of; who waits for it is with the group. */
export const noteJob = z.object({
  v: z.literal(1),
  /** Of those who share it. */
  group: z.string(),
  symbol: z.string(),
  kind: z.enum(RULE_KINDS),
  direction: z.enum(DIRECTIONS),
  window: z.enum(WINDOWS),
  /** The metric's value in the kind's unit; absent of a rule in deviations. */
  value: z.number().optional(),
  /** Market time of the event, Unix ms. */
  time: z.number(),
  /** Unix ms after which nobody waits any more. */
  deadlineAt: z.number(),
});
export type NoteJob = z.infer<typeof noteJob>;
