import type { EngineTransition } from './engine.ts';
import { type Gauge, isMeasured } from './gauge.ts';
import { SlotHeap } from './heap.ts';
import type { Firing, InstancePhase } from './rule.ts';
import { hasSide, type RuleTable } from './table.ts';

/** The rules of a book that wait for the same direction, by what will happen to them next. */
interface Side {
  /** Nearest level first. */
  readonly armed: SlotHeap;
  /** Nearest re-arm level first: a rule that has fired is not looked at again until the value is back there. */
  readonly fired: SlotHeap;
  /** The level that will be lost first, first. */
  readonly pending: SlotHeap;
}

/** Where a book stands: time and value of its last input, and the time up to which deadlines have fallen due. */
export interface BookPosition {
  time: number;
  clock: number;
  /** What the gauge says: of a move either way the rise. */
  value: number;
  /** The gauge's second number, if it has one. */
  fall: number | undefined;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Places in the numbers of a book, which lie side by side so that a quiet tick of any of hundreds of symbols fetches two
 * cache lines: first the tops of its heaps, those of the side `up`, those of `down`, and the others.
 */
const UP = 0;
const DOWN = 3;
const ARMED = 0;
const FIRED = 1;
const PENDING = 2;
const INIT = 6;
const DUE = 7;
/** The position: time and value of the last input, the time up to which deadlines have fallen due. */
const TIME = 8;
const CLOCK = 9;
/** What the gauge says: on either side the same number, but for those that have two. */
const RISE = 10;
const FALL = 11;
/** The position before the input that came last begins here, in the same order. */
const BEFORE = 12;
const NUMBERS = 16;

/**
 * The rules of one symbol that compare the same gauge, as heaps of next triggers, and the state machine they run on:
 *
 *     beyond(v) = side·v ≥ side·level          back(v) = side·v ≤ side·rearm
 *     on(t, v):  gap = t − max(lastT, clock) > staleMs;  gap ? (pending → armed) : advance(t)    — on the OLD value
 *                gap and deferred and cooldown over: no longer deferred; beyond(v) → fire 'still'
 *                init → beyond(v) ? fired : armed          — never barks: it was told when the rule was made
 *                fired and back(v) → armed;  pending and not beyond(v) → armed
 *                armed and beyond(v) → hold time ? pending : settle
 *     advance(T): while due ≤ T:  pending → settle at its due time;  deferred → beyond(last) ? fire 'still' : fired
 *     settle(t): within the cooldown ? (fired, suppressed + 1, deferred) : fire 'cross'
 *     fire(t):   episode + 1, lastFire = t, once ? done : fired
 *
 * A move either way watches two numbers, the rise from the low and the fall from the high. It is crossed by the larger of
 * the two; from then on only that side counts, until it is back there and armed again. So a fall that turns into as large
 * a rise is two barks, and a price that trembles in the middle of a wide range is none.
 *
 * Deadlines fire at their due time, so heartbeats change no result. Input is checked by the caller.
 */
export class Book {
  readonly gauge: Gauge;
  /** Trades do not judge it, other events do. */
  readonly measured: boolean;
  readonly #table: RuleTable;
  readonly #staleMs: number;
  readonly #up: Side;
  readonly #down: Side;
  readonly #init: SlotHeap;
  /** Rules that are done or paused: no value changes them. */
  readonly #idle: SlotHeap;
  readonly #due: SlotHeap;
  /** Rules wait for a rise or a fall, whichever is larger; those armed are all kept on the side `up`. */
  readonly #either: boolean;
  readonly #numbers = new Float64Array(NUMBERS);
  #size = 0;

  constructor(gauge: Gauge, table: RuleTable, staleMs: number) {
    this.gauge = gauge;
    this.measured = isMeasured(gauge);
    this.#table = table;
    this.#staleMs = staleMs;
    this.#either = gauge.either;
    const numbers = this.#numbers;
    numbers.set([NEVER, NEVER, Number.NaN, Number.NaN], TIME);
    this.mark();
    this.#up = createSide(table, 1, numbers, UP);
    this.#down = createSide(table, -1, numbers, DOWN);
    this.#init = new SlotHeap(table.level, table.place, 1, numbers, INIT);
    this.#idle = new SlotHeap(table.level, table.place, 1);
    this.#due = new SlotHeap(table.due, table.duePlace, 1, numbers, DUE);
  }

