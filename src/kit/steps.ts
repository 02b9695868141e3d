import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that pauses between its steps, so that its caller decides how long it may run at a stretch. */
export type Steps<T> = Generator<undefined, T>;

/** Runs work at once, to its end. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Runs work in slices of about `sliceMs` (and at least one step), letting the event loop turn between them. */
export async function inSlices<T>(steps: Steps<T>, sliceMs = 8): Promise<T> {
  for (;;) {
    const until = performance.now() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < until);
    await nextTurn();
  }
}
