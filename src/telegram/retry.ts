import type { Transformer } from 'grammy';
import { delay } from '../kit/duration.ts';

/** A person who asked waits no longer than this for his answer, s. */
const LONGEST_WAIT_S = 10;

/**
 * Obeys a 429 once: waits as long as Telegram says, if that is short, and calls again. Nothing else is repeated here: a
 * call whose answer was lost may have been carried out.
 */
export function retryFlooded(signal: AbortSignal): Transformer {
  return async (call, method, payload, abort) => {
    const answer = await call(method, payload, abort);
    if (answer.ok || answer.error_code !== 429) return answer;
    const seconds = answer.parameters?.retry_after ?? 1;
    if (seconds > LONGEST_WAIT_S) return answer;
    await delay(seconds * 1_000, signal);
    return await call(method, payload, abort);
  };
}
