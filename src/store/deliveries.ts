import { z } from 'zod';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';
import { TOLD_FORMS } from './told.ts';

const delivery = z.object({
  state: z.enum(['sending', 'sent', 'rejected', 'withheld', 'unknown']),
  chat: z.string(),
  attempt: z.number(),
  /** Wall clock of the last change, Unix ms. */
  at: z.number(),
  messageId: z.string().optional(),
  reason: z.string().optional(),
  /** Of a message that was sent: how it tells what it tells, and whether it says that it may be a repeat. */
  form: z.enum(TOLD_FORMS).optional(),
  marked: z.boolean().optional(),
});
/** What became of a batch. `withheld`: the chat wanted peace, or the rule was `removed`; `unknown`: perhaps it was delivered. */
export type Delivery = z.infer<typeof delivery>;

const toldIn = z.object({ chat: z.string(), batch: z.string(), messageId: z.string().optional() });
/** Where an event was told. */
export type ToldIn = z.infer<typeof toldIn>;

const KEPT_SECONDS = 48 * 3600;

/** The ledger of sends: batch → outcome and event → message, each for 48 h. */
export interface Deliveries {
  write(batchId: string, entry: Delivery): Promise<void>;
  /** Remembers in which message these events were told. */
  remember(eventIds: readonly string[], where: ToldIn): Promise<void>;
  get(batchId: string): Promise<Delivery | undefined>;
  /** Where an event was told, if it was within 48 h. */
  ofEvent(eventId: string): Promise<ToldIn | undefined>;
}

/** The ledger over a store; every entry is a key of its own, so that a cluster may keep them anywhere. */
export function createDeliveries(store: Store): Deliveries {
  return {
    async write(batchId, entry) {
      await store.set(keys.delivery(batchId), JSON.stringify(entry), 'EX', KEPT_SECONDS);
    },
    async remember(eventIds, where) {
      const value = JSON.stringify(where);
      await Promise.all(eventIds.map((id) => store.set(keys.event(id), value, 'EX', KEPT_SECONDS)));
    },
    async get(batchId) {
      return parse(delivery, await store.get(keys.delivery(batchId)));
    },
    async ofEvent(eventId) {
      return parse(toldIn, await store.get(keys.event(eventId)));
    },
  };
}

function parse<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  return text === null ? undefined : schema.parse(JSON.parse(text));
}
