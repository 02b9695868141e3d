import type { InstanceState } from '../alerts/rule.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { SHARDS, shardOf } from '../store/keys.ts';
import type { Leases } from '../store/leases.ts';
import type { Member, Members } from '../store/members.ts';
import type { RulesRepository } from '../store/rules.ts';
import { chooseOwner } from './membership.ts';
import type { RuleBook } from './rule-book.ts';
import type { FeedTimings } from './timings.ts';
import { ShardWriter, type WriterDeps } from './writer.ts';

/** The shards this feed owns: its share among the feeds that are alive. */
export interface Shards {
  /** Starts to take leases. */
  begin(): void;
  /** Every shard that should be ours is, with its rules loaded. */
  readonly complete: boolean;
  /** How many that should be ours are still another's. */
  readonly missing: number;
  /** The symbol's shard is ours. */
  holds(symbol: string): boolean;
  /** The writer of the symbol's shard; undefined while another feed owns it. */
  writerOf(symbol: string): ShardWriter | undefined;
  /** Makes an instance's state durable that nobody is told of; nothing while another feed owns the shard. */
  keep(symbol: string, ruleId: string, state: InstanceState): void;
  /** Epoch of the symbol's shard as long as its lease is sure; nothing may be published without. */
  epochOf(symbol: string): number | undefined;
  /** Shards whose lease is sure. */
  owned(): number[];
  /** Transitions that wait to be made durable; `stalled`: the store has taken none for seconds. */
  backlog(): { waiting: number; stalled: boolean };
  /** For the command reader: shard → stream id after which it is to be read. */
  readonly commandsFrom: ReadonlyMap<number, string>;
  /** The commands of a shard have been taken in up to this id. */
  commandsReadTo(shard: number, streamId: string): void;
  /** Hands every shard over; gives up making things durable after most of `drainMs`. */
  stop(): Promise<void>;
}

export interface ShardsOptions {
  leases: Leases;
  members: Members;
  rules: RulesRepository;
  book: RuleBook;
  owner: string;
  /** Market data reaches this feed. */
  sees: () => boolean;
  /**
   * A shard is to be left: its symbols stop at once, before its rules are forgotten. What is returned is done when all
   * that was decided is durable, and before the lease is given back.
   */
  onLeave: (shard: number, epoch: number) => () => Promise<void>;
  /** A shard is another's now: its symbols stop at once. */
  onLost: (shard: number) => void;
  timings: FeedTimings;
  log: Log;
  writing: Pick<WriterDeps, 'commits' | 'log' | 'onCommitted'>;
}

/** A shard of ours. */
interface Holding {
  readonly epoch: number;
  readonly writer: ShardWriter;
  /**
   * Monotonic ms until which the lease is surely ours, counted from before it was asked for. Past it nothing leaves the
   * shard until the store has said that nobody else had it meanwhile.
   */
  until: number;
}

/** Whoever changed a rule so shortly before its shard found a new owner still waits for an answer, ms. */
const ANSWERABLE_MS = 2_000;

/** Stream ids begin with Redis' time in ms; a command that is read twice changes nothing. */
function shortlyBefore(streamId: string): string {
  return `${Math.max(0, Number.parseInt(streamId, 10) - ANSWERABLE_MS)}-0`;
}

const ALL: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);
/** Leases that are still another's are tried so many times as often as ours are renewed. */
const EAGERNESS = 4;

/**
 * Tells the other feeds that this one is alive, takes the leases of its share and renews them, loads rules, states and
 * cursors of each shard it gets, and hands over what another feed should have. A feed that crashed holds its leases until
 * they expire, so it keeps trying.
 */
