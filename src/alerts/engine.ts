import type { Window } from '../market/brief.ts';
import { Book, type BookPosition } from './book.ts';
import { type Condition, comesToRest, conditionOf, conditionText, type Metric } from './condition.ts';
import { type CursorPosition, readCursor, writeCursor } from './cursor.ts';
import type { Firing, InstanceState, WatchedRule } from './rule.ts';
import { hasSide, RuleTable } from './table.ts';

/** The rules of one symbol that watch the same number. */
export interface BookKey {
  metric: Metric;
  window: Window;
}

/** What a tick or a heartbeat changed: the state to make durable, and the firing if it barked. */
export interface EngineTransition {
  rule: WatchedRule;
  /** `<ruleId>:<symbol>`. */
  instance: string;
  state: InstanceState;
  firing: Firing | undefined;
}

/**
 * The rules of many symbols, indexed so that a tick costs by what it fires, not by how many rules there are.
 * Pure: time comes from the market's events. State machine: facts of the field in docs/ALERTS.md.
 */
export interface Engine {
  /** Adds or replaces a rule; `saved` is its kept state (none: `init`, which never fires by itself). */
  add(rule: WatchedRule, saved: InstanceState | undefined): void;
  remove(ruleId: string): void;
  /** Symbols that have rules, also paused and done ones. */
  symbols(): string[];
  /** Ids of this symbol's rules. */
  ruleIds(symbol: string): string[];
  /** The numbers that rules of this symbol watch now. */
  books(symbol: string): readonly BookKey[];
  /**
   * Takes one accepted market event in: `seq` grows with every event of the symbol, `read` gives a book's value
   * (undefined while its window is warming: changes nothing). Older or equal `seq` changes nothing.
   */
  tick(
    symbol: string,
    time: number,
    seq: number,
    read: (book: BookKey) => number | undefined,
  ): EngineTransition[];
  /** Lets deadlines up to `time` fall due (hold times, cooldowns); called each second while the feed is healthy. */
  advance(symbol: string, time: number): EngineTransition[];
  /** Whether some rule of the symbol could change its state while each book's value stays within its band [low, high]. */
  stirs(symbol: string, band: (book: BookKey) => readonly [low: number, high: number]): boolean;
  /**
   * Puts the symbol's rules, done ones excepted, back to `init`: what happened unseen long ago is not told, and the next
   * value decides silently from which side each level is to be crossed.
   */
  forget(symbol: string): void;
  /** Ends rules whose `until` lies at or before `time`; returns them. */
  expire(time: number): WatchedRule[];
  /** Position of a symbol as JSON, kept with each commit; a restored one makes replayed ticks harmless. */
  cursor(symbol: string): string;
  restoreCursor(symbol: string, cursor: string): void;
  state(ruleId: string, symbol: string): InstanceState | undefined;
  /** Rules held. */
  readonly size: number;
}

/** Without input for longer than this, what was known of a symbol is stale, ms. */
export const STALE_MS = 60_000;

/**
 * Creates an empty engine. `staleMs`: without input for longer (ms, default 60 s), holds begin anew and nothing falls due
 * on the old value. `read` is never asked for `moveEither`, but for `moveUp` and `moveDown` in its place.
 */
export function createEngine(options: { staleMs?: number } = {}): Engine {
  return new HeapEngine(options.staleMs ?? STALE_MS);
}

/** The books of one symbol and how far its events have been taken in. */
interface SymbolBooks {
  books: Book[];
  /** Keys of the books that hold rules. */
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

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  get size(): number {
    return this.#table.size;
  }

