import type { Metric } from '../../src/alerts/condition.ts';
import { conditionOf } from '../../src/alerts/condition.ts';
import type { Firing, InstancePhase, Rule } from '../../src/alerts/rule.ts';

/**
 * The state machine of one rule, written as the fact sheet has it: no index, no columns, one rule at a time.
 * What the engine does with its heaps must be what this does.
 */
class Machine {
  readonly rule: Rule;
  readonly metric: Metric;
  readonly #staleMs: number;
  phase: InstancePhase = 'init';
  since = 0;
  lastFire: number | undefined;
  episode = 0;
  suppressed = 0;
  deferred = false;
  /** Of a move either way: the side that crossed, while it waits the larger one. */
  side: 1 | -1 = 1;
  #lastT = Number.NEGATIVE_INFINITY;
  #clock = Number.NEGATIVE_INFINITY;
  #rise = Number.NaN;
  #fall = Number.NaN;

  constructor(rule: Rule, staleMs: number, before: Machine | undefined) {
    this.rule = rule;
    this.metric = conditionOf(rule).metric;
    this.#staleMs = staleMs;
    this.episode = before?.episode ?? 0;
    this.lastFire = before?.lastFire;
  }

  on(t: number, rise: number, fall: number, out: Firing[]): void {
    const gap = !(t - Math.max(this.#lastT, this.#clock) <= this.#staleMs);
    if (gap) {
      if (this.phase === 'pending') this.phase = 'armed';
    } else this.advance(t, out);
    this.#lastT = t;
    this.#rise = rise;
    this.#fall = fall;
    this.#clock = Math.max(this.#clock, t);
    if (gap && this.deferred && this.#coolUntil() <= t) this.#endDeferral(t, out);
    if (this.phase === 'init') {
      this.#turn();
      this.phase = this.#beyond() ? 'fired' : 'armed';
      return;
    }
    if (this.phase === 'fired' && this.#back()) {
      this.phase = 'armed';
      this.deferred = false;
    }
    if (this.phase === 'pending' && !this.#beyond()) this.phase = 'armed';
    if (this.phase === 'armed') this.#turn();
    if (this.phase === 'armed' && this.#beyond()) {
      if (this.rule.holdMs > 0) {
        this.phase = 'pending';
        this.since = t;
      } else this.#settle(t, out);
    }
  }

  advance(T: number, out: Firing[]): void {
    if (Number.isNaN(this.#rise)) return;
    for (;;) {
      if (this.phase === 'pending' && this.since + this.rule.holdMs <= T) {
        this.#settle(this.since + this.rule.holdMs, out);
      } else if (this.deferred && this.#coolUntil() <= T) this.#endDeferral(this.#coolUntil(), out);
      else break;
    }
    this.#clock = Math.max(this.#clock, T);
  }

  #coolUntil(): number {
    return (this.lastFire ?? Number.NEGATIVE_INFINITY) + this.rule.cooldownMs;
  }

  #beyond(): boolean {
    const { side, level } = conditionOf(this.rule);
    return side * this.#compared() >= side * level;
  }

  #back(): boolean {
    const { side, rearm } = conditionOf(this.rule);
    return side * this.#compared() <= side * rearm;
  }

  get #value(): number {
    return this.side > 0 ? this.#rise : this.#fall;
  }

  #compared(): number {
    return this.metric === 'moveEither' ? this.side * this.#value : this.#rise;
  }

  #turn(): void {
    if (this.metric === 'moveEither') this.side = -this.#fall > this.#rise ? -1 : 1;
  }

  #endDeferral(t: number, out: Firing[]): void {
    this.deferred = false;
    if (this.#beyond()) this.#fire(t, 'still', out);
  }

  #settle(t: number, out: Firing[]): void {
    if (t >= this.#coolUntil()) {
      this.#fire(t, 'cross', out);
      return;
    }
    this.phase = 'fired';
    this.suppressed += 1;
    this.deferred = true;
  }

  #fire(t: number, why: Firing['why'], out: Firing[]): void {
    this.episode += 1;
    this.lastFire = t;
    this.deferred = false;
    this.phase = this.rule.mode === 'once' ? 'done' : 'fired';
    out.push({
      eventId: `${this.rule.id}:${this.rule.symbol}.${this.episode}`,
      ruleId: this.rule.id,
      symbol: this.rule.symbol,
      episode: this.episode,
      why,
      time: t,
      value: this.#value,
      suppressed: this.suppressed,
    });
    this.suppressed = 0;
  }
}

/** Values of one event: undefined or unusable ones change nothing. */
export type Values = Partial<Record<Metric, number>>;

/** All rules of one symbol, each looked at on every event. */
export class NaiveScan {
  readonly #staleMs: number;
  readonly machines = new Map<string, Machine>();
  #seq = -1;
  #time = -1;

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  add(rule: Rule): void {
    this.machines.set(rule.id, new Machine(rule, this.#staleMs, this.machines.get(rule.id)));
  }

  remove(ruleId: string): void {
    this.machines.delete(ruleId);
  }

  tick(time: number, seq: number, values: Values): Firing[] {
    const out: Firing[] = [];
    if (!Number.isFinite(time) || time < this.#time || seq <= this.#seq) return out;
    let taken = false;
    for (const machine of this.machines.values()) {
      const either = machine.metric === 'moveEither';
      const rise = metricValue(either ? 'moveUp' : machine.metric, values);
      const fall = either ? metricValue('moveDown', values) : rise;
      if (rise === undefined || fall === undefined) continue;
      taken = true;
      if (!machine.rule.paused) machine.on(time, rise, fall, out);
    }
    if (taken) {
      this.#seq = seq;
      this.#time = time;
    }
    return out;
  }

  advance(time: number): Firing[] {
    const out: Firing[] = [];
    for (const machine of this.machines.values()) machine.advance(time, out);
    return out;
  }
}

function metricValue(metric: Metric, values: Values): number | undefined {
  const value = values[metric];
  if (!Number.isFinite(value)) return undefined;
  return metric === 'price' && (value ?? 0) <= 0 ? undefined : value;
}
