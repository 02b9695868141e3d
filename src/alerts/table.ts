import { WINDOWS } from '../market/brief.ts';
import { Float64Column, SharedStrings, Uint32Column } from './columns.ts';
import { type Condition, conditionOf, conditionText } from './condition.ts';
import {
  DIRECTIONS,
  INSTANCE_PHASES,
  type InstancePhase,
  type InstanceState,
  PRESETS,
  RULE_KINDS,
  RULE_MODES,
  type Rule,
} from './rule.ts';

/** Episode numbers and the like are kept in 32 bits. */
const MAX_COUNT = 0xffff_ffff;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * Every rule and its instance state in columns: a slot is a row. Rules are put together again from their row when
 * they are asked for, so a million of them cost some 200 bytes each instead of a tree of objects.
 */
export class RuleTable {
  /** Levels as the metric is compared (a fall is below zero), and the deadline of a `due` heap entry. */
  readonly level = new Float64Column();
  readonly rearm = new Float64Column();
  readonly due = new Float64Column();
  readonly lastFire = new Float64Column();
  readonly cooldownMs = new Float64Column();
  readonly holdMs = new Float64Column();
  /** Places in the one price heap and the one `due` heap that a slot may be in. */
  readonly place = new Uint32Column();
  readonly duePlace = new Uint32Column();
  readonly #until = new Float64Column();
  readonly #createdAt = new Float64Column();
  readonly #episode = new Uint32Column();
  readonly #suppressed = new Uint32Column();
  readonly #kept = new Uint32Column();
  readonly #traits = new Uint32Column();
  readonly #chat = new Uint32Column();
  readonly #creator = new Uint32Column();
  readonly #symbol = new Uint32Column();
  readonly #strings = new SharedStrings();
  readonly #ids: string[] = [];
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];

  get size(): number {
    return this.#slots.size;
  }

  find(ruleId: string): number | undefined {
    return this.#slots.get(ruleId);
  }

  /** Puts a rule with its state into a free slot. */
  insert(rule: Rule, condition: Condition, state: InstanceState): number {
    const slot = this.#free.pop() ?? this.#ids.length;
    this.#ids[slot] = rule.id;
    this.#slots.set(rule.id, slot);
    this.level.set(slot, condition.level);
    this.rearm.set(slot, condition.rearm);
    this.cooldownMs.set(slot, rule.cooldownMs);
    this.holdMs.set(slot, rule.holdMs);
    this.lastFire.set(slot, state.lastFire);
    this.#until.set(slot, rule.until ?? NEVER);
    this.#createdAt.set(slot, rule.createdAt);
    this.#episode.set(slot, Math.min(state.episode, MAX_COUNT));
    this.#suppressed.set(slot, Math.min(state.suppressed, MAX_COUNT));
    this.#traits.set(slot, packTraits(rule, condition.side));
    this.#chat.set(slot, this.#strings.take(rule.chat));
    this.#creator.set(slot, this.#strings.take(rule.createdBy));
    this.#symbol.set(slot, this.#strings.take(rule.symbol));
    this.setPhase(slot, state.phase, state.deferred);
    if (state.phase === 'pending') this.due.set(slot, state.since + rule.holdMs);
    else if (state.deferred) this.due.set(slot, state.lastFire + rule.cooldownMs);
    return slot;
  }

  delete(slot: number): void {
    this.#slots.delete(this.id(slot));
    this.#ids[slot] = '';
    for (const column of [this.#chat, this.#creator, this.#symbol]) this.#strings.drop(column.get(slot));
    this.#free.push(slot);
  }

  id(slot: number): string {
    return this.#ids[slot] ?? '';
  }

  symbol(slot: number): string {
    return this.#strings.get(this.#symbol.get(slot));
  }

  /** The rule, equal to the one that was inserted. */
  rule(slot: number): Rule {
    const traits = this.#traits.get(slot);
    const kind = pick(RULE_KINDS, traits & 15);
    const direction = pick(DIRECTIONS, (traits >> 4) & 3);
    const mirrored = kind === 'move' && direction === 'down' ? -1 : 1;
    const until = this.#until.get(slot);
    const preset = (traits >> 9) & 3;
    return {
      v: 1,
      id: this.id(slot),
      chat: this.#strings.get(this.#chat.get(slot)),
      symbol: this.symbol(slot),
      kind,
      direction,
      threshold: mirrored * this.level.get(slot),
      window: pick(WINDOWS, (traits >> 6) & 7),
      preset: preset === 0 ? undefined : pick(PRESETS, preset - 1),
      rearm: mirrored * this.rearm.get(slot),
      mode: this.once(slot) ? 'once' : 'repeat',
      cooldownMs: this.cooldownMs.get(slot),
      holdMs: this.holdMs.get(slot),
      until: until === NEVER ? undefined : until,
      paused: this.paused(slot),
      createdBy: this.#strings.get(this.#creator.get(slot)),
      createdAt: this.#createdAt.get(slot),
    };
  }

  once(slot: number): boolean {
    return ((this.#traits.get(slot) >> 11) & 1) === 0;
  }

  paused(slot: number): boolean {
    return ((this.#traits.get(slot) >> 12) & 1) === 1;
  }

  /** Which way the level is crossed: +1 upwards. */
  side(slot: number): 1 | -1 {
    return ((this.#traits.get(slot) >> 13) & 1) === 1 ? -1 : 1;
  }

  expired(slot: number, time: number): boolean {
    return this.#until.get(slot) <= time;
  }

  /** Slots in use. */
  *slots(): Generator<number> {
    yield* this.#slots.values();
  }

  phase(slot: number): InstancePhase {
    return pick(INSTANCE_PHASES, this.#kept.get(slot) & 7);
  }

  deferred(slot: number): boolean {
    return this.#kept.get(slot) >= 8;
  }

  setPhase(slot: number, phase: InstancePhase, deferred: boolean): void {
    this.#kept.set(slot, INSTANCE_PHASES.indexOf(phase) + (deferred ? 8 : 0));
  }

  inCooldown(slot: number, time: number): boolean {
    const lastFire = this.lastFire.get(slot);
    return lastFire !== 0 && time - lastFire < this.cooldownMs.get(slot);
  }

  /** Counts a crossing that the cooldown swallowed. */
  suppress(slot: number): void {
    this.#suppressed.set(slot, Math.min(this.#suppressed.get(slot) + 1, MAX_COUNT));
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
  state(slot: number, rule: Rule = this.rule(slot)): InstanceState {
    const phase = this.phase(slot);
    return {
      phase,
      since: phase === 'pending' ? this.due.get(slot) - rule.holdMs : 0,
      lastFire: this.lastFire.get(slot),
      episode: this.#episode.get(slot),
      suppressed: this.#suppressed.get(slot),
      deferred: this.deferred(slot),
      condition: conditionText(conditionOf(rule), rule.mode),
    };
  }
}

// Kind 4 bits, direction 2, window 3, preset 2 (0 = none), mode 1, paused 1, crossed downwards 1.
function packTraits(rule: Rule, side: 1 | -1): number {
  return (
    RULE_KINDS.indexOf(rule.kind) |
    (DIRECTIONS.indexOf(rule.direction) << 4) |
    (WINDOWS.indexOf(rule.window) << 6) |
    ((rule.preset === undefined ? 0 : PRESETS.indexOf(rule.preset) + 1) << 9) |
    (RULE_MODES.indexOf(rule.mode) << 11) |
    ((rule.paused ? 1 : 0) << 12) |
    ((side === -1 ? 1 : 0) << 13)
  );
}

function pick<T>(list: readonly [T, ...T[]], index: number): T {
  return list[index] ?? list[0];
}
