import type { Window } from '../market/brief.ts';
import { type BookKey, type Condition, isSideMetric, type Metric, textOf } from './condition.ts';

/** A number's value; undefined while it is not known. Never asked for a move either way, but for its two sides. */
export type ReadBook = (key: BookKey) => number | undefined;

/** What the rules of one book compare, read from the market. Its fields are overwritten by each `read`: a tick must not allocate. */
export interface Gauge {
  /** Equal for equal gauges of a symbol. */
  readonly id: string;
  /** The numbers it is made of. */
  readonly keys: readonly BookKey[];
  /** Of two conditions: these. */
  readonly parts: readonly Condition[] | undefined;
  /** It has a second number of its own: a move's fall, or of two conditions the value to tell of. */
  readonly twofold: boolean;
  /** Rules wait for a rise or a fall, whichever is larger. */
  readonly either: boolean;
  /** What rules that look up compare. */
  rise: number;
  /** What rules that look down compare, the same but for a move either way; of two conditions the value to tell of. */
  fall: number;
  /** Takes the values in; false while one is not known, or is no number that could be compared. */
  read(read: ReadBook): boolean;
  /** Where `rise` can have been while each number was within its band, and of a move either way −`fall` and `rise`. */
  band(band: (key: BookKey) => readonly [number, number]): readonly [low: number, high: number];
}

/** The gauge of a rule's conditions: of one alone the number itself, shared by all levels; of two whether they hold together. */
export function createGauge(conditions: readonly Condition[]): Gauge {
  const [first, ...rest] = conditions;
  if (first === undefined) throw new RangeError('a rule without a condition');
  if (rest.length > 0) return new JointGauge(conditions);
  const { metric, window } = first;
  return isEither(metric) ? new EitherGauge(metric, window) : new NumberGauge(metric, window);
}

/** The `id` of the gauge that `createGauge` makes. */
export function gaugeId(conditions: readonly Condition[]): string {
  const [first] = conditions;
  return first && conditions.length === 1 ? `${first.metric}:${first.window}` : textOf(conditions);
}

/** Is the book judged by other events than trades? One of two conditions only if neither number comes by trades. */
export function isMeasured({ keys }: Gauge): boolean {
  return keys.every(({ metric }) => isSideMetric(metric));
}

class NumberGauge implements Gauge {
  readonly id: string;
  readonly keys: readonly BookKey[];
  readonly parts = undefined;
  readonly twofold = false;
  readonly either = false;
  rise = Number.NaN;
  fall = Number.NaN;
  readonly #key: BookKey;

  constructor(metric: Metric, window: Window) {
    this.id = `${metric}:${window}`;
    this.#key = { metric, window };
    this.keys = [this.#key];
  }

  read(read: ReadBook): boolean {
    const value = readNumber(this.#key, read);
    if (value === undefined) return false;
    this.rise = value;
    this.fall = value;
    return true;
  }

  band(band: (key: BookKey) => readonly [number, number]): readonly [number, number] {
    return band(this.#key);
  }
}

class EitherGauge implements Gauge {
  readonly id: string;
  readonly keys: readonly BookKey[];
  readonly parts = undefined;
  readonly twofold = true;
  readonly either = true;
  rise = Number.NaN;
  fall = Number.NaN;
  readonly #key: BookKey;
  readonly #sides: Sides;

  constructor(metric: EitherMetric, window: Window) {
    this.id = `${metric}:${window}`;
    this.#key = { metric, window };
    this.keys = [this.#key];
    this.#sides = sidesOf(metric, window);
  }

  read(read: ReadBook): boolean {
    const rise = readNumber(this.#sides.up, read);
    const fall = readNumber(this.#sides.down, read);
    if (rise === undefined || fall === undefined) return false;
    this.rise = rise;
    this.fall = fall;
    return true;
  }

  band(band: (key: BookKey) => readonly [number, number]): readonly [number, number] {
    return band(this.#key);
  }
}

/** How far a condition is: both ends are levels of the joint book. */
const BACK = 0;
const BETWEEN = 0.5;
const BEYOND = 1;
/** The levels of every rule in a joint book. */
export const JOINT_LEVEL = BEYOND;
export const JOINT_REARM = BACK;

/**
 * Two conditions as one number, so that the state machine needs to know of one alone: 1 while both are beyond their
 * level, 0 while either is back at its re-arm level, ½ between. A move either way counts by its larger side.
 *
 * What it costs: rules that wait for the same pair share a gauge and are indexed as all others, but each different pair
 * is read with every event of its symbol (some 30 ns). So a tick costs by the number of different pairs of the symbol.
 */
class JointGauge implements Gauge {
  readonly id: string;
  readonly keys: readonly BookKey[];
  readonly parts: readonly Condition[];
  readonly twofold = true;
  readonly either = false;
  rise = Number.NaN;
  fall = Number.NaN;
  readonly #parts: readonly { condition: Condition; sides: Sides | undefined }[];

  constructor(conditions: readonly Condition[]) {
    this.id = textOf(conditions);
    this.parts = conditions;
    this.keys = conditions.map(({ metric, window }) => ({ metric, window }));
    this.#parts = conditions.map((condition) => {
      const { metric, window } = condition;
      return { condition, sides: isEither(metric) ? sidesOf(metric, window) : undefined };
    });
  }

  read(read: ReadBook): boolean {
    let least = BEYOND;
    let told: number | undefined;
    for (const { condition, sides } of this.#parts) {
      const value = sides ? readLarger(sides, read) : readNumber(condition, read);
      if (value === undefined) return false;
      told ??= value;
      least = Math.min(least, progressOf(condition, sides ? Math.abs(value) : value));
    }
    this.rise = least;
    this.fall = told ?? Number.NaN;
    return true;
  }

  band(band: (key: BookKey) => readonly [number, number]): readonly [number, number] {
    let low = BEYOND;
    let high = BEYOND;
    for (const { condition, sides } of this.#parts) {
      const [from, to] = band(condition);
      const ends = sides ? [0, Math.max(-from, to)] : [from, to];
      const reached = ends.map((value) => progressOf(condition, value));
      low = Math.min(low, ...reached);
      high = Math.min(high, Math.max(...reached));
    }
    return [low, high];
  }
}

function progressOf({ side, level, rearm }: Condition, value: number): number {
  if (side * value >= side * level) return BEYOND;
  return side * value <= side * rearm ? BACK : BETWEEN;
}

type EitherMetric = 'moveEither' | 'moveEitherSigma';

interface Sides {
  up: BookKey;
  down: BookKey;
}

function isEither(metric: Metric): metric is EitherMetric {
  return metric === 'moveEither' || metric === 'moveEitherSigma';
}

function sidesOf(metric: EitherMetric, window: Window): Sides {
  return metric === 'moveEither'
    ? { up: { metric: 'moveUp', window }, down: { metric: 'moveDown', window } }
    : { up: { metric: 'moveUpSigma', window }, down: { metric: 'moveDownSigma', window } };
}

function readNumber(key: BookKey, read: ReadBook): number | undefined {
  const value = read(key);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return key.metric === 'price' && value <= 0 ? undefined : value;
}

/** The larger of rise and fall, with its sign. */
function readLarger({ up, down }: Sides, read: ReadBook): number | undefined {
  const rise = readNumber(up, read);
  const fall = readNumber(down, read);
  if (rise === undefined || fall === undefined) return undefined;
  return -fall > rise ? fall : rise;
}
