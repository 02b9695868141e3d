import { type RunnerHandle, run } from '@grammyjs/runner';
import { type Api, GrammyError } from 'grammy';
import type { Update } from 'grammy/types';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { describeCall } from './errors.ts';
import { ALLOWED_UPDATES } from './incoming.ts';
import type { PollerLock } from './lock.ts';

/** Times of long polling, ms (but `pollSeconds`). */
export interface PollTimings {
  /** How long Telegram may hold a poll open, s. */
  pollSeconds: number;
  /** Pause after a poll that failed. */
  retryMs: number;
  /** Pause after Telegram said that another program polls, or that the token is wrong. */
  refusedMs: number;
  lockTtlMs: number;
  /** How long a stop waits for handlers. */
  stopWithinMs: number;
}

export const POLL_TIMINGS: PollTimings = {
  pollSeconds: 30,
  retryMs: 3_000,
  refusedMs: 30_000,
  lockTtlMs: 15_000,
  stopWithinMs: 8_000,
};

export interface Poller {
  /** The last poll went well, or another process polls and this one stands by. */
  isUp(): boolean;
  /** Resolves when polling has ended; never rejects. */
  readonly ended: Promise<void>;
}

/** Polls as long as this process holds the lock, until `signal` aborts; whatever fails is tried again. */
export function startPolling(deps: {
  /** Of its own, with a timeout beyond `pollSeconds`. */
  api: Api;
  handle: (update: unknown) => Promise<void>;
  lock: PollerLock;
  timings: PollTimings;
  signal: AbortSignal;
  log: Log;
}): Poller {
  const { api, handle, lock, timings, signal, log } = deps;
  let state: 'polling' | 'standby' | 'failing' = 'failing';

  function become(next: typeof state, why: string): void {
    if (next === state) return;
    state = next;
    log[next === 'failing' ? 'warn' : 'info']({ state, why }, 'telegram: polling');
  }

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!(await lock.hold())) {
          become('standby', 'another process of this bot polls; this one takes over when it ends');
          await delay(timings.lockTtlMs / 3, signal);
          continue;
        }
        await session();
      } catch (error) {
        if (signal.aborted) break;
        become('failing', whyRefused(error) ?? describeCall(error));
        const pause = whyRefused(error) === undefined ? timings.retryMs : timings.refusedMs;
        await delay(pause, signal).catch(() => undefined);
      }
    }
    await lock.letGo().catch((error) => log.warn({ error: describeError(error) }, 'telegram: lock kept'));
  }

  /** From one take of the lock to its loss, the stop, or a refusal, which it throws. */
  async function session(): Promise<void> {
    const runner = run<Update, unknown>(
      {
        handleUpdate: handle,
        errorHandler: (error) => log.error({ error: describeError(error) }, 'telegram: handler failed'),
        api: { getUpdates },
      },
      {
        runner: {
          fetch: { timeout: timings.pollSeconds, allowed_updates: ALLOWED_UPDATES },
          retryInterval: timings.retryMs,
          silent: true,
        },
      },
    );
    // Held from the first moment: a rejection that nobody holds ends the process.
    const task = (runner.task() ?? Promise.resolve()).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    become('polling', 'connected');
    const over = new AbortController();
    const end = () => over.abort();
    signal.addEventListener('abort', end, { once: true });
    const keeping = keepLock(over.signal).then(end);
    const failure = await Promise.race([task, aborted(over.signal)]);
    end();
    signal.removeEventListener('abort', end);
    await runner.stop();
    await Promise.all([keeping, settle(runner)]);
    if (failure) throw failure.error;
  }

  async function getUpdates(
    args: Parameters<Api['raw']['getUpdates']>[0],
    abort: Parameters<Api['raw']['getUpdates']>[1],
  ): Promise<Update[]> {
    try {
      const updates = await api.raw.getUpdates(args, abort);
      become('polling', 'connected');
      return updates;
    } catch (error) {
      if (!abort?.aborted && whyRefused(error) === undefined) become('failing', describeCall(error));
      throw error;
    }
  }

  /** Renews the lock until `over`; resolves early when it is lost, or may be. */
  async function keepLock(over: AbortSignal): Promise<void> {
    let heldUntil = performance.now() + timings.lockTtlMs;
    while (performance.now() < heldUntil) {
      try {
        await delay(timings.lockTtlMs / 3, over);
        const asked = performance.now();
        if (!(await lock.hold())) break;
        heldUntil = asked + timings.lockTtlMs;
      } catch (error) {
        if (over.aborted) return;
        log.warn({ error: describeError(error) }, 'telegram: the lock could not be renewed');
      }
    }
    log.warn('telegram: the lock was lost; polling pauses');
  }

  /** The library's stop returns at once; what it had handed out is still being worked on. */
  async function settle(runner: RunnerHandle): Promise<void> {
    const deadline = performance.now() + timings.stopWithinMs;
    while (runner.size() > 0 && performance.now() < deadline) await delay(20);
    if (runner.size() > 0) log.warn({ updates: runner.size() }, 'telegram: handlers did not end in time');
  }

  return { isUp: () => state !== 'failing', ended: poll() };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** The two refusals that repeating at once cannot mend, in words for the log. */
function whyRefused(error: unknown): string | undefined {
  if (!(error instanceof GrammyError)) return undefined;
  if (error.error_code === 409) {
    return 'another program polls with this token (409): let only one do so, or give each a bot of its own';
  }
  if (error.error_code === 401 || error.error_code === 404) {
    return 'the token was refused: check TELEGRAM_BOT_TOKEN';
  }
  return undefined;
}
