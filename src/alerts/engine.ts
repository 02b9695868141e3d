import { Book, type BookPosition } from './book.ts';
import {
  type BookKey,
  type Condition,
  comesToRest,
  conditionsOf,
  conditionText,
  isSideMetric,
} from './condition.ts';
import { type CursorPosition, readCursor, writeCursor } from './cursor.ts';
import { createGauge, gaugeId, type ReadBook } from './gauge.ts';
import type { Firing, InstancePhase, InstanceState, WatchedRule } from './rule.ts';
import { hasSide, hasSides, RuleTable } from './table.ts';

export type { BookKey } from './condition.ts';

/** What a tick or a heartbeat changed: the state to make durable, and the firing if it barked. */
export interface EngineTransition {
  rule: WatchedRule;
  /** `<ruleId>:<symbol>`. */
  instance: string;
  /** Its phase before: a rule that `was` fired and is armed now is back to normal. */
  was: InstancePhase;
  /** When it had fired last before, market time (Unix ms); 0: never. */
  firedBefore: number;
  state: InstanceState;
  firing: Firing | undefined;
}

/**
 * The rules of many symbols, by instance (rule, symbol), indexed so that a tick costs by what it fires, not by how many rules there are.
 * Pure: time comes from the market's events. State machine: facts of the field in docs/ALERTS.md.
 */
export interface Engine {
  /**
   * Adds or replaces an instance; `saved` is its kept state (none: `init`, which never fires by itself). A rule on one
   * symbol has one; of a rule on all symbols (`all`) each has its own. Throws when the rule could not come to rest.
   */
  add(rule: WatchedRule, saved: InstanceState | undefined): void;
  /** Removes the rule's instance on this symbol; without a symbol all of them. */
  remove(ruleId: string, symbol?: string): void;
  /** Symbols that have rules, also paused and done ones. */
  symbols(): string[];
  /** Ids of the rules that have an instance on this symbol. */
  ruleIds(symbol: string): string[];
  /** The numbers that rules of this symbol watch now, each once. */
  books(symbol: string): readonly BookKey[];
  /**
   * Takes one accepted trade in: `seq` grows with every trade of the symbol, `read` gives a number's value (undefined
   * while its window is warming: changes nothing). Older or equal `seq` changes nothing. Does not judge numbers that
   * come by other events alone (`SIDE_METRICS`).
   */
  tick(symbol: string, time: number, seq: number, read: ReadBook): EngineTransition[];
  /**
   * Takes in, at market time (Unix ms), numbers that do not come by numbered trades: those for which `which` holds. A
   * book takes a time that is not after its own last for a repetition, which changes nothing. Of a rule with two
   * conditions the number of the other one is read as well if it is no trades' number; if it is, trades judge the rule.
   */
  measure(symbol: string, time: number, read: ReadBook, which: (key: BookKey) => boolean): EngineTransition[];
  /** Lets deadlines up to `time` fall due (hold times, cooldowns); called each second while the feed is healthy. */
  advance(symbol: string, time: number): EngineTransition[];
  /** Whether some rule that trades judge could change its state while each number stays within its band [low, high]. */
  stirs(symbol: string, band: (book: BookKey) => readonly [low: number, high: number]): boolean;
  /**
   * Puts rules that trades judge, done ones excepted, back to `init`: what happened unseen long ago is not told, and the next
   * value decides silently from which side each level is to be crossed.
   */
  forget(symbol: string): void;
  /** Ends rules whose `until` lies at or before `time`; returns each instance. */
  expire(time: number): WatchedRule[];
  /** Position of a symbol as JSON, kept with each commit; a restored one makes replayed ticks harmless. */
  cursor(symbol: string): string;
  restoreCursor(symbol: string, cursor: string): void;
  state(ruleId: string, symbol: string): InstanceState | undefined;
  /** The symbol's rules in an engine of their own, as far as they were `then`; those that were not there are left out. */
  fork(symbol: string, then: EngineMoment): Engine;
  /** How far the symbol's rules are. */
  moment(symbol: string): EngineMoment;
  /**
   * Lets an instance bark for a crossing at `time` (market time, Unix ms) that was found only now, at `value`; its level
   * lies behind it. Nothing when it is not there any more, paused or done.
   */
  fireLate(ruleId: string, symbol: string, time: number, value: number): EngineTransition[];
  /** Instances held. */
  readonly size: number;
}