  /** Rules held, also paused and done ones. */
  get size(): number {
    return this.#size;
  }

  /** Time of the last input, Unix ms; −Infinity before any. */
  get time(): number {
    return this.#at(TIME);
  }

  /** Where the book stands; undefined before any value. */
  get position(): BookPosition | undefined {
    return this.#position(TIME);
  }

  /** Where it stood when `mark` was last called. */
  get before(): BookPosition | undefined {
    return this.#position(BEFORE);
  }

  restore(position: BookPosition): void {
    const { time, clock, value, fall = value } = position;
    this.#numbers.set([time, clock, value, fall], TIME);
    this.mark();
  }

  /** Remembers the position as the one before the input that comes now. */
  mark(): void {
    const numbers = this.#numbers;
    for (let place = TIME; place < BEFORE; place++) numbers[place + BEFORE - TIME] = numbers[place] ?? NEVER;
  }

  insert(slot: number): void {
    this.#size += 1;
    this.#enter(slot);
  }

  remove(slot: number): void {
    this.#size -= 1;
    this.#leave(slot);
  }

  /** All slots of the book. */
  slots(): number[] {
    const heaps = [this.#init, this.#idle, ...Object.values(this.#up), ...Object.values(this.#down)];
    return heaps.flatMap((heap) => heap.slots());
  }

  /** Some rule would change its state if what the gauge says went anywhere from `low` to `high`. */
  stirs(low: number, high: number): boolean {
    const size = this.#either ? Math.max(-low, high) : high;
    const up = this.#up;
    const down = this.#down;
    return (
      up.armed.peek() <= size ||
      down.armed.peek() <= -low ||
      up.fired.peek() <= -low ||
      down.fired.peek() <= high ||
      up.pending.peek() < -low ||
      down.pending.peek() < high
    );
  }

  /** Puts every rule that waits for something back to `init`. */
  forget(): void {
    for (const { armed, fired, pending } of [this.#up, this.#down]) {
      for (const slot of [...armed.slots(), ...fired.slots(), ...pending.slots()]) {
        this.#change(slot, 'init', []);
      }
    }
  }

  /** Takes in what the gauge says, at a time not before the last. */
  tick(time: number, out: EngineTransition[]): void {
    const { rise, fall } = this.gauge;
    const quiet = this.#isQuiet(time, rise, fall);
    const gap = !quiet && this.#isGap(time);
    if (gap) this.#restartPending(out);
    else if (!quiet) this.advance(time, out);
    const numbers = this.#numbers;
    numbers[TIME] = time;
    numbers[RISE] = rise;
    numbers[FALL] = fall;
    if (time > this.#at(CLOCK)) numbers[CLOCK] = time;
    if (quiet) return;
    if (gap) this.#settleDeferredAfterGap(time, out);
    if (this.#init.size > 0) this.#seed(out);
    this.#retreat(this.#up, rise, out);
    this.#retreat(this.#down, -fall, out);
    this.#cross(this.#up, this.#either ? Math.max(rise, -fall) : rise, time, out);
    this.#cross(this.#down, -fall, time, out);
  }

  /** Lets deadlines up to `time` fall due on the last value; before any value there is nothing to judge by. */
  advance(time: number, out: EngineTransition[]): void {
    if (this.#at(TIME) === NEVER || !(time > this.#at(CLOCK))) return;
    while (this.#due.peek() <= time) {
      const slot = this.#due.peekSlot();
      const due = this.#table.due.get(slot);
      if (this.#table.phase(slot) !== 'pending') this.#endDeferral(slot, due, out);
      else if (this.#beyond(slot)) this.#settle(slot, due, out);
      // Only after a crash between the parts of a commit: the hold began on a tick that will come again.
      else this.#change(slot, 'armed', out);
    }
    this.#numbers[CLOCK] = time;
  }

  #at(place: number): number {
    return this.#numbers[place] ?? NEVER;
  }

  #isGap(time: number): boolean {
    return !(time - Math.max(this.#at(TIME), this.#at(CLOCK)) <= this.#staleMs);
  }

  /** Nearly every tick: nothing falls due, no level is reached, and the heaps themselves need not be looked at. */
  #isQuiet(time: number, rise: number, fall: number): boolean {
    const over = this.#either ? Math.max(rise, -fall) : rise;
    return (
      !this.#isGap(time) &&
      this.#at(DUE) > time &&
      this.#at(INIT) === Number.POSITIVE_INFINITY &&
      this.#at(UP + ARMED) > over &&
      this.#at(UP + FIRED) > -rise &&
      this.#at(UP + PENDING) >= -rise &&
      this.#at(DOWN + ARMED) > -fall &&
      this.#at(DOWN + FIRED) > fall &&
      this.#at(DOWN + PENDING) >= fall
    );
  }

  /** What stands at `from`: `TIME` or `BEFORE`. */
  #position(from: number): BookPosition | undefined {
    const [time = NEVER, clock = NEVER, value = Number.NaN, fall] = this.#numbers.subarray(from, from + 4);
    return time === NEVER ? undefined : { time, clock, value, fall: this.gauge.twofold ? fall : undefined };
  }

  /** The value to tell of: on the side that a slot looks to, and of two conditions that of the first. */
  #toldOf(slot: number): number {
    return this.gauge.parts ? this.#at(FALL) : this.#valueOf(slot);
  }

  /** The value on the side that a slot looks to. */
  #valueOf(slot: number): number {
    return this.#at(this.#table.side(slot) > 0 ? RISE : FALL);
  }

  #beyond(slot: number): boolean {
    const side = this.#table.side(slot);
    return side * this.#valueOf(slot) >= side * this.#table.level.get(slot);
  }

  #retreat(side: Side, x: number, out: EngineTransition[]): void {
    while (side.fired.peek() <= -x) this.#change(side.fired.peekSlot(), 'armed', out);
    while (side.pending.peek() < -x) this.#change(side.pending.peekSlot(), 'armed', out);
  }

  #cross(side: Side, x: number, time: number, out: EngineTransition[]): void {
    while (side.armed.peek() <= x) {
      const slot = side.armed.peekSlot();
      const hold = this.#table.terms(slot).holdMs;
      if (hold > 0) this.#hold(slot, time + hold, out);
      else this.#settle(slot, time, out);
    }
  }

