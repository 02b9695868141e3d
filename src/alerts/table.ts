import { Column, Shared, SparseColumn } from './columns.ts';
import { type Condition, conditionOf, conditionText } from './condition.ts';
import { IdIndex } from './id-index.ts';
import { INSTANCE_PHASES, type InstancePhase, type InstanceState, type WatchedRule } from './rule.ts';

/** Counts are kept in 32 bits, those of swallowed crossings in 16. */
const MAX_EPISODE = 0xffff_ffff;
const MAX_SUPPRESSED = 0xffff;

// One byte: phase in three bits, then two flags.
const PHASE = 7;
const DEFERRED = 8;
const FALLING = 16;

/** All of a rule but its id, chat, symbol and levels. There are few of them, however many rules. */
interface Terms
  extends Omit<WatchedRule, 'v' | 'id' | 'chat' | 'symbol' | 'threshold' | 'rearm'>,
    Pick<Condition, 'metric' | 'side'> {
  /** The window that the metric is filed under. */
  bookWindow: Condition['window'];
}

/**
 * Every rule and its instance state in columns: a slot is a row. Rules are put together again from their row when
 * they are asked for, so a million of them cost some 60 bytes each instead of a tree of objects.
 */
export class RuleTable {
  /** Levels as the metric is compared (those of a fall lie below zero). */
  readonly level = Column.doubles();
  readonly rearm = Column.doubles();
  /** Deadline of a pending or deferred rule, Unix ms; few are. */
  readonly due = new SparseColumn();
  readonly lastFire = Column.doubles();
  /** Places in the one price heap and the one `due` heap that a slot may be in. */
  readonly place = Column.uint32();
  readonly duePlace = new SparseColumn();
  readonly #episode = Column.uint32();
  readonly #suppressed = Column.uint16();
  readonly #kept = Column.uint8();
  readonly #terms = Column.uint32();
  readonly #chat = Column.uint32();
  readonly #symbol = Column.uint32();
  readonly #ids = new IdIndex();
  readonly #sharedTerms = new Shared<Terms>();
  readonly #strings = new Shared<string>();
  readonly #free: number[] = [];
  /** Slots from here on were never used. */
  #end = 0;

  get size(): number {
    return this.#ids.size;
  }

  find(ruleId: string): number | undefined {
    return this.#ids.find(ruleId);
  }

  /** Puts a rule with its state into a free slot. */
  insert(rule: WatchedRule, condition: Condition, state: InstanceState): number {
    const slot = this.#free.pop() ?? this.#end++;
    this.#ids.add(rule.id, slot);
    this.#kept.set(slot, 0);
    this.level.set(slot, condition.level);
    this.rearm.set(slot, condition.rearm);
    this.lastFire.set(slot, state.lastFire);
    this.#episode.set(slot, Math.min(state.episode, MAX_EPISODE));
    this.#suppressed.set(slot, Math.min(state.suppressed, MAX_SUPPRESSED));
    this.#terms.set(slot, this.#takeTerms(rule, condition));
    this.#chat.set(slot, this.#strings.take(rule.chat, itself));
    this.#symbol.set(slot, this.#strings.take(rule.symbol, itself));
    const falling = condition.metric === 'moveEither' && state.side === -1 && hasSide(state.phase);
    this.setPhase(slot, state.phase, state.deferred, falling);
    if (state.phase === 'pending') this.due.set(slot, state.since + rule.holdMs);
    else if (state.deferred) this.due.set(slot, state.lastFire + rule.cooldownMs);
    return slot;
  }