export function createShards(options: ShardsOptions): Shards {
  const { leases, members, rules, book, owner, sees, onLeave, onLost, timings, log, writing } = options;
  const held = new Map<number, Holding>();
  const commandsFrom = new Map<number, string>();
  /** Hand-overs under way. */
  const leaving = new Map<number, Promise<void>>();
  const giveUp = new AbortController();
  let share: readonly number[] = ALL;
  let alive = '';
  let renewDue = 0;
  let told = false;
  let stopping = false;
  let loop: Loop | undefined;

  function lose(shard: number): void {
    const lost = held.get(shard);
    if (!lost) return;
    log.warn({ shard }, 'shard is owned by another feed now');
    lost.writer.drop();
    held.delete(shard);
    commandsFrom.delete(shard);
    onLost(shard);
    book.dropShard(shard);
  }

  async function take(shard: number, epoch: number, until: number): Promise<void> {
    const loaded = await rules.loadShard(shard);
    if (stopping) return await leases.release(shard, owner, epoch);
    for (const ruleId of loaded.unreadable) log.error({ shard, rule: ruleId }, 'stored rule cannot be read');
    for (const rule of loaded.rules) {
      if (shardOf(rule.symbol) !== shard) continue;
      book.add(rule, loaded.instances.get(`${rule.id}:${rule.symbol}`), loaded.since.get(rule.id));
    }
    for (const [symbol, cursor] of loaded.cursors) book.restore(symbol, cursor);
    commandsFrom.set(shard, shortlyBefore(loaded.commandsFrom));
    const writer = new ShardWriter(shard, epoch, {
      ...writing,
      mayWrite: () => performance.now() < holding.until,
      onLost: lose,
      signal: giveUp.signal,
    });
    const holding: Holding = { epoch, writer, until };
    held.set(shard, holding);
  }

  async function renew(shard: number): Promise<void> {
    const asked = performance.now();
    const before = held.get(shard);
    const epoch = await leases.acquire(shard, owner, timings.leaseTtlMs, before?.epoch);
    if (held.get(shard) !== before || leaving.has(shard)) return;
    const until = asked + timings.leaseTtlMs;
    if (epoch !== undefined && epoch === before?.epoch) {
      before.until = until;
      return;
    }
    // Another one had it meanwhile: what is remembered here is old, the store is the truth again.
    lose(shard);
    if (epoch !== undefined) await take(shard, epoch, until);
  }

  async function handOver(shard: number, { epoch, writer, until }: Holding): Promise<void> {
    const finish = onLeave(shard, epoch);
    held.delete(shard);
    commandsFrom.delete(shard);
    book.dropShard(shard);
    const patience = new AbortController();
    const late = delay(Math.max(0, until - performance.now()), patience.signal).catch(() => undefined);
    await Promise.race([writer.idle(), late]);
    patience.abort(new Error('idle'));
    const left = writer.waiting;
    writer.drop();
    try {
      if (left === 0) await finish();
      else log.warn({ shard, transitions: left }, 'shard left before all its alert state was written');
      await leases.release(shard, owner, epoch);
    } catch (error) {
      log.warn({ shard, error: describeError(error) }, 'a lease could not be given back; it expires');
    }
  }

  function leave(shard: number, holding: Holding): Promise<void> {
    const work = handOver(shard, holding).finally(() => leaving.delete(shard));
    leaving.set(shard, work);
    return work;
  }

  function divide(living: readonly Member[]): void {
    share = ALL.filter((shard) => chooseOwner(shard, living) === owner);
    const names = living.map(({ id, sees: seeing }) => (seeing ? id : `${id} (blind)`)).join(', ');
    if (names === alive) return;
    alive = names;
    log.info({ feeds: names, share: share.length }, 'feeds that are alive');
  }

  async function step(): Promise<void> {
    const due = performance.now() >= renewDue;
    if (due) {
      renewDue = performance.now() + timings.leaseEveryMs;
      divide(await members.beat(owner, sees(), timings.memberTtlMs));
    }
    const ours = new Set(share);
    for (const [shard, holding] of held) if (!ours.has(shard)) void leave(shard, holding);
    const wanted = share.filter((shard) => !leaving.has(shard) && (due || !held.has(shard)));
    const results = await Promise.allSettled(wanted.map(renew));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const missing = missingNow();
    if (missing > 0 && !told) log.warn({ missing }, 'another feed holds leases; taking over as they expire');
    else if (missing === 0 && told) log.info({ shards: held.size }, 'all our shards are ours');
    told = missing > 0;
  }

  const missingNow = () => share.reduce((count, shard) => (held.has(shard) ? count : count + 1), 0);
  const holdingOf = (symbol: string) => held.get(shardOf(symbol));
  const isSure = (holding: Holding) => performance.now() < holding.until;

  return {
    begin() {
      loop = startLoop('shard leases', timings.leaseEveryMs / EAGERNESS, step, log);
    },
    get complete() {
      return alive !== '' && missingNow() === 0;
    },
    get missing() {
      return missingNow();
    },
    holds: (symbol) => holdingOf(symbol) !== undefined,
    writerOf: (symbol) => holdingOf(symbol)?.writer,
    keep(symbol, ruleId, state) {
      const transitions = [{ instance: `${ruleId}:${symbol}`, state, fired: undefined }];
      holdingOf(symbol)?.writer.push({ symbol, cursor: book.engine.cursor(symbol), transitions });
    },
    epochOf(symbol) {
      const holding = holdingOf(symbol);
      return holding && isSure(holding) ? holding.epoch : undefined;
    },
    owned: () => [...held].flatMap(([shard, holding]) => (isSure(holding) ? [shard] : [])),
    backlog() {
      const writers = [...held.values()].map(({ writer }) => writer);
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
      stopping = true;
      // A little before the feed as a whole gives up, so that the leases can still be given back.
      const patience = setTimeout(() => giveUp.abort(new Error('stopped')), timings.drainMs * 0.8);
      await loop?.stop();
      for (const [shard, holding] of held) void leave(shard, holding);
      await Promise.all(leaving.values());
      clearTimeout(patience);
      await members
        .leave(owner)
        .catch((error: unknown) =>
          log.warn({ error: describeError(error) }, 'the feed could not say goodbye'),
        );
    },
  };
}