  #seed(out: EngineTransition[]): void {
    const larger = Math.max(this.#at(RISE), -this.#at(FALL));
    while (this.#init.size > 0) {
      const slot = this.#init.peekSlot();
      const beyond = this.#either ? larger >= this.#table.level.get(slot) : this.#beyond(slot);
      this.#change(slot, beyond ? 'fired' : 'armed', out);
    }
  }

  #restartPending(out: EngineTransition[]): void {
    for (const side of [this.#up, this.#down]) {
      while (side.pending.size > 0) this.#change(side.pending.peekSlot(), 'armed', out);
    }
  }

  #settleDeferredAfterGap(time: number, out: EngineTransition[]): void {
    while (this.#due.peek() <= time) this.#endDeferral(this.#due.peekSlot(), time, out);
  }

  #endDeferral(slot: number, time: number, out: EngineTransition[]): void {
    if (this.#beyond(slot)) this.#fire(slot, time, 'still', out);
    else this.#change(slot, 'fired', out);
  }

  #settle(slot: number, time: number, out: EngineTransition[]): void {
    const table = this.#table;
    const was = table.phase(slot);
    if (!table.inCooldown(slot, time)) {
      this.#fire(slot, time, 'cross', out);
      return;
    }
    this.#leave(slot);
    table.suppress(slot);
    table.due.set(slot, table.lastFire.get(slot) + table.terms(slot).cooldownMs);
    this.#setPhase(slot, 'fired', true);
    this.#enter(slot);
    this.#emit(slot, was, undefined, out);
  }

