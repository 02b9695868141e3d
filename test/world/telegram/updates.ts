import { Refusal } from './html.ts';

/** One waiting getUpdates. */
interface Poll {
  answer(updates: Update[]): void;
  refuse(refusal: Refusal): void;
  allowed: readonly string[] | undefined;
  limit: number;
}

export type Update = { update_id: number } & Record<string, unknown>;

/** Telegram's queue of updates with its rules of offset and of one poll at a time. */
export class UpdateQueue {
  readonly #waiting: Update[] = [];
  #poll: Poll | undefined;
  #nextId = 1_000;

  /** Queues an update under the next id, or under a given one once more. */
  push(update: Record<string, unknown>, id = this.#nextId++): Update {
    const whole = { update_id: id, ...update };
    this.#waiting.push(whole);
    this.#serve();
    return whole;
  }

  /** Holds a poll open until there is something or `timeout` seconds are over; the older of two polls is ended with 409. */
  poll(options: {
    offset: number;
    limit: number;
    timeout: number;
    allowed: readonly string[] | undefined;
    closed: AbortSignal;
  }): Promise<Update[]> {
    this.end();
    while ((this.#waiting[0]?.update_id ?? Number.POSITIVE_INFINITY) < options.offset) this.#waiting.shift();
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        if (this.#poll === poll) this.#poll = undefined;
      };
      const poll: Poll = {
        answer(updates) {
          done();
          resolve(updates);
        },
        refuse(refusal) {
          done();
          reject(refusal);
        },
        allowed: options.allowed,
        limit: options.limit,
      };
      const timer = setTimeout(() => poll.answer([]), options.timeout * 1_000);
      this.#poll = poll;
      options.closed.addEventListener('abort', () => poll.answer([]));
      this.#serve();
    });
  }

  /** Another program polls with the same token. */
  end(): void {
    this.#poll?.refuse(
      new Refusal(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      ),
    );
  }

  /** What is queued, taken out (for a webhook). */
  take(): Update[] {
    return this.#waiting.splice(0);
  }

  get isPolled(): boolean {
    return this.#poll !== undefined;
  }

  #serve(): void {
    const poll = this.#poll;
    if (!poll) return;
    const { allowed } = poll;
    const wanted = this.#waiting.filter(
      (update) => !allowed || Object.keys(update).some((key) => allowed.includes(key)),
    );
    if (wanted.length > 0) poll.answer(wanted.slice(0, poll.limit));
  }
}
