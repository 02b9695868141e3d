import { WINDOW_MS, type Window } from '../market/brief.ts';
import { POINTS_PER_CANDLE, type PricePath } from './candle-path.ts';
import { windowBegin } from './path-windows.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** As in market/usual.ts: minutes that must be known before anything is called usual. */
const USUAL_MINUTES = 60;
const WARM_MINUTES = 0.9 * DAY_MINUTES;
const DECAY = 0.5 ** (1 / DAY_MINUTES);

/** What was traded in one rolling window at each point of a path, and of it by taking sellers' offers; quote units. */
export interface PathFlow {
  readonly traded: Float64Array;
  readonly bought: Float64Array;
}

/** One rolling window of what was traded: each candle's is taken to be spread evenly over its minute. */
export function flowAlong(path: PricePath, window: Window): PathFlow {
  const { length, times } = path;
  const traded = new Float64Array(length);
  const bought = new Float64Array(length);
  let first = 0;
  for (let i = 0; i < length; i++) {
    const from = windowBegin(times[i] ?? 0, window);
    while (first + 1 < length && (times[first + 1] ?? 0) <= from) first += 1;
    traded[i] = (path.traded[i] ?? 0) - at(path.traded, times, first, from);
    bought[i] = (path.bought[i] ?? 0) - at(path.bought, times, first, from);
  }
  return { traded, bought };
}

/** A running sum at a time between the point `i` and the next one. */
function at(sums: Float64Array, times: Float64Array, i: number, time: number): number {
  const [before = 0, after = before] = [sums[i], sums[i + 1]];
  const [begin = 0, end = begin] = [times[i], times[i + 1]];
  if (time <= begin || end <= begin) return before;
  return before + ((after - before) * Math.min(time - begin, end - begin)) / (end - begin);
}

/** What is usual at each candle of a path, as market/usual.ts has it: of the minutes before; NaN while not known. */
export interface PathUsual {
  /** Mean notional of a minute of the last 24 h, quote units. */
  readonly notional: Float64Array;
  /** One standard deviation of 1-minute log returns, as a fraction; exponentially weighted, half-life 24 h. */
  readonly sigma: Float64Array;
}

export function usualAlong({ length, times, prices, traded }: PricePath): PathUsual {
  const candles = length / POINTS_PER_CANDLE;
  const notional = new Float64Array(candles);
  const sigma = new Float64Array(candles);
  const timeOf = (candle: number) => times[candle * POINTS_PER_CANDLE] ?? 0;
  const openOf = (candle: number) => prices[candle * POINTS_PER_CANDLE] ?? 0;
  const closeOf = (candle: number) => prices[candle * POINTS_PER_CANDLE + POINTS_PER_CANDLE - 1] ?? 0;
  const before = (candle: number) => traded[candle * POINTS_PER_CANDLE] ?? 0;
  let first = 0;
  let weights = 0;
  let squares = 0;
  for (let i = 0; i < candles; i++) {
    while (timeOf(first) < timeOf(i) - DAY_MINUTES * MINUTE_MS) first += 1;
    const known = i - first;
    notional[i] = known >= USUAL_MINUTES ? (before(i) - before(first)) / known : Number.NaN;
    sigma[i] = known >= WARM_MINUTES ? Math.sqrt(squares / weights) : Number.NaN;
    const passed = i === 0 ? 1 : (timeOf(i) - timeOf(i - 1)) / MINUTE_MS;
    weights *= DECAY ** passed;
    squares *= DECAY ** passed;
    // At the beginning and after a hole a minute comes from its own open: no close before it is known, live neither.
    const from = i > 0 && passed === 1 ? closeOf(i - 1) : openOf(i);
    const change = Math.log(closeOf(i) / from);
    weights += 1;
    squares += change * change;
  }
  return { notional, sigma };
}

/** What was traded in a window as a multiple of the usual; undefined while that is not known. */
export function volumeRatio(
  flow: PathFlow,
  usual: PathUsual,
  window: Window,
  point: number,
): number | undefined {
  const minute = usual.notional[Math.floor(point / POINTS_PER_CANDLE)] ?? Number.NaN;
  const ratio = (flow.traded[point] ?? 0) / (minute * (WINDOW_MS[window] / MINUTE_MS));
  return Number.isFinite(ratio) ? ratio : undefined;
}

/** Taker buys ÷ sells of a window; undefined where either is nothing. */
export function takerRatio(flow: PathFlow, point: number): number | undefined {
  const buy = flow.bought[point] ?? 0;
  const sell = (flow.traded[point] ?? 0) - buy;
  return buy > 0 && sell > 0 ? buy / sell : undefined;
}
