import { readCursor, writeCursor } from '../alerts/cursor.ts';
import type { Engine } from '../alerts/engine.ts';
import type { InstanceState, Rule } from '../alerts/rule.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Trade } from '../market/events.ts';
import { shardOf } from '../store/keys.ts';

/** The rules this feed runs: the engine, and which symbols and shards they belong to. */
export class RuleBook {
  readonly engine: Engine;
  readonly #log: Log;
  /** Symbols whose restored cursor has not met a trade yet. */
  readonly #restored = new Set<string>();

  constructor(engine: Engine, log: Log) {
    this.engine = engine;
    this.#log = log;
  }

  /** Adds or replaces a rule; one that the engine cannot run is logged and left out. */
  add(rule: Rule, saved: InstanceState | undefined): void {
    try {
      this.engine.add(rule, saved);
    } catch (error) {
      this.#log.error({ rule: rule.id, error: describeError(error) }, 'rule cannot be run');
    }
  }

  remove(symbol: string, ruleId: string): void {
    if (this.engine.state(ruleId, symbol) !== undefined) this.engine.remove(ruleId);
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
    for (const symbol of this.symbols()) {
      if (shardOf(symbol) !== shard) continue;
      for (const id of this.engine.ruleIds(symbol)) this.engine.remove(id);
    }
  }

  /** Symbols that have rules. */
  symbols(): string[] {
    return this.engine.symbols();
  }

  rulesOf(symbol: string): string[] {
    return this.engine.ruleIds(symbol);
  }
}
