import { delay } from './duration.ts';
import { describeError } from './errors.ts';
import type { Log } from './log.ts';

/** A supervised background loop: it survives every error of its step and ends when `stop` resolves. */
export interface Loop {
  /** Aborts the wait, lets a running step finish, resolves when the loop has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `step` again and again, `everyMs` apart (counted from the end of a step), until stopped.
 * An error is logged and costs one pause; the loop never dies quietly.
 */
export function startLoop(
  name: string,
  everyMs: number,
  step: (signal: AbortSignal) => Promise<void> | void,
  log: Log,
): Loop {
  const controller = new AbortController();
  const { signal } = controller;
  const running = (async () => {
    while (!signal.aborted) {
      try {
        await step(signal);
      } catch (error) {
        if (!signal.aborted) log.error({ loop: name, error: describeError(error) }, 'loop step failed');
      }
      await delay(everyMs, signal).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      controller.abort(new Error('stopped'));
      await running;
    },
  };
}
