import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { shardOf } from '../store/keys.ts';
import type { Snapshots } from '../store/snapshots.ts';
import type { Pipeline } from './pipeline.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import { packSnapshot, type Snapshot, unpackSnapshot } from './snapshots-format.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

/** How often it is looked whether a symbol is due. */
const LOOK_MS = 250;
/** Symbols saved at one look: a whole market must not stop the trades for longer than a few ms. */
const AT_ONCE = 8;

/** Saves windows with the cursor of the same moment, so that the shard's next owner goes on exactly there. */
export interface SnapshotKeeper {
  /** What is to be kept now of each symbol of a shard that is whole; synchronous, so that no trade comes between. */
  capture(shard: number): Map<string, Snapshot>;
  /** Keeps it; throws what the store throws. */
  save(shard: number, epoch: number, captured: ReadonlyMap<string, Snapshot>): Promise<void>;
  /** What was kept of a symbol; undefined when there is nothing whole. Throws what the store throws. */
  load(symbol: string): Promise<Snapshot | undefined>;
  begin(): void;
  stop(): Promise<void>;
}

export function createSnapshotKeeper(options: {
  snapshots: Snapshots;
  pipeline: Pipeline;
  shards: Shards;
  book: RuleBook;
  /** Live trades of the symbol arrive, or would. */
  hears: (symbol: string) => boolean;
  timings: FeedTimings;
  log: Log;
}): SnapshotKeeper {
  const { snapshots, pipeline, shards, book, hears, timings, log } = options;
  /** Monotonic ms at which a symbol is saved next; one that just got warm at once. */
  const due = new WeakMap<SymbolWatch, number>();
  /**
   * Saved before their first trade: whoever went on from there would not know which trades it missed. They are saved again
   * as soon as one has come.
   */
  const tradeless = new WeakSet<SymbolWatch>();
  let loop: Loop | undefined;

  const hasTrade = ({ state }: SymbolWatch) => state.lastTradeId !== undefined;

  /** Up to its newest event nothing of the symbol is missing. */
  function isWhole(watch: SymbolWatch): boolean {
    return watch.warm && !watch.gapped && hears(watch.symbol);
  }

  function snapshotOf({ state, symbol }: SymbolWatch): Snapshot {
    return { state: state.save(), cursor: book.engine.cursor(symbol) };
  }

  async function save(shard: number, epoch: number, captured: ReadonlyMap<string, Snapshot>): Promise<void> {
    const packed = await Promise.all(
      [...captured].map(async ([symbol, snapshot]) => [symbol, await packSnapshot(snapshot)] as const),
    );
    await snapshots.save(shard, epoch, new Map(packed));
  }

  async function saveDue(): Promise<void> {
    const now = performance.now();
    const ready: SymbolWatch[] = [];
    for (const watch of pipeline.watches.values()) {
      if (ready.length === AT_ONCE) break;
      const isDue = now >= (due.get(watch) ?? 0) || (tradeless.has(watch) && hasTrade(watch));
      if (!isDue || !isWhole(watch)) continue;
      // What is saved must be durable for the rules too, or the next owner would begin after a transition that was lost.
      if (shards.writerOf(watch.symbol)?.waiting === 0) ready.push(watch);
    }
    await Promise.all(
      ready.map(async (watch) => {
        const epoch = shards.epochOf(watch.symbol);
        if (epoch === undefined) return;
        due.set(watch, now + timings.snapshotEveryMs);
        if (hasTrade(watch)) tradeless.delete(watch);
        else tradeless.add(watch);
        await save(shardOf(watch.symbol), epoch, new Map([[watch.symbol, snapshotOf(watch)]]));
      }),
    );
  }

  return {
    capture(shard) {
      const own = [...pipeline.watches.values()].filter(
        (watch) => shardOf(watch.symbol) === shard && isWhole(watch),
      );
      return new Map(own.map((watch) => [watch.symbol, snapshotOf(watch)]));
    },
    save,
    async load(symbol) {
      const packed = await snapshots.load(shardOf(symbol), symbol);
      const snapshot = packed && (await unpackSnapshot(packed));
      if (packed && !snapshot) log.warn({ symbol }, 'saved windows cannot be read; they are built anew');
      return snapshot;
    },
    begin() {
      loop = startLoop('snapshots', LOOK_MS, saveDue, log);
    },
    async stop() {
      await loop?.stop();
    },
  };
}
