import type { BookKey, EngineTransition } from './engine.ts';
import { SlotHeap } from './heap.ts';
import type { Firing, InstancePhase } from './rule.ts';
import type { RuleTable } from './table.ts';

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
  value: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * The rules of one symbol that watch the same number, as heaps of next triggers, and the state machine they run on:
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
 * Deadlines fire at their due time, so heartbeats change no result. Input is checked by the caller.
 */
export class Book {
  readonly key: BookKey;
  readonly #table: RuleTable;
  readonly #staleMs: number;
  readonly #up: Side;
  readonly #down: Side;
  readonly #init: SlotHeap;
  /** Rules that are done or paused: no value changes them. */
  readonly #idle: SlotHeap;
  readonly #due: SlotHeap;
  /** For `moveEither` the value is signed, but its size is what is compared. */
  readonly #bySize: boolean;
  #size = 0;
  #time = NEVER;
  #clock = NEVER;
  #value = Number.NaN;
  #timeBefore = NEVER;
  #clockBefore = NEVER;
  #valueBefore = Number.NaN;

  constructor(key: BookKey, table: RuleTable, staleMs: number) {
    this.key = key;
    this.#table = table;
    this.#staleMs = staleMs;
    this.#bySize = key.metric === 'moveEither';
    const tops = new Float64Array(8);
    this.#up = createSide(table, 1, tops, 0);
    this.#down = createSide(table, -1, tops, 3);
    this.#init = new SlotHeap(table.level, table.place, 1, tops, 6);
    this.#idle = new SlotHeap(table.level, table.place, 1);
    this.#due = new SlotHeap(table.due, table.duePlace, 1, tops, 7);
  }

  /** Rules held, also paused and done ones. */
  get size(): number {
    return this.#size;
  }

