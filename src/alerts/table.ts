import { Column, Shared, SparseColumn } from './columns.ts';
import { type Condition, conditionsOf, conditionText } from './condition.ts';
import { JOINT_LEVEL, JOINT_REARM } from './gauge.ts';
import { IdIndex } from './id-index.ts';
import { INSTANCE_PHASES, type InstancePhase, type InstanceState, type WatchedRule } from './rule.ts';

/** Counts are kept in 32 bits, those of swallowed crossings in 16. */
const MAX_EPISODE = 0xffff_ffff;
const MAX_SUPPRESSED = 0xffff;

// One byte: phase in three bits, then two flags.
const PHASE = 7;
const DEFERRED = 8;
const FALLING = 16;

type SharedFields = Omit<WatchedRule, 'v' | 'id' | 'chat' | 'symbol' | 'threshold' | 'rearm'>;

/** All of a rule but its id, chat, symbol and levels. There are few of them, however many rules. */
interface Terms extends SharedFields {
  /** The same as one object, of which a rule is made when it fires. */
  shared: Readonly<SharedFields>;
  /** Of two conditions the side of both together. */
  side: Condition['side'];
  /** Of two conditions the first one's; those of all slots are the joint ones. */
  levels: Pick<WatchedRule, 'threshold' | 'rearm'> | undefined;
}

/**
 * Every rule and its instance state in columns: a slot is a row. Rules are put together again from their row when
 * they are asked for, so a million of them cost some 60 bytes each instead of a tree of objects. A rule on one symbol is
 * filed under its id, an instance of a rule on all symbols under `<id>@<symbol>`.
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

  /** The slot of a rule on one symbol. */
  find(ruleId: string): number | undefined {
    return this.#ids.find(ruleId);
  }

  /** The slot of a rule's instance on this symbol, be it a rule on one or on all. */
  findInstance(ruleId: string, symbol: string): number | undefined {
    const slot = this.find(ruleId);
    return slot !== undefined && this.symbol(slot) === symbol ? slot : this.find(filedAs(ruleId, symbol));
  }

  /** Puts a rule with its state into a free slot. */
  insert(rule: WatchedRule, conditions: readonly Condition[], state: InstanceState): number {
    const slot = this.#free.pop() ?? this.#end++;
    const [first] = conditions;
    const joint = conditions.length > 1;
    this.#ids.add(rule.all ? filedAs(rule.id, rule.symbol) : rule.id, slot);
    this.#kept.set(slot, 0);
    this.level.set(slot, joint ? JOINT_LEVEL : (first?.level ?? 0));
    this.rearm.set(slot, joint ? JOINT_REARM : (first?.rearm ?? 0));
    this.lastFire.set(slot, state.lastFire);
    this.#episode.set(slot, Math.min(state.episode, MAX_EPISODE));
    this.#suppressed.set(slot, Math.min(state.suppressed, MAX_SUPPRESSED));
    this.#terms.set(slot, this.#takeTerms(rule, joint ? 1 : (first?.side ?? 1)));
    this.#chat.set(slot, this.#strings.take(rule.chat, itself));
    this.#symbol.set(slot, this.#strings.take(rule.symbol, itself));
    const falling = hasSides(rule) && state.side === -1 && hasSide(state.phase);
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

  /** The rule's id and the symbol that a slot is about. */
  instance(slot: number): { ruleId: string; symbol: string } {
    const filed = this.#ids.id(slot);
    const symbol = this.symbol(slot);
    return { ruleId: this.terms(slot).all ? filed.slice(0, -1 - symbol.length) : filed, symbol };
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
    const { levels, shared } = this.terms(slot);
    const { ruleId, symbol } = this.instance(slot);
    const mirrored = this.level.get(slot) < 0 ? -1 : 1;
    return {
      v: 1,
      id: ruleId,
      chat: this.#strings.get(this.#chat.get(slot)),
      symbol,
      threshold: levels?.threshold ?? mirrored * this.level.get(slot),
      rearm: levels?.rearm ?? mirrored * this.rearm.get(slot),
      ...shared,
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
    // One that is told late lies before; the newest is what a cooldown counts from.
    this.lastFire.set(slot, Math.max(time, this.lastFire.get(slot)));
    return { episode, suppressed };
  }

  /** The instance's state; `rule` is the slot's rule, for callers that have it already. */
  state(slot: number, rule: WatchedRule = this.rule(slot)): InstanceState {
    const phase = this.phase(slot);
    const sided = hasSides(rule) && hasSide(phase);
    return {
      phase,
      since: phase === 'pending' ? this.due.get(slot) - rule.holdMs : 0,
      lastFire: this.lastFire.get(slot),
      episode: this.#episode.get(slot),
      suppressed: this.#suppressed.get(slot),
      deferred: this.deferred(slot),
      side: sided ? this.side(slot) : undefined,
      condition: conditionText(conditionsOf(rule), rule.mode),
    };
  }

  #takeTerms(rule: WatchedRule, side: Condition['side']): number {
    const { kind, direction, unit, window, preset, mode, cooldownMs, holdMs, until, paused } = rule;
    const { and, tellNormal, all, threshold, rearm } = rule;
    const levels = and && { threshold, rearm };
    const joint = and && JSON.stringify([and, levels]);
    const shared: SharedFields = {
      kind,
      direction,
      unit,
      window,
      preset,
      mode,
      cooldownMs,
      holdMs,
      until,
      paused,
      and,
      tellNormal,
      all,
    };
    const text = [...Object.values({ ...shared, and: joint }), side].join();
    return this.#sharedTerms.take(text, () => ({ ...shared, shared, side, levels }));
  }
}

/** Is it crossed by a rise or a fall, and so by a side that is to be remembered? Two conditions are crossed by both together. */
export function hasSides({ kind, direction, and }: WatchedRule): boolean {
  return kind === 'move' && direction === 'either' && and === undefined;
}

/** Has a condition been crossed in this phase, and so by one side? */
export function hasSide(phase: InstancePhase): boolean {
  return phase === 'pending' || phase === 'fired';
}

function filedAs(ruleId: string, symbol: string): string {
  return `${ruleId}@${symbol}`;
}

function itself(text: string): string {
  return text;
}