  #hold(slot: number, due: number, out: EngineTransition[]): void {
    this.#leave(slot);
    this.#table.due.set(slot, due);
    this.#setPhase(slot, 'pending', false);
    this.#enter(slot);
    this.#emit(slot, 'armed', undefined, out);
  }

  /** A crossing that was found only now, at a time before the book's. */
  fireLate(slot: number, time: number, value: number, out: EngineTransition[]): void {
    this.#fire(slot, time, 'cross', out, value);
    // The value has gone on since: it may be back already.
    this.#retreat(this.#up, this.#at(RISE), out);
    this.#retreat(this.#down, -this.#at(FALL), out);
  }

  #fire(slot: number, time: number, why: Firing['why'], out: EngineTransition[], late?: number): void {
    const table = this.#table;
    const was = table.phase(slot);
    const firedBefore = table.lastFire.get(slot);
    this.#leave(slot);
    const { episode, suppressed } = table.beginEpisode(slot, time);
    this.#setPhase(slot, 'fired', false);
    const value = late ?? this.#toldOf(slot);
    if (table.terms(slot).mode === 'once') this.#setPhase(slot, 'done', false);
    this.#enter(slot);
    const { ruleId, symbol } = table.instance(slot);
    const eventId = `${ruleId}:${symbol}.${episode}`;
    const firing = { eventId, ruleId, symbol, episode, why, time, value, suppressed };
    this.#emit(slot, was, firing, out, firedBefore);
  }

  #change(slot: number, phase: InstancePhase, out: EngineTransition[]): void {
    const was = this.#table.phase(slot);
    this.#leave(slot);
    this.#setPhase(slot, phase, false);
    this.#enter(slot);
    this.#emit(slot, was, undefined, out);
  }

  #emit(
    slot: number,
    was: InstancePhase,
    firing: Firing | undefined,
    out: EngineTransition[],
    firedBefore = this.#table.lastFire.get(slot),
  ): void {
    const rule = this.#table.rule(slot);
    const state = this.#table.state(slot, rule);
    out.push({ rule, instance: `${rule.id}:${rule.symbol}`, was, firedBefore, state, firing });
  }

  /** Sets the phase, and of a move either way the side: the larger one when it crosses, none while it waits. */
  #setPhase(slot: number, phase: InstancePhase, deferred: boolean): void {
    const table = this.#table;
    const falls = hasSide(table.phase(slot)) ? table.side(slot) < 0 : -this.#at(FALL) > this.#at(RISE);
    table.setPhase(slot, phase, deferred, this.#either && hasSide(phase) && falls);
  }

  #enter(slot: number): void {
    const phase = this.#table.phase(slot);
    this.#heapOf(slot, phase).push(slot);
    if (phase === 'pending' || this.#table.deferred(slot)) this.#due.push(slot);
  }

  #leave(slot: number): void {
    const phase = this.#table.phase(slot);
    this.#heapOf(slot, phase).remove(slot);
    if (phase === 'pending' || this.#table.deferred(slot)) this.#due.remove(slot);
  }

  #heapOf(slot: number, phase: InstancePhase): SlotHeap {
    if (phase === 'done' || this.#table.terms(slot).paused) return this.#idle;
    if (phase === 'init') return this.#init;
    const side = this.#table.side(slot) === 1 ? this.#up : this.#down;
    return side[phase];
  }
}

function createSide(table: RuleTable, forth: 1 | -1, numbers: Float64Array, from: number): Side {
  const back = forth === 1 ? -1 : 1;
  return {
    armed: new SlotHeap(table.level, table.place, forth, numbers, from + ARMED),
    fired: new SlotHeap(table.rearm, table.place, back, numbers, from + FIRED),
    pending: new SlotHeap(table.level, table.place, back, numbers, from + PENDING),
  };
}
