import type { FakeChannel } from './model.ts';

/** Discord's documentation, "Rate Limits": requests a second of one bot. */
const GLOBAL_PER_SECOND = 50;

/** A call over a limit: the headers of its 429. */
export class Limited extends Error {
  readonly headers: Record<string, string>;

  constructor(headers: Record<string, string>) {
    super('rate limited');
    this.headers = headers;
  }

  get isGlobal(): boolean {
    return this.headers['x-ratelimit-global'] === 'true';
  }

  get seconds(): number {
    return Number(this.headers['retry-after']);
  }
}

/** The limits of one bot: messages per channel and window, and calls in all. */
export function createLimits({ limit, windowMs }: { limit: number; windowMs: number }) {
  const windows = new Map<string, { start: number; used: number }>();
  /** When the bot's calls of the last second came. */
  const recent: number[] = [];

  return {
    /** Counts a message; the headers that say what is left. Throws Limited. */
    takeSlot(channel: FakeChannel): Record<string, string> {
      const now = performance.now();
      const old = windows.get(channel.id);
      const window = old !== undefined && now - old.start < windowMs ? old : { start: now, used: 0 };
      windows.set(channel.id, window);
      const resetAfter = ((window.start + windowMs - now) / 1000).toFixed(3);
      window.used += 1;
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, limit - window.used)),
        'x-ratelimit-reset-after': resetAfter,
        'x-ratelimit-bucket': 'channel-messages',
      };
      if (window.used <= limit) return headers;
      throw new Limited({ ...headers, 'retry-after': resetAfter, 'x-ratelimit-scope': 'user' });
    },

    /** The limit of the whole bot; what goes by an interaction's token is not under it. */
    takeGlobalSlot(): void {
      const now = performance.now();
      while ((recent[0] ?? now) <= now - 1_000) recent.shift();
      if (recent.length >= GLOBAL_PER_SECOND) {
        const seconds = ((Number(recent[0]) + 1_000 - now) / 1000).toFixed(3);
        throw new Limited({
          'retry-after': seconds,
          'x-ratelimit-global': 'true',
          'x-ratelimit-scope': 'global',
        });
      }
      recent.push(now);
    },
  };
}
