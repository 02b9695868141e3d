/** Points of one block, of which highest and lowest are kept so that it can be passed over whole. */
const BLOCK_BITS = 5;
const BLOCK = 1 << BLOCK_BITS;
const NEVER = Number.NEGATIVE_INFINITY;

/** One number along time, in a rule's direction: greater is further. */
interface Side {
  readonly values: Float64Array;
  readonly highest: Float64Array;
  readonly lowest: Float64Array;
}

/** What a rule compares, along time. */
export interface ForwardSeries {
  /** Unix ms, ascending. */
  readonly times: Float64Array;
  /** One number, or of a move either way the rise and the fall. */
  readonly sides: readonly [Side] | readonly [Side, Side];
  /** Deadlines up to then fall due on the last values, Unix ms. */
  readonly end: number;
}

/** Levels in the direction of the series (`rearm` < `level`) and times in ms. */
export interface Watch {
  level: number;
  rearm: number;
  cooldownMs: number;
  holdMs: number;
}

/** Prepares a number along time for being counted on. */
export function sideOf(values: Float64Array): Side {
  const blocks = Math.ceil(values.length / BLOCK);
  const highest = new Float64Array(blocks).fill(Number.NEGATIVE_INFINITY);
  const lowest = new Float64Array(blocks).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < values.length; i++) {
    const block = i >> BLOCK_BITS;
    const value = values[i] ?? 0;
    if (value > (highest[block] ?? 0)) highest[block] = value;
    if (value < (lowest[block] ?? 0)) lowest[block] = value;
  }
  return { values, highest, lowest };
}

/** The greatest value of a series; −Infinity where it is empty. */
export function greatestOf({ sides }: ForwardSeries): number {
  return sides.reduce((most, { highest }) => highest.reduce((a, b) => Math.max(a, b), most), NEVER);
}

/**
 * When one repeating rule would have fired along a series, Unix ms: the state machine of book.ts for a single rule, without
 * index or records, and passing over stretches in which nothing can change. Equal to the engine's (held by a property);
 * for trying hundreds of thresholds in the time that the engine takes for one.
 */
export function firingsAlong(series: ForwardSeries, watch: Watch, staleMs: number): number[] {
  const { times, sides, end } = series;
  const { level, rearm, cooldownMs, holdMs } = watch;
  const [rise, fall = rise] = sides;
  const { length } = times;
  const fired: number[] = [];
  let side = rise;
  const valueAt = (i: number) => side.values[i] ?? NEVER;
  const turn = (i: number) => {
    side = (fall.values[i] ?? NEVER) > (rise.values[i] ?? NEVER) ? fall : rise;
  };
  turn(0);
  let phase: 'armed' | 'pending' | 'fired' = valueAt(0) >= level ? 'fired' : 'armed';
  let due = Number.POSITIVE_INFINITY;
  let lastFire = NEVER;

  const fire = (time: number) => {
    phase = 'fired';
    due = Number.POSITIVE_INFINITY;
    lastFire = time;
    fired.push(time);
  };
  const arm = () => {
    phase = 'armed';
    due = Number.POSITIVE_INFINITY;
  };
  const settle = (time: number) => {
    if (time - lastFire >= cooldownMs) return fire(time);
    phase = 'fired';
    due = lastFire + cooldownMs;
  };
  const endDeferral = (time: number, i: number) => {
    due = Number.POSITIVE_INFINITY;
    if (valueAt(i) >= level) fire(time);
  };
  const advance = (time: number, i: number) => {
    while (due <= time) {
      if (phase === 'pending') settle(due);
      else endDeferral(due, i);
    }
  };

  for (let i = 1; i < length; i++) {
    if (due === Number.POSITIVE_INFINITY) {
      if (phase === 'fired') i = nextAtMost(side, i, rearm);
      else i = Math.min(nextAtLeast(rise, i, level), fall === rise ? length : nextAtLeast(fall, i, level));
      if (i === length) break;
    }
    const time = times[i] ?? 0;
    if (time - (times[i - 1] ?? 0) <= staleMs) advance(time, i - 1);
    else if (phase === 'pending') arm();
    else if (due <= time) endDeferral(time, i);
    if (phase === 'fired' ? valueAt(i) <= rearm : valueAt(i) < level) arm();
    if (phase !== 'armed') continue;
    turn(i);
    if (valueAt(i) < level) continue;
    if (holdMs > 0) {
      phase = 'pending';
      due = time + holdMs;
    } else settle(time);
  }
  advance(end, length - 1);
  return fired;
}

/** First place from `from` on whose value is at least `level`; the length where there is none. */
function nextAtLeast({ values, highest }: Side, from: number, level: number): number {
  for (let i = from; i < values.length; ) {
    const end = Math.min(values.length, (i | (BLOCK - 1)) + 1);
    if ((highest[i >> BLOCK_BITS] ?? level) < level) i = end;
    for (; i < end; i++) if ((values[i] ?? level) >= level) return i;
  }
  return values.length;
}

/** First place from `from` on whose value is at most `rearm`; the length where there is none. */
function nextAtMost({ values, lowest }: Side, from: number, rearm: number): number {
  for (let i = from; i < values.length; ) {
    const end = Math.min(values.length, (i | (BLOCK - 1)) + 1);
    if ((lowest[i >> BLOCK_BITS] ?? rearm) > rearm) i = end;
    for (; i < end; i++) if ((values[i] ?? rearm) <= rearm) return i;
  }
  return values.length;
}
