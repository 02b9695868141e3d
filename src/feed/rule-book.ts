import { isNumeric } from '../alerts/condition.ts';
import { readCursor, writeCursor } from '../alerts/cursor.ts';
import type { Engine, EngineTransition } from '../alerts/engine.ts';
import { ALL_SYMBOLS, type InstanceState, type Rule, type WatchedRule } from '../alerts/rule.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Trade } from '../market/events.ts';
import { shardOf } from '../store/keys.ts';

/** What is repaired is minutes old: no more rules than these begin meanwhile. */
const MAX_RECENT = 10_000;

/** The rules this feed runs: the engine, and which symbols and shards they belong to. */
export class RuleBook {
  readonly engine: Engine;
  readonly #log: Log;
  readonly #marketTime: (wall: number) => number;
  /** Symbols whose restored cursor has not met a trade yet. */
  readonly #restored = new Set<string>();
  /** Symbol → rule that waits for its listing: the engine has no number for it. */
  readonly #listings = new Map<string, Map<string, Rule>>();
  /** How many rules of its own a symbol has. */
  readonly #own = new Map<string, number>();
  /** Since when rules that began lately are watched with their terms, wall clock: the market's may not be known yet. */
  readonly #since = new Map<string, number>();

  /** `marketTime`: the market's time at a moment of the wall clock (both Unix ms); default: the same. */
  constructor(engine: Engine, log: Log, marketTime: (wall: number) => number = (wall) => wall) {
    this.engine = engine;
    this.#log = log;
    this.#marketTime = marketTime;
  }

  /**
   * Adds or replaces a rule; one that the engine cannot run is logged and left out. `since`: when it was made, edited in
   * what it waits for, paused or resumed, Unix ms; undefined when that is long ago.
   */
  add(
    rule: WatchedRule & Pick<Rule, 'createdAt' | 'createdBy'>,
    saved: InstanceState | undefined,
    since?: number,
  ): void {
    // On all symbols it has an instance on each, added as such.
    if (rule.symbol === ALL_SYMBOLS) return;
    if (!isNumeric(rule)) {
      if (!rule.all) this.#listings.set(rule.symbol, this.#listingsOf(rule.symbol).set(rule.id, rule));
      return;
    }
    try {
      const isNew = this.engine.state(rule.id, rule.symbol) === undefined;
      this.engine.add(rule, saved);
      if (isNew && !rule.all) this.#count(rule.symbol, 1);
      if (since !== undefined) this.#note(rule.id, since);
    } catch (error) {
      this.#log.error({ rule: rule.id, error: describeError(error) }, 'rule cannot be run');
    }
  }

  /**
   * Of what a missed tick at `time` (market time) changed: what rules see that were watched so by then. One that began later
   * is put back, as if it had not seen the tick.
   */
  seen(transitions: readonly EngineTransition[], time: number): readonly EngineTransition[] {
    if (this.#since.size === 0) return transitions;
    return transitions.filter(({ rule, firedBefore, state, firing }) => {
      const since = this.#since.get(rule.id);
      if (since === undefined || time >= this.#marketTime(since)) return true;
      const episode = firing ? state.episode - 1 : state.episode;
      const unseen = {
        phase: 'init',
        since: 0,
        lastFire: firedBefore,
        episode,
        suppressed: 0,
        deferred: false,
      } as const;
      this.engine.add(rule, unseen);
      return false;
    });
  }

  /**
   * Lets an instance that waits for its first value begin from what its number is now, silently: the very next event may
   * already fire it. Returns its state; undefined when it has begun already, or is not watched.
   */
  begin(rule: WatchedRule, now: { value: number; beyond: boolean }): InstanceState | undefined {
    const fresh = this.engine.state(rule.id, rule.symbol);
    if (fresh?.phase !== 'init' || rule.paused) return undefined;
    const side = now.value < 0 ? -1 : 1;
    this.engine.add(rule, now.beyond ? { ...fresh, phase: 'fired', side } : { ...fresh, phase: 'armed' });
    return this.engine.state(rule.id, rule.symbol);
  }

  remove(symbol: string, ruleId: string): void {
    this.#since.delete(ruleId);
    this.#listings.get(symbol)?.delete(ruleId);
    if (this.engine.state(ruleId, symbol) === undefined) return;
    this.engine.remove(ruleId, symbol);
    this.#count(symbol, -1);
  }

  #listingsOf(symbol: string): Map<string, Rule> {
    return this.#listings.get(symbol) ?? new Map<string, Rule>();
  }

  /** Rules that wait for this symbol to be listed, settled or delisted. */
  listingRules(symbol: string): Rule[] {
    return [...this.#listingsOf(symbol).values()];
  }

  /** Removes the instance that a rule on all symbols has on this one. */
  removeInstance(symbol: string, ruleId: string): void {
    this.engine.remove(ruleId, symbol);
  }

  /** Ends rules whose `until` lies at or before `time`, market time; returns each instance. */
  expire(time: number): WatchedRule[] {
    const ended = this.engine.expire(time);
    for (const rule of ended) if (!rule.all) this.#count(rule.symbol, -1);
    const listings = [...this.#listings.values()].flatMap((rules) => [...rules.values()]);
    const over = listings.filter(({ until }) => until !== undefined && until <= time);
    for (const { id, symbol } of over) this.remove(symbol, id);
    return [...ended, ...over];
  }

  #count(symbol: string, more: 1 | -1): void {
    const rules = (this.#own.get(symbol) ?? 0) + more;
    if (rules > 0) this.#own.set(symbol, rules);
    else this.#own.delete(symbol);
  }

  #note(ruleId: string, since: number): void {
    this.#since.delete(ruleId);
    this.#since.set(ruleId, since);
    const [oldest] = this.#since.keys();
    if (this.#since.size > MAX_RECENT && oldest !== undefined) this.#since.delete(oldest);
  }

  /** Goes on where the symbol's events were left. */
  restore(symbol: string, cursor: string): void {
    this.engine.restoreCursor(symbol, cursor);
    this.#restored.add(symbol);
  }

  /**
   * To be called before a trade's tick. A market that numbers its trades anew (a test network that was reset, a
   * simulation that was started again) would never be heard again: then only the time of the cursor holds.
   */
  meet(trade: Trade): void {
    if (this.#restored.size === 0 || !this.#restored.delete(trade.symbol)) return;
    const now = readCursor(this.engine.cursor(trade.symbol))?.now;
    if (!now || trade.id > now.seq || trade.time <= now.t) return;
    const renumbered = { ...now, seq: trade.id - 1 };
    this.engine.restoreCursor(trade.symbol, writeCursor({ now: renumbered, before: renumbered }));
  }

  /** Forgets every rule of a shard that is another's now. */
  dropShard(shard: number): void {
    for (const symbol of this.engine.symbols()) {
      if (shardOf(symbol) !== shard) continue;
      for (const id of this.engine.ruleIds(symbol)) this.engine.remove(id, symbol);
      this.#own.delete(symbol);
    }
    for (const symbol of this.#listings.keys()) if (shardOf(symbol) === shard) this.#listings.delete(symbol);
  }

  /** The symbol has rules of its own. */
  hasOwn(symbol: string): boolean {
    return this.#own.has(symbol);
  }

  /** Symbols that have rules of their own: rules on all symbols are not enough. */
  symbols(): string[] {
    return [...this.#own.keys()];
  }

  rulesOf(symbol: string): string[] {
    return this.engine.ruleIds(symbol);
  }
}