  /** Where the book stands; undefined before any value. */
  get position(): BookPosition | undefined {
    return toPosition(this.#time, this.#clock, this.#value);
  }

  /** Where it stood when `mark` was last called. */
  get before(): BookPosition | undefined {
    return toPosition(this.#timeBefore, this.#clockBefore, this.#valueBefore);
  }

  restore(position: BookPosition): void {
    this.#time = position.time;
    this.#clock = position.clock;
    this.#value = position.value;
    this.mark();
  }

  /** Remembers the position as the one before the input that comes now. */
  mark(): void {
    this.#timeBefore = this.#time;
    this.#clockBefore = this.#clock;
    this.#valueBefore = this.#value;
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

  /** Takes a finite value in, at a time not before the last. */
  tick(time: number, value: number, out: EngineTransition[]): void {
    const gap = !(time - Math.max(this.#time, this.#clock) <= this.#staleMs);
    if (gap) this.#restartPending(out);
    else this.advance(time, out);
    this.#time = time;
    this.#value = value;
    if (time > this.#clock) this.#clock = time;
    if (gap) this.#settleDeferredAfterGap(time, out);
    const x = this.#compared();
    if (this.#init.size > 0) this.#seed(out);
    this.#evaluate(this.#up, x, time, out);
    this.#evaluate(this.#down, -x, time, out);
  }

  /** Lets deadlines up to `time` fall due on the last value; before any value there is nothing to judge by. */
  advance(time: number, out: EngineTransition[]): void {
    if (this.#time === NEVER || !(time > this.#clock)) return;
    while (this.#due.peek() <= time) {
      const slot = this.#due.peekSlot();
      const due = this.#table.due.get(slot);
      if (this.#table.phase(slot) !== 'pending') this.#endDeferral(slot, due, out);
      else if (this.#beyond(slot)) this.#settle(slot, due, out);
      // Only after a crash between the parts of a commit: the hold began on a tick that will come again.
      else this.#change(slot, 'armed', false, out);
    }
    this.#clock = time;
  }

  #compared(): number {
    return this.#bySize ? Math.abs(this.#value) : this.#value;
  }

  #beyond(slot: number): boolean {
    const side = this.#table.side(slot);
    return side * this.#compared() >= side * this.#table.level.get(slot);
  }

  #evaluate(side: Side, x: number, time: number, out: EngineTransition[]): void {
    while (side.fired.peek() <= -x) this.#change(side.fired.peekSlot(), 'armed', false, out);
    while (side.pending.peek() < -x) this.#change(side.pending.peekSlot(), 'armed', false, out);
    while (side.armed.peek() <= x) {
      const slot = side.armed.peekSlot();
      const hold = this.#table.terms(slot).holdMs;
      if (hold > 0) this.#hold(slot, time + hold, out);
      else this.#settle(slot, time, out);
    }
  }

  #seed(out: EngineTransition[]): void {
    while (this.#init.size > 0) {
      const slot = this.#init.peekSlot();
      this.#change(slot, this.#beyond(slot) ? 'fired' : 'armed', false, out);
    }
  }

  #restartPending(out: EngineTransition[]): void {
    for (const side of [this.#up, this.#down]) {
      while (side.pending.size > 0) this.#change(side.pending.peekSlot(), 'armed', false, out);
    }
  }

  #settleDeferredAfterGap(time: number, out: EngineTransition[]): void {
    while (this.#due.peek() <= time) this.#endDeferral(this.#due.peekSlot(), time, out);
  }

  #endDeferral(slot: number, time: number, out: EngineTransition[]): void {
    if (this.#beyond(slot)) this.#fire(slot, time, 'still', out);
    else this.#change(slot, 'fired', false, out);
  }

  #settle(slot: number, time: number, out: EngineTransition[]): void {
    const table = this.#table;
    if (!table.inCooldown(slot, time)) {
      this.#fire(slot, time, 'cross', out);
      return;
    }
    this.#leave(slot);
    table.suppress(slot);
    table.due.set(slot, table.lastFire.get(slot) + table.terms(slot).cooldownMs);
    table.setPhase(slot, 'fired', true);
    this.#enter(slot);
    this.#emit(slot, undefined, out);
  }

  #hold(slot: number, due: number, out: EngineTransition[]): void {
    this.#leave(slot);
    this.#table.due.set(slot, due);
    this.#table.setPhase(slot, 'pending', false);
    this.#enter(slot);
    this.#emit(slot, undefined, out);
  }

  #fire(slot: number, time: number, why: Firing['why'], out: EngineTransition[]): void {
    const table = this.#table;
    this.#leave(slot);
    const { episode, suppressed } = table.beginEpisode(slot, time);
    table.setPhase(slot, table.terms(slot).mode === 'once' ? 'done' : 'fired', false);
    this.#enter(slot);
    const ruleId = table.id(slot);
    const symbol = table.symbol(slot);
    const eventId = `${ruleId}:${symbol}.${episode}`;
    this.#emit(slot, { eventId, ruleId, symbol, episode, why, time, value: this.#value, suppressed }, out);
  }

  #change(slot: number, phase: InstancePhase, deferred: boolean, out: EngineTransition[]): void {
    this.#leave(slot);
    this.#table.setPhase(slot, phase, deferred);
    this.#enter(slot);
    this.#emit(slot, undefined, out);
  }

  #emit(slot: number, firing: Firing | undefined, out: EngineTransition[]): void {
    const rule = this.#table.rule(slot);
    out.push({ rule, instance: `${rule.id}:${rule.symbol}`, state: this.#table.state(slot, rule), firing });
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

function toPosition(time: number, clock: number, value: number): BookPosition | undefined {
  return time === NEVER ? undefined : { time, clock, value };
}

function createSide(table: RuleTable, forth: 1 | -1, tops: Float64Array, index: number): Side {
  const back = forth === 1 ? -1 : 1;
  return {
    armed: new SlotHeap(table.level, table.place, forth, tops, index),
    fired: new SlotHeap(table.rearm, table.place, back, tops, index + 1),
    pending: new SlotHeap(table.level, table.place, back, tops, index + 2),
  };
}
