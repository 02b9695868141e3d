import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';

/** Answers that come so quickly are exact enough, ms; of others the quickest of so many counts. */
const QUICK_MS = 20;
const MOST = 5;
const PAUSE_MS = 200;

/**
 * The exchange's clock minus ours, ms, by half the time that an answer took. That is wrong by as much at most: of several
 * answers the quickest tells, since one alone may have waited, here or on its way, for seconds. `ask` calls `sent` when the
 * question goes out and returns the exchange's time, Unix ms; what it throws is thrown.
 */
export async function measureClockOffset(
  clock: Clock,
  ask: (sent: () => void) => Promise<number>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let offset = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let asked = 0; asked < MOST && least > QUICK_MS; asked++) {
    if (asked > 0) await delay(PAUSE_MS, signal);
    let sentAt = clock.now();
    const there = await ask(() => {
      sentAt = clock.now();
    });
    const here = clock.now();
    if (here - sentAt >= least) continue;
    least = here - sentAt;
    offset = there - (sentAt + here) / 2;
  }
  return offset;
}