/** How far the rules of a symbol were: by id, under the condition that they had then. */
export interface EngineMoment {
  cursor: string;
  states: ReadonlyMap<string, InstanceState>;
}

/** Without input for longer than this, what was known of a symbol is stale, ms. */
export const STALE_MS = 60_000;

/**
 * Creates an empty engine. `staleMs`: without input for longer (ms, default 60 s), holds begin anew and nothing falls due
 * on the old value. `read` is never asked for `moveEither`, but for `moveUp` and `moveDown` in its place; so in σ.
 */
export function createEngine(options: { staleMs?: number } = {}): Engine {
  return new HeapEngine(options.staleMs ?? STALE_MS);
}

/** The books of one symbol and how far its events have been taken in. */
interface SymbolBooks {
  books: Book[];
  /** The numbers of the books that hold rules. */
  keys: readonly BookKey[];
  seq: number;
  time: number;
  seqBefore: number;
  timeBefore: number;
}

const UNFIRED: InstanceState = {
  phase: 'init',
  since: 0,
  lastFire: 0,
  episode: 0,
  suppressed: 0,
  deferred: false,
};

class HeapEngine implements Engine {
  readonly #staleMs: number;
  readonly #table = new RuleTable();
  readonly #symbols = new Map<string, SymbolBooks>();
  /** Where rules on all symbols have instances. */
  readonly #spread = new Map<string, Set<string>>();

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  get size(): number {
    return this.#table.size;
  }

  add(rule: WatchedRule, saved: InstanceState | undefined): void {
    const conditions = conditionsOf(rule);
    if (!conditions.every(comesToRest)) {
      throw new Error(`rule ${rule.id} re-arms at ${rule.rearm}, not before its level ${rule.threshold}`);
    }
    const kept = saved ?? this.state(rule.id, rule.symbol) ?? UNFIRED;
    const state = admit(rule, conditions, kept);
    if (rule.all) {
      // It may have been a rule on one symbol before.
      this.#drop(this.#table.find(rule.id));
      this.remove(rule.id, rule.symbol);
    } else this.remove(rule.id);
    const slot = this.#table.insert(rule, conditions, state);
    const entry = this.#symbolBooks(rule.symbol);
    this.#bookOf(entry, conditions).insert(slot);
    entry.keys = keysOf(entry.books);
    if (rule.all) this.#spread.set(rule.id, (this.#spread.get(rule.id) ?? new Set()).add(rule.symbol));
  }

  remove(ruleId: string, symbol?: string): void {
    const spread = this.#spread.get(ruleId);
    if (symbol !== undefined) {
      this.#drop(this.#table.findInstance(ruleId, symbol));
      spread?.delete(symbol);
      if (spread?.size === 0) this.#spread.delete(ruleId);
      return;
    }
    this.#drop(this.#table.find(ruleId));
    for (const each of spread ?? []) this.#drop(this.#table.findInstance(ruleId, each));
    this.#spread.delete(ruleId);
  }

