import { type Condition, conditionsOf, isSideMetric, type Metric } from '../../src/alerts/condition.ts';
import type { Firing, InstancePhase, Rule, WatchedRule } from '../../src/alerts/rule.ts';

/** Values of one event: undefined or unusable ones change nothing. */
export type Values = Partial<Record<Metric, number>>;

/** One condition as it stands: what is compared, on which side, and what is told. */
interface Reading {
  rise: number;
  fall: number;
}

/**
 * The state machine of one instance, written as the fact sheet has it: no index, no columns, one rule at a time.
 * What the engine does with its heaps must be what this does.
 */
class Machine {
  readonly rule: WatchedRule;
  readonly conditions: readonly Condition[];
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
  #readings: readonly Reading[] = [];

  constructor(rule: WatchedRule, staleMs: number, before: Machine | undefined) {
    this.rule = rule;
    this.conditions = conditionsOf(rule);
    this.#staleMs = staleMs;
    this.episode = before?.episode ?? 0;
    this.lastFire = before?.lastFire;
  }

  /** A move either way alone: it is crossed by one side, and back on that side. */
  get sided(): boolean {
    return this.conditions.length === 1 && this.conditions.some(isEither);
  }

  /** Rules of the same name compare the same: what one of them has heard, all have. */
  get book(): string {
    const [first] = this.conditions;
    return this.conditions.length > 1 ? JSON.stringify(this.conditions) : (first?.metric ?? '');
  }

  /** Judged by other events than trades. */
  get measured(): boolean {
    return this.conditions.every(({ metric }) => isSideMetric(metric));
  }

  read(values: Values): Reading[] | undefined {
    const readings = this.conditions.map(({ metric }): Reading | undefined => {
      const [up, down] = sidesOf(metric);
      const rise = metricValue(up, values);
      const fall = metricValue(down, values);
      return rise === undefined || fall === undefined ? undefined : { rise, fall };
    });
    return readings.every((each) => each !== undefined) ? readings : undefined;
  }

  on(t: number, readings: readonly Reading[], out: Firing[]): void {
    const gap = !(t - Math.max(this.#lastT, this.#clock) <= this.#staleMs);
    if (gap) {
      if (this.phase === 'pending') this.phase = 'armed';
    } else this.advance(t, out);
    this.#lastT = t;
    this.#readings = readings;
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
    if (this.#readings.length === 0) return;
    for (;;) {
      if (this.phase === 'pending' && this.since + this.rule.holdMs <= T) {
        this.#settle(this.since + this.rule.holdMs, out);
      } else if (this.deferred && this.#coolUntil() <= T) this.#endDeferral(this.#coolUntil(), out);
      else break;
    }
    this.#clock = Math.max(this.#clock, T);
  }

  /** Silently to the start, as after what happened unseen long ago. */
  forget(): void {
    if (this.phase === 'done') return;
    this.phase = 'init';
    this.deferred = false;
  }

  #coolUntil(): number {
    return (this.lastFire ?? Number.NEGATIVE_INFINITY) + this.rule.cooldownMs;
  }

  #beyond(): boolean {
    return this.#compared().every(({ condition: { side, level }, value }) => side * value >= side * level);
  }

  #back(): boolean {
    return this.#compared().some(({ condition: { side, rearm }, value }) => side * value <= side * rearm);
  }

  #compared(): { condition: Condition; value: number }[] {
    return this.conditions.map((condition, i) => {
      const { rise, fall } = this.#readings[i] ?? { rise: Number.NaN, fall: Number.NaN };
      if (!isEither(condition)) return { condition, value: rise };
      const value = this.sided ? this.side * (this.side > 0 ? rise : fall) : Math.max(rise, -fall);
      return { condition, value };
    });
  }

  get #told(): number {
    const [first] = this.conditions;
    const { rise, fall } = this.#readings[0] ?? { rise: Number.NaN, fall: Number.NaN };
    if (first === undefined || !isEither(first)) return rise;
    const falls = this.sided ? this.side < 0 : -fall > rise;
    return falls ? fall : rise;
  }

  #turn(): void {
    const { rise, fall } = this.#readings[0] ?? { rise: 0, fall: 0 };
    if (this.sided) this.side = -fall > rise ? -1 : 1;
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
      value: this.#told,
      suppressed: this.suppressed,
    });
    this.suppressed = 0;
  }
}

/** All rules of one symbol, each looked at on every event. */
export class NaiveScan {
  readonly #staleMs: number;
  readonly machines = new Map<string, Machine>();
  readonly #heard = new Map<string, number>();
  #seq = -1;
  #time = -1;

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  add(rule: Rule | WatchedRule): void {
    this.machines.set(rule.id, new Machine(rule, this.#staleMs, this.machines.get(rule.id)));
  }

  remove(ruleId: string): void {
    const gone = this.machines.get(ruleId)?.book ?? '';
    this.machines.delete(ruleId);
    if (![...this.machines.values()].some(({ book }) => book === gone)) this.#heard.delete(gone);
  }

  tick(time: number, seq: number, values: Values): Firing[] {
    if (!Number.isFinite(time) || time < this.#time || seq <= this.#seq) return [];
    const judged = (machine: Machine) => !machine.measured && !(time < this.#heardBy(machine));
    return this.#judge(time, values, judged, () => {
      this.#seq = seq;
      this.#time = time;
    });
  }

  /** Numbers that no trade brings; `all`: trades' numbers too. */
  measure(time: number, values: Values, all: boolean): Firing[] {
    if (!Number.isFinite(time)) return [];
    return this.#judge(time, values, (each) => (all || each.measured) && time > this.#heardBy(each));
  }

  advance(time: number): Firing[] {
    const out: Firing[] = [];
    for (const machine of this.machines.values()) machine.advance(time, out);
    return out;
  }

  forget(): void {
    for (const machine of this.machines.values()) if (!machine.measured) machine.forget();
  }

  #heardBy({ book }: Machine): number {
    return this.#heard.get(book) ?? Number.NEGATIVE_INFINITY;
  }

  #judge(time: number, values: Values, isJudged: (machine: Machine) => boolean, taken = () => {}): Firing[] {
    const out: Firing[] = [];
    for (const machine of [...this.machines.values()].filter(isJudged)) {
      const readings = machine.read(values);
      if (readings === undefined) continue;
      taken();
      this.#heard.set(machine.book, time);
      if (!machine.rule.paused) machine.on(time, readings, out);
    }
    return out;
  }
}

function isEither({ metric }: Pick<Condition, 'metric'>): boolean {
  return metric === 'moveEither' || metric === 'moveEitherSigma';
}

function sidesOf(metric: Metric): [Metric, Metric] {
  if (metric === 'moveEither') return ['moveUp', 'moveDown'];
  return metric === 'moveEitherSigma' ? ['moveUpSigma', 'moveDownSigma'] : [metric, metric];
}

function metricValue(metric: Metric, values: Values): number | undefined {
  const value = values[metric];
  if (!Number.isFinite(value)) return undefined;
  return metric === 'price' && (value ?? 0) <= 0 ? undefined : value;
}
