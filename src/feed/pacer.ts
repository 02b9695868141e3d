import { delay } from '../kit/duration.ts';

/** Beyond a burst of so many callers one more passes every so often, ms. */
export interface Sustained {
  burst: number;
  everyMs: number;
}

/**
 * Lets callers pass one by one, at least `spacingMs` apart, and in the long run no faster than `sustained`: a bucket of
 * `burst` tokens that gets a new one each `everyMs` (kept as the one time at which it would be full again).
 */
export class Pacer {
  readonly #spacingMs: number;
  readonly #sustained: Sustained;
  #next = 0;
  #full = 0;

  constructor(spacingMs: number, sustained: Sustained = { burst: 1, everyMs: 0 }) {
    this.#spacingMs = spacingMs;
    this.#sustained = sustained;
  }

  /** Resolves when it is the caller's turn; rejects as soon as the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const { burst, everyMs } = this.#sustained;
    const now = performance.now();
    const at = Math.max(now, this.#next, this.#full - (burst - 1) * everyMs);
    this.#next = at + this.#spacingMs;
    this.#full = Math.max(at, this.#full) + everyMs;
    if (at > now) await delay(at - now, signal);
    signal.throwIfAborted();
  }
}

/** Full jitter: anything from 0 to `base × 2^attempt`, at most `cap`; ms. */
export function backoffMs(attempt: number, base: number, cap: number, random = Math.random): number {
  return random() * Math.min(cap, base * 2 ** Math.min(attempt, 30));
}
