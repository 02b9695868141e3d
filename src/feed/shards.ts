import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { SHARDS, shardOf } from '../store/keys.ts';
import type { Leases } from '../store/leases.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { RuleBook } from './rule-book.ts';
import type { FeedTimings } from './timings.ts';
import { ShardWriter, type WriterDeps } from './writer.ts';

/** The shards this feed owns. */
export interface Shards {
  /** Starts to take leases. */
  begin(): void;
  /** All shards are ours and their rules are loaded. */
  readonly complete: boolean;
  readonly missing: number;
  /** The writer of the symbol's shard; undefined while another feed owns it. */
  writerOf(symbol: string): ShardWriter | undefined;
  owned(): number[];
  /** Transitions that wait to be made durable; `stalled`: the store has taken none for seconds. */
  backlog(): { waiting: number; stalled: boolean };
  /** For the command reader: shard → stream id after which it is to be read. */
  readonly commandsFrom: ReadonlyMap<number, string>;
  /** The commands of a shard have been taken in up to this id. */
  commandsReadTo(shard: number, streamId: string): void;
  /** Resolves when all that is decided is durable, or `drainMs` have passed; then the leases are given back. */
  stop(): Promise<void>;
}

/**
 * Takes every shard's lease and renews it, loads rules, states and cursors of each shard it gets, and drops those it
 * loses. A predecessor that crashed holds its leases until they expire, so it keeps trying.
 */
export function createShards(options: {
  leases: Leases;
  rules: RulesRepository;
  book: RuleBook;
  owner: string;
  timings: FeedTimings;
  log: Log;
  writing: Omit<WriterDeps, 'onLost' | 'signal'>;
}): Shards {
  const { leases, rules, book, owner, timings, log, writing } = options;
  const held = new Map<number, ShardWriter>();
  const commandsFrom = new Map<number, string>();
  const giveUp = new AbortController();
  let told = false;
  let loop: Loop | undefined;

  function lose(shard: number): void {
    const lost = held.get(shard);
    if (!lost) return;
    log.warn({ shard }, 'shard is owned by another feed now');
    lost.drop();
    held.delete(shard);
    commandsFrom.delete(shard);
    book.dropShard(shard);
  }

  async function take(shard: number, epoch: number): Promise<void> {
    const before = held.get(shard);
    if (before) {
      // Our own lease ran out and came back. What was decided under it still counts (the episodes are checked), and
      // then the store is the truth again.
      before.adopt(epoch);
      await before.idle();
      held.delete(shard);
      book.dropShard(shard);
    }
    const loaded = await rules.loadShard(shard);
    for (const ruleId of loaded.unreadable) log.error({ shard, rule: ruleId }, 'stored rule cannot be read');
    for (const rule of loaded.rules) {
      if (shardOf(rule.symbol) === shard) book.add(rule, loaded.instances.get(`${rule.id}:${rule.symbol}`));
    }
    for (const [symbol, cursor] of loaded.cursors) book.restore(symbol, cursor);
    commandsFrom.set(shard, loaded.commandsFrom);
    const writer = new ShardWriter(shard, epoch, { ...writing, onLost: lose, signal: giveUp.signal });
    held.set(shard, writer);
  }

  async function renew(shard: number): Promise<void> {
    const epoch = await leases.acquire(shard, owner, timings.leaseTtlMs);
    if (epoch === undefined) lose(shard);
    else if (held.get(shard)?.epoch !== epoch) await take(shard, epoch);
  }

  async function renewAll(): Promise<void> {
    const results = await Promise.allSettled(Array.from({ length: SHARDS }, (_, shard) => renew(shard)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const missing = SHARDS - held.size;
    if (missing > 0 && !told) log.warn({ missing }, 'another feed holds leases; taking over as they expire');
    else if (missing === 0 && told) log.info('all shards are ours');
    told = missing > 0;
  }

  return {
    begin() {
      loop = startLoop('shard leases', timings.leaseEveryMs, renewAll, log);
    },
    get complete() {
      return held.size === SHARDS;
    },
    get missing() {
      return SHARDS - held.size;
    },
    writerOf: (symbol) => held.get(shardOf(symbol)),
    owned: () => [...held.keys()],
    backlog() {
      const writers = [...held.values()];
      return {
        waiting: writers.reduce((sum, writer) => sum + writer.waiting, 0),
        stalled: writers.some((writer) => writer.stalled),
      };
    },
    commandsFrom,
    commandsReadTo(shard, streamId) {
      if (commandsFrom.has(shard)) commandsFrom.set(shard, streamId);
    },
    async stop() {
      // A little before the feed as a whole gives up, so that the leases can still be given back.
      const patience = setTimeout(() => giveUp.abort(new Error('stopped')), timings.drainMs * 0.8);
      await Promise.all([...held.values()].map((writer) => writer.idle()));
      clearTimeout(patience);
      await loop?.stop();
      const left = [...held.values()].reduce((sum, writer) => sum + writer.waiting, 0);
      if (left > 0) log.error({ transitions: left }, 'stopped before all alert state was written');
      const releases = [...held].map(([shard, writer]) => leases.release(shard, owner, writer.epoch));
      for (const result of await Promise.allSettled(releases)) {
        if (result.status === 'rejected') {
          log.warn({ error: describeError(result.reason) }, 'a lease could not be given back; it expires');
          break;
        }
      }
    },
  };
}