  symbols(): string[] {
    return [...this.#symbols].flatMap(([symbol, { keys }]) => (keys.length > 0 ? [symbol] : []));
  }

  ruleIds(symbol: string): string[] {
    const books = this.#symbols.get(symbol)?.books ?? [];
    return books.flatMap((book) => book.slots().map((slot) => this.#table.instance(slot).ruleId));
  }

  books(symbol: string): readonly BookKey[] {
    return this.#symbols.get(symbol)?.keys ?? [];
  }

  tick(symbol: string, time: number, seq: number, read: ReadBook): EngineTransition[] {
    const out: EngineTransition[] = [];
    const entry = this.#symbols.get(symbol);
    if (entry === undefined || !Number.isFinite(time) || time < entry.time || !(seq > entry.seq)) return out;
    const { seq: seqBefore, time: timeBefore } = entry;
    for (const book of entry.books) {
      if (book.size === 0) continue;
      book.mark();
      // What was measured already may be ahead of the trades.
      if (book.measured || time < book.time || !book.gauge.read(read)) continue;
      entry.seq = seq;
      entry.time = time;
      book.tick(time, out);
    }
    entry.seqBefore = seqBefore;
    entry.timeBefore = timeBefore;
    return out;
  }

  measure(
    symbol: string,
    time: number,
    read: ReadBook,
    which: (key: BookKey) => boolean,
  ): EngineTransition[] {
    const out: EngineTransition[] = [];
    const entry = this.#symbols.get(symbol);
    if (entry === undefined || !Number.isFinite(time)) return out;
    entry.seqBefore = entry.seq;
    entry.timeBefore = entry.time;
    for (const book of entry.books) {
      if (book.size === 0) continue;
      book.mark();
      const { keys } = book.gauge;
      const isMeant = book.measured ? keys.some(which) : keys.every((key) => isSide(key) || which(key));
      if (isMeant && time > book.time && book.gauge.read(read)) book.tick(time, out);
    }
    return out;
  }

  advance(symbol: string, time: number): EngineTransition[] {
    const out: EngineTransition[] = [];
    const entry = this.#symbols.get(symbol);
    if (entry === undefined || !Number.isFinite(time)) return out;
    entry.seqBefore = entry.seq;
    entry.timeBefore = entry.time;
    for (const book of entry.books) {
      book.mark();
      book.advance(time, out);
    }
    return out;
  }

  stirs(symbol: string, band: (key: BookKey) => readonly [number, number]): boolean {
    const books = this.#symbols.get(symbol)?.books ?? [];
    return books.some((book) => book.size > 0 && !book.measured && book.stirs(...book.gauge.band(band)));
  }

  forget(symbol: string): void {
    for (const book of this.#symbols.get(symbol)?.books ?? []) if (!book.measured) book.forget();
  }

  expire(time: number): WatchedRule[] {
    const ended = this.#table.expired(time).map((slot) => this.#table.rule(slot));
    for (const rule of ended) this.remove(rule.id, rule.symbol);
    return ended;
  }

  cursor(symbol: string): string {
    const entry = this.#symbols.get(symbol);
    if (entry === undefined) return writeCursor({ now: START, before: START });
    const { seq, time, seqBefore, timeBefore, books } = entry;
    return writeCursor({
      now: toCursorPosition(seq, time, books, (book) => book.position),
      before: toCursorPosition(seqBefore, timeBefore, books, (book) => book.before),
    });
  }

  restoreCursor(symbol: string, cursor: string): void {
    const position = readCursor(cursor)?.now;
    if (position === undefined) return;
    const entry = this.#symbolBooks(symbol);
    entry.seq = entry.seqBefore = position.seq;
    entry.time = entry.timeBefore = position.t;
    for (const { metric, window, parts, t, clock, value, fall } of position.books) {
      const conditions = parts ?? [{ metric, window, side: 1, level: 0, rearm: 0 }];
      this.#bookOf(entry, conditions).restore({ time: t, clock, value, fall });
    }
  }

  state(ruleId: string, symbol: string): InstanceState | undefined {
    const slot = this.#table.findInstance(ruleId, symbol);
    return slot === undefined ? undefined : this.#table.state(slot);
  }

  fork(symbol: string, then: EngineMoment): Engine {
    const fork = new HeapEngine(this.#staleMs);
    for (const [id, state] of then.states) {
      const slot = this.#table.findInstance(id, symbol);
      if (slot !== undefined) fork.add(this.#table.rule(slot), state);
    }
    fork.restoreCursor(symbol, then.cursor);
    return fork;
  }

  moment(symbol: string): EngineMoment {
    const states = new Map<string, InstanceState>();
    for (const id of this.ruleIds(symbol)) {
      const state = this.state(id, symbol);
      if (state) states.set(id, state);
    }
    return { cursor: this.cursor(symbol), states };
  }

  fireLate(ruleId: string, symbol: string, time: number, value: number): EngineTransition[] {
    const out: EngineTransition[] = [];
    const slot = this.#table.findInstance(ruleId, symbol);
    if (slot === undefined || this.#table.phase(slot) === 'done' || this.#table.terms(slot).paused)
      return out;
    const book = this.#bookOf(this.#symbolBooks(symbol), conditionsOf(this.#table.rule(slot)));
    book.fireLate(slot, time, value, out);
    return out;
  }

  #drop(slot: number | undefined): void {
    if (slot === undefined) return;
    const rule = this.#table.rule(slot);
    const entry = this.#symbolBooks(rule.symbol);
    const book = this.#bookOf(entry, conditionsOf(rule));
    book.remove(slot);
    this.#table.delete(slot);
    if (book.size > 0) return;
    // An empty book would only grow old: the next rule of its kind starts from its own first value.
    entry.books = entry.books.filter((each) => each !== book);
    entry.keys = keysOf(entry.books);
  }

  #bookOf(entry: SymbolBooks, conditions: readonly Condition[]): Book {
    const id = gaugeId(conditions);
    const known = entry.books.find(({ gauge }) => gauge.id === id);
    if (known) return known;
    const book = new Book(createGauge(conditions), this.#table, this.#staleMs);
    entry.books.push(book);
    return book;
  }

  #symbolBooks(symbol: string): SymbolBooks {
    const known = this.#symbols.get(symbol);
    if (known) return known;
    const { seq, t: time } = START;
    const entry: SymbolBooks = { books: [], keys: [], seq, time, seqBefore: seq, timeBefore: time };
    this.#symbols.set(symbol, entry);
    return entry;
  }
}

function isSide({ metric }: BookKey): boolean {
  return isSideMetric(metric);
}

function keysOf(books: readonly Book[]): BookKey[] {
  const keys = books.filter((book) => book.size > 0).flatMap(({ gauge }) => gauge.keys);
  return [...new Map(keys.map((key) => [`${key.metric}:${key.window}`, key])).values()];
}

/** Before any event. Seq and time of an exchange are never negative. */
const START: CursorPosition = { seq: -1, t: -1, books: [] };

function toCursorPosition(
  seq: number,
  t: number,
  books: readonly Book[],
  positionOf: (book: Book) => BookPosition | undefined,
): CursorPosition {
  return {
    seq,
    t,
    books: books.flatMap((book) => {
      const position = book.size > 0 ? positionOf(book) : undefined;
      const [key] = book.gauge.keys;
      if (position === undefined || key === undefined) return [];
      const { time, clock, value, fall } = position;
      const parts = book.gauge.parts && [...book.gauge.parts];
      return [{ metric: key.metric, window: key.window, parts, t: time, clock, value, fall }];
    }),
  };
}

/** The state a rule enters with: kept as it is if it was reached under this very condition, else `init`. */
function admit(rule: WatchedRule, conditions: readonly Condition[], kept: InstanceState): InstanceState {
  const { episode, lastFire } = kept;
  const fresh = { ...UNFIRED, episode, lastFire };
  const same = kept.condition === undefined || kept.condition === conditionText(conditions, rule.mode);
  if (!same) return fresh;
  if (hasSides(rule) && hasSide(kept.phase) && kept.side === undefined) return fresh;
  // A pause ends in `init` whenever it ends, so a paused rule waits there; one that is done stays done.
  if (rule.paused && kept.phase !== 'done') return fresh;
  return { ...kept, deferred: kept.deferred && kept.phase === 'fired' };
}
