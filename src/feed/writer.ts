import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Commits, Transition } from '../store/commits.ts';

/** What one script of the store takes: events of a symbol are put together up to this. */
const MAX_TOGETHER = 200;
/** Without a commit getting through for so long the store counts as taking nothing, ms. */
const STALLED_MS = 5_000;
const RETRY_MS = 250;
const MAX_RETRY_MS = 2_000;
/** How often a writer whose lease is in doubt looks again. */
const LEASE_LOOK_MS = 50;

interface Entry {
  symbol: string;
  cursor: string;
  transitions: readonly Transition[];
  /** Trades that are missing, or (undefined) that are settled; written with these transitions, all or none. */
  arrear?: { id: string; packed: Promise<Buffer> | undefined };
}

/** Events of one symbol that are written together. */
class Batch {
  readonly symbol: string;
  cursor: string;
  /** What brings something into the outbox. */
  readonly #firings: Transition[] = [];
  /** The newest state of each instance that has changed without firing since its last firing. */
  readonly #states = new Map<string, Transition>();
  readonly #arrears = new Map<string, Promise<Buffer> | undefined>();

  constructor(entry: Entry) {
    this.symbol = entry.symbol;
    this.cursor = entry.cursor;
    this.add(entry);
  }

  get size(): number {
    return this.#firings.length + this.#states.size + this.#arrears.size;
  }

  /** What more may be put together with it. */
  get room(): number {
    return this.#arrears.size > 0 ? Number.POSITIVE_INFINITY : MAX_TOGETHER - this.size;
  }

  add({ cursor, transitions, arrear }: Entry): void {
    this.cursor = cursor;
    if (arrear) this.#arrears.set(arrear.id, arrear.packed);
    for (const transition of transitions) {
      this.#states.delete(transition.instance);
      if (transition.fired || transition.eased) this.#firings.push(transition);
      else this.#states.set(transition.instance, transition);
    }
  }

  get transitions(): Transition[] {
    return [...this.#firings, ...this.#states.values()];
  }

  /** Undefined while there are none: nothing has to be waited for. */
  get arrears(): Promise<ReadonlyMap<string, Buffer | undefined>> | undefined {
    if (this.#arrears.size === 0) return undefined;
    const packed = [...this.#arrears].map(async ([id, bytes]) => [id, await bytes] as const);
    return Promise.all(packed).then((entries) => new Map(entries));
  }
}

/** What all writers share. */
export interface WriterDeps {
  commits: Pick<Commits, 'commit'>;
  log: Log;
  signal: AbortSignal;
  /** The shard's lease is surely ours; while it is not, everything waits. */
  mayWrite(): boolean;
  /** Notices of this shard wait in the outbox. */
  onCommitted(shard: number, notices: number): void;
  /** A newer epoch owns the shard. */
  onLost(shard: number): void;
}

/**
 * Makes the transitions of one shard durable in the order in which they happened. A tick never waits for it: what cannot
 * be written yet is kept and tried again. Meanwhile an instance takes the room of its newest state and of each of its
 * firings, none of which is ever given up.
 */
export class ShardWriter {
  readonly #shard: number;
  readonly #deps: WriterDeps;
  readonly #epoch: number;
  #queue: Batch[] = [];
  /** The batch of each symbol that may still grow: the one on its way may not. */
  readonly #open = new Map<string, Batch>();
  #waiting = 0;
  #progressAt = 0;
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #dropped = false;

  constructor(shard: number, epoch: number, deps: WriterDeps) {
    this.#shard = shard;
    this.#epoch = epoch;
    this.#deps = deps;
  }

  /** Transitions not yet durable. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Something waits, and nothing has got through for seconds. */
  get stalled(): boolean {
    return this.#waiting > 0 && performance.now() - this.#progressAt > STALLED_MS;
  }

  /** Queues the transitions of one market event with the engine's cursor after it. */
  push(entry: Entry): void {
    if (this.#dropped) return;
    const open = this.#open.get(entry.symbol);
    if (open && entry.transitions.length <= open.room) {
      const before = open.size;
      open.add(entry);
      this.#waiting += open.size - before;
    } else {
      const batch = new Batch(entry);
      this.#open.set(entry.symbol, batch);
      this.#queue.push(batch);
      this.#waiting += batch.size;
    }
    if (!this.#active) {
      this.#progressAt = performance.now();
      this.#active = true;
      this.#running = this.#run();
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
    this.#open.clear();
    this.#waiting = 0;
  }

  async #run(): Promise<void> {
    const { commits, log, signal, mayWrite, onCommitted, onLost } = this.#deps;
    let pause = RETRY_MS;
    for (;;) {
      const batch = this.#queue[0];
      if (batch === undefined || signal.aborted) break;
      if (!mayWrite()) {
        await delay(LEASE_LOOK_MS, signal).catch(() => undefined);
        continue;
      }
      // Until they are packed the batch still grows.
      const packing = batch.arrears;
      const arrears = packing && (await packing);
      if (this.#queue[0] !== batch) continue;
      const { symbol, cursor, transitions, size } = batch;
      if (this.#open.get(symbol) === batch) this.#open.delete(symbol);
      try {
        const result = await commits.commit(this.#shard, this.#epoch, symbol, cursor, transitions, arrears);
        if (result === 'lost') {
          this.drop();
          onLost(this.#shard);
          break;
        }
        pause = RETRY_MS;
        this.#progressAt = performance.now();
        // It may have been dropped while it was being written.
        if (this.#queue[0] === batch) {
          this.#queue.shift();
          this.#waiting -= size;
        }
        if (result > 0 || transitions.some(({ eased }) => eased)) onCommitted(this.#shard, result);
      } catch (error) {
        log.error({ shard: this.#shard, error: describeError(error) }, 'alert state cannot be written yet');
        await delay(pause, signal).catch(() => undefined);
        pause = Math.min(pause * 2, MAX_RETRY_MS);
      }
    }
    this.#active = false;
  }
}
