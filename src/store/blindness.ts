import { z } from 'zod';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';

const kept = z.object({ since: z.number(), told: z.boolean().default(false) });
/** Since when the feed is blind (wall clock, Unix ms), and whether chats know. */
export type Blindness = z.infer<typeof kept>;

/** When no market data came: the blindness of now, and those of the last days. */
export interface BlindnessLog {
  now(): Promise<Blindness | undefined>;
  write(blindness: Blindness): Promise<void>;
  /** The feed sees the market now, Unix ms. */
  saw(at: number): Promise<void>;
  /** When it was last known to see. */
  lastSeen(): Promise<number | undefined>;
  /** The blindness of now is over. */
  end(blindness: Blindness, until: number): Promise<void>;
  /** For how long of a span (Unix ms) there was no market data, ms; the span is over, and at most three days ago. */
  within(from: number, to: number): Promise<number>;
}

const KEPT_MS = 3 * 86_400_000;

/** Blindness in Redis: one value for now, and a sorted set of the spans that are over. */
export function createBlindnessLog(store: Store): BlindnessLog {
  const now = async () => {
    const text = await store.get(keys.feedBlind);
    const parsed = text === null ? undefined : kept.safeParse(JSON.parse(text));
    return parsed?.success ? parsed.data : undefined;
  };
  return {
    now,
    async write(blindness) {
      await store.set(keys.feedBlind, JSON.stringify(blindness));
    },
    async saw(at) {
      await store.set(keys.feedSeen, at);
    },
    async lastSeen() {
      const at = await store.get(keys.feedSeen);
      return at === null ? undefined : Number(at);
    },
    async end({ since }, until) {
      // Remembered first: a crash in between ends it once more, which changes the same member.
      await store.zadd(keys.feedBlindLog, 'LT', until, String(since));
      await store.zremrangebyscore(keys.feedBlindLog, '-inf', until - KEPT_MS);
      await store.del(keys.feedBlind);
    },
    async within(from, to) {
      const flat = await store.zrangebyscore(keys.feedBlindLog, from, '+inf', 'WITHSCORES');
      const current = await now();
      const spans = current ? [[current.since, Number.POSITIVE_INFINITY] as const] : [];
      for (let i = 0; i + 1 < flat.length; i += 2) spans.push([Number(flat[i]), Number(flat[i + 1])]);
      return spans.reduce(
        (sum, [since, until]) => sum + Math.max(0, Math.min(until, to) - Math.max(since, from)),
        0,
      );
    },
  };
}
