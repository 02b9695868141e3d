import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Commits, Transition } from '../store/commits.ts';

/** Transitions that may wait while the store does not take them; beyond it the oldest are given up, and counted. */
const MAX_WAITING = 10_000;
/** Without a commit getting through for so long the store counts as not taking them, ms. */
const STALLED_MS = 5_000;
const RETRY_MS = 250;
const MAX_RETRY_MS = 2_000;

interface Entry {
  symbol: string;
  cursor: string;
  transitions: readonly Transition[];
}

/** What all writers share. */
export interface WriterDeps {
  commits: Commits;
  log: Log;
  signal: AbortSignal;
  /** Notices of this shard wait in the outbox. */
  onCommitted(shard: number, notices: number): void;
  /** A newer epoch owns the shard. */
  onLost(shard: number): void;
}

/**
 * Makes the transitions of one shard durable in the order in which they happened. A tick never waits for it: what cannot
 * be written yet is kept and tried again.
 */
export class ShardWriter {
  readonly #shard: number;
  readonly #deps: WriterDeps;
  #epoch: number;
  #queue: Entry[] = [];
  #waiting = 0;
  #progressAt = 0;
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #dropped = false;
  /** Transitions given up. */
  lost = 0;

  constructor(shard: number, epoch: number, deps: WriterDeps) {
    this.#shard = shard;
    this.#epoch = epoch;
    this.#deps = deps;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Goes on under a newer epoch of the same owner. */
  adopt(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Transitions not yet durable. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Queues the transitions of one market event with the engine's cursor after it. */
  push(entry: Entry): void {
    if (this.#dropped) return;
    this.#queue.push(entry);
    this.#waiting += entry.transitions.length;
    if (!this.#active) {
      this.#progressAt = performance.now();
      this.#active = true;
      this.#running = this.#run();
    } else if (this.#waiting > MAX_WAITING && performance.now() - this.#progressAt > STALLED_MS) {
      this.#giveUpOldest();
    }
  }

  /** Resolves when everything queued so far and meanwhile is durable or given up. */
  idle(): Promise<void> {
    return this.#running;
  }

  /** The shard is another's: what waits must not be written any more. */
  drop(): void {
    this.#dropped = true;
    this.#queue = [];
    this.#waiting = 0;
  }

  async #run(): Promise<void> {
    const { commits, log, signal, onCommitted, onLost } = this.#deps;
    let pause = RETRY_MS;
    for (;;) {
      const entry = this.#queue[0];
      if (entry === undefined || signal.aborted) break;
      try {
        const { symbol, cursor, transitions } = entry;
        const result = await commits.commit(this.#shard, this.#epoch, symbol, cursor, transitions);
        if (result === 'lost') {
          this.drop();
          onLost(this.#shard);
          break;
        }
        pause = RETRY_MS;
        this.#progressAt = performance.now();
        // It may have been given up or dropped while it was being written.
        if (this.#queue[0] === entry) {
          this.#queue.shift();
          this.#waiting -= transitions.length;
        }
        if (result > 0) onCommitted(this.#shard, result);
      } catch (error) {
        log.error({ shard: this.#shard, error: describeError(error) }, 'alert state cannot be written yet');
        await delay(pause, signal).catch(() => undefined);
        pause = Math.min(pause * 2, MAX_RETRY_MS);
      }
    }
    this.#active = false;
  }

  #giveUpOldest(): void {
    // The first entry may be on its way at this moment; whether it arrived is not known, so it stays.
    const [given] = this.#queue.splice(1, 1);
    if (!given) return;
    this.#waiting -= given.transitions.length;
    this.lost += given.transitions.length;
    this.#deps.log.error(
      { shard: this.#shard, lost: this.lost },
      'the store takes nothing: alert state is lost',
    );
  }
}