  delete(slot: number): void {
    this.#ids.delete(slot);
    this.#sharedTerms.drop(this.#terms.get(slot));
    for (const column of [this.#chat, this.#symbol]) this.#strings.drop(column.get(slot));
    this.due.set(slot, 0);
    this.#free.push(slot);
  }

  id(slot: number): string {
    return this.#ids.id(slot);
  }

  symbol(slot: number): string {
    return this.#strings.get(this.#symbol.get(slot));
  }

  /** What a slot's rule has in common with others, with the number it watches. */
  terms(slot: number): Readonly<Terms> {
    return this.#sharedTerms.get(this.#terms.get(slot));
  }

  /** The rule, equal to what was inserted. */
  rule(slot: number): WatchedRule {
    const { kind, direction, window, preset, mode, cooldownMs, holdMs, until, paused } = this.terms(slot);
    const mirrored = this.level.get(slot) < 0 ? -1 : 1;
    return {
      v: 1,
      id: this.id(slot),
      chat: this.#strings.get(this.#chat.get(slot)),
      symbol: this.symbol(slot),
      kind,
      direction,
      threshold: mirrored * this.level.get(slot),
      window,
      preset,
      rearm: mirrored * this.rearm.get(slot),
      mode,
      cooldownMs,
      holdMs,
      until,
      paused,
    };
  }

  /** Which way the level is crossed: +1 upwards. */
  side(slot: number): 1 | -1 {
    return this.#kept.get(slot) >= FALLING ? -1 : this.terms(slot).side;
  }

  /** Slots whose rule ends at or before `time`; looks through all of them only if there are such terms. */
  expired(time: number): number[] {
    const isOver = ({ until }: Readonly<Terms>) => until !== undefined && until <= time;
    const found: number[] = [];
    if (!this.#sharedTerms.values().some(isOver)) return found;
    for (let slot = 0; slot < this.#end; slot++) {
      if (this.#ids.has(slot) && isOver(this.terms(slot))) found.push(slot);
    }
    return found;
  }

  phase(slot: number): InstancePhase {
    return INSTANCE_PHASES[this.#kept.get(slot) & PHASE] ?? 'init';
  }

  deferred(slot: number): boolean {
    return (this.#kept.get(slot) & DEFERRED) !== 0;
  }

  /** `falling`: a move either way has crossed by its fall, so its levels lie below zero until it is armed again. */
  setPhase(slot: number, phase: InstancePhase, deferred: boolean, falling: boolean): void {
    if (falling !== this.#kept.get(slot) >= FALLING) {
      this.level.set(slot, -this.level.get(slot));
      this.rearm.set(slot, -this.rearm.get(slot));
    }
    this.#kept.set(
      slot,
      INSTANCE_PHASES.indexOf(phase) | (deferred ? DEFERRED : 0) | (falling ? FALLING : 0),
    );
    if (phase !== 'pending' && !deferred) this.due.set(slot, 0);
  }

  inCooldown(slot: number, time: number): boolean {
    const lastFire = this.lastFire.get(slot);
    return lastFire !== 0 && time - lastFire < this.terms(slot).cooldownMs;
  }

  /** Counts a crossing that the cooldown swallowed. */
  suppress(slot: number): void {
    this.#suppressed.set(slot, Math.min(this.#suppressed.get(slot) + 1, MAX_SUPPRESSED));
  }

  /** Begins the next episode at `time`; returns its number and how many crossings were swallowed before it. */
  beginEpisode(slot: number, time: number): { episode: number; suppressed: number } {
    const episode = this.#episode.get(slot) + 1;
    const suppressed = this.#suppressed.get(slot);
    this.#episode.set(slot, episode);
    this.#suppressed.set(slot, 0);
    this.lastFire.set(slot, time);
    return { episode, suppressed };
  }

  /** The instance's state; `rule` is the slot's rule, for callers that have it already. */
  state(slot: number, rule: WatchedRule = this.rule(slot)): InstanceState {
    const phase = this.phase(slot);
    const sided = rule.kind === 'move' && rule.direction === 'either' && hasSide(phase);
    return {
      phase,
      since: phase === 'pending' ? this.due.get(slot) - rule.holdMs : 0,
      lastFire: this.lastFire.get(slot),
      episode: this.#episode.get(slot),
      suppressed: this.#suppressed.get(slot),
      deferred: this.deferred(slot),
      side: sided ? this.side(slot) : undefined,
      condition: conditionText(conditionOf(rule), rule.mode),
    };
  }

  #takeTerms(rule: WatchedRule, condition: Condition): number {
    const { kind, direction, window, preset, mode, cooldownMs, holdMs, until, paused } = rule;
    const text = [kind, direction, window, preset, mode, cooldownMs, holdMs, until, paused].join();
    const { metric, side, window: bookWindow } = condition;
    return this.#sharedTerms.take(text, () => ({
      kind,
      direction,
      window,
      preset,
      mode,
      cooldownMs,
      holdMs,
      until,
      paused,
      metric,
      side,
      bookWindow,
    }));
  }
}

/** Has a condition been crossed in this phase, and so by one side? */
export function hasSide(phase: InstancePhase): boolean {
  return phase === 'pending' || phase === 'fired';
}

function itself(text: string): string {
  return text;
}
