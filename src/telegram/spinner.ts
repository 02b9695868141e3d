import type { Api } from 'grammy';
import { delay } from '../kit/duration.ts';
import type { Log } from '../kit/log.ts';
import { acknowledge } from './answers.ts';
import { describeCall } from './errors.ts';

/** A press is acknowledged after so long at the latest; a faster answer may still open a window, ms. */
const ACKNOWLEDGE_AFTER_MS = 200;

/** The sign on a pressed button that says that it is waited for. */
export interface Spinner {
  /** To be called when there is an answer, or none will come; true: the sign was ended before, and opens no window any more. */
  claim(): Promise<boolean>;
}

/** Ends the sign on a button by itself unless the answer is there before. Never rejects. */
export function watchSpinner(api: Api, queryId: string, log: Log): Spinner {
  const claimed = new AbortController();
  const ended = delay(ACKNOWLEDGE_AFTER_MS, claimed.signal).then(
    async () => {
      await acknowledge(api, queryId).catch((error) => {
        log.warn({ error: describeCall(error) }, 'telegram: a press was not acknowledged');
      });
      return true;
    },
    () => false,
  );
  return {
    claim() {
      claimed.abort();
      return ended;
    },
  };
}