  add(rule: WatchedRule, saved: InstanceState | undefined): void {
    const condition = conditionOf(rule);
    if (!comesToRest(condition)) {
      throw new Error(`rule ${rule.id} re-arms at ${rule.rearm}, not before its level ${rule.threshold}`);
    }
    const kept = saved ?? this.state(rule.id, rule.symbol) ?? UNFIRED;
    const state = admit(rule, condition, kept);
    this.remove(rule.id);
    const slot = this.#table.insert(rule, condition, state);
    const entry = this.#symbolBooks(rule.symbol);
    bookOf(entry, condition.metric, condition.window, this.#table, this.#staleMs).insert(slot);
    entry.keys = keysOf(entry.books);
  }

  remove(ruleId: string): void {
    const slot = this.#table.find(ruleId);
    if (slot === undefined) return;
    const { metric, bookWindow } = this.#table.terms(slot);
    const entry = this.#symbolBooks(this.#table.symbol(slot));
    const book = bookOf(entry, metric, bookWindow, this.#table, this.#staleMs);
    book.remove(slot);
    this.#table.delete(slot);
    if (book.size > 0) return;
    // An empty book would only grow old: the next rule of its kind starts from its own first value.
    entry.books = entry.books.filter((each) => each !== book);
    entry.keys = keysOf(entry.books);
  }

  symbols(): string[] {
    return [...this.#symbols].flatMap(([symbol, { keys }]) => (keys.length > 0 ? [symbol] : []));
  }

  ruleIds(symbol: string): string[] {
    const books = this.#symbols.get(symbol)?.books ?? [];
    return books.flatMap((book) => book.slots().map((slot) => this.#table.id(slot)));
  }

  books(symbol: string): readonly BookKey[] {
    return this.#symbols.get(symbol)?.keys ?? [];
  }

  tick(
    symbol: string,
    time: number,
    seq: number,
    read: (book: BookKey) => number | undefined,
  ): EngineTransition[] {
    const out: EngineTransition[] = [];
    const entry = this.#symbols.get(symbol);
    if (entry === undefined || !Number.isFinite(time) || time < entry.time || !(seq > entry.seq)) return out;
    const { seq: seqBefore, time: timeBefore } = entry;
    for (const book of entry.books) {
      if (book.size === 0) continue;
      book.mark();
      const { metric, window } = book.key;
      const either = metric === 'moveEither';
      const rise = readMetric(either ? MOVE_KEYS[window].upKey : book.key, read);
      const fall = either ? readMetric(MOVE_KEYS[window].downKey, read) : rise;
      if (rise === undefined || fall === undefined) continue;
      entry.seq = seq;
      entry.time = time;
      book.tick(time, rise, fall, out);
    }
    entry.seqBefore = seqBefore;
    entry.timeBefore = timeBefore;
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

  stirs(symbol: string, band: (book: BookKey) => readonly [number, number]): boolean {
    const books = this.#symbols.get(symbol)?.books ?? [];
    return books.some((book) => book.size > 0 && book.stirs(...band(book.key)));
  }

  forget(symbol: string): void {
    for (const book of this.#symbols.get(symbol)?.books ?? []) book.forget();
  }

  expire(time: number): WatchedRule[] {
    const ended = this.#table.expired(time).map((slot) => this.#table.rule(slot));
    for (const rule of ended) this.remove(rule.id);
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
    for (const { metric, window, t, clock, value, fall } of position.books) {
      bookOf(entry, metric, window, this.#table, this.#staleMs).restore({ time: t, clock, value, fall });
    }
  }

  state(ruleId: string, symbol: string): InstanceState | undefined {
    const slot = this.#table.find(ruleId);
    return slot === undefined || this.#table.symbol(slot) !== symbol ? undefined : this.#table.state(slot);
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

function bookOf(entry: SymbolBooks, metric: Metric, window: Window, table: RuleTable, staleMs: number): Book {
  const known = entry.books.find((book) => book.key.metric === metric && book.key.window === window);
  if (known) return known;
  const book = new Book({ metric, window }, table, staleMs);
  entry.books.push(book);
  return book;
}

function keysOf(books: readonly Book[]): BookKey[] {
  return books.filter((book) => book.size > 0).map((book) => book.key);
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
      if (position === undefined) return [];
      const { time, clock, value, fall } = position;
      return [{ metric: book.key.metric, window: book.key.window, t: time, clock, value, fall }];
    }),
  };
}

function moveKeys(window: Window): { upKey: BookKey; downKey: BookKey } {
  return { upKey: { metric: 'moveUp', window }, downKey: { metric: 'moveDown', window } };
}

// Made once: a tick must not allocate.
const MOVE_KEYS: Readonly<Record<Window, { upKey: BookKey; downKey: BookKey }>> = {
  '1m': moveKeys('1m'),
  '5m': moveKeys('5m'),
  '15m': moveKeys('15m'),
  '1h': moveKeys('1h'),
  '4h': moveKeys('4h'),
  '24h': moveKeys('24h'),
};

/** A book's value by `read`; undefined when there is none that could be compared. */
function readMetric(key: BookKey, read: (book: BookKey) => number | undefined): number | undefined {
  const value = read(key);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return key.metric === 'price' && value <= 0 ? undefined : value;
}

/** The state a rule enters with: kept as it is if it was reached under this very condition, else `init`. */
function admit(rule: WatchedRule, condition: Condition, kept: InstanceState): InstanceState {
  const { episode, lastFire } = kept;
  const fresh = { ...UNFIRED, episode, lastFire };
  const same = kept.condition === undefined || kept.condition === conditionText(condition, rule.mode);
  if (!same) return fresh;
  if (condition.metric === 'moveEither' && hasSide(kept.phase) && kept.side === undefined) return fresh;
  // A pause ends in `init` whenever it ends, so a paused rule waits there; one that is done stays done.
  if (rule.paused && kept.phase !== 'done') return fresh;
  return { ...kept, deferred: kept.deferred && kept.phase === 'fired' };
}
