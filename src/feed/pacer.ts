import { delay } from '../kit/duration.ts';

/** Lets callers pass one by one, at least `spacingMs` apart. */
export class Pacer {
  readonly #spacingMs: number;
  #next = 0;

  constructor(spacingMs: number) {
    this.#spacingMs = spacingMs;
  }

  /** Resolves when it is the caller's turn; rejects as soon as the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#spacingMs;
    if (at > now) await delay(at - now, signal);
    signal.throwIfAborted();
  }
}

/** Full jitter: anything from 0 to `base × 2^attempt`, at most `cap`; ms. */
export function backoffMs(attempt: number, base: number, cap: number, random = Math.random): number {
  return random() * Math.min(cap, base * 2 ** Math.min(attempt, 30));
}
