import type { Window } from '../market/brief.ts';
import { deviationOver, inDeviations } from '../market/deviations.ts';
import { POINTS_PER_CANDLE, type PricePath } from './candle-path.ts';
import type { BookKey, Condition } from './condition.ts';
import { type ForwardSeries, sideOf } from './counting.ts';
import { createGauge } from './gauge.ts';
import {
  flowAlong,
  type PathFlow,
  type PathUsual,
  takerRatio,
  usualAlong,
  volumeRatio,
} from './path-flow.ts';
import { type PathWindow, windowAlong } from './path-windows.ts';

/** A number's value at a point of a path; undefined where it is not known. */
export type PathReader = (key: BookKey, point: number) => number | undefined;

/**
 * Reads numbers along a path, with the values that the live ones have where candles tell them: prices, moves, ranges, also
 * in σ, and what was traded, by whom. Of funding, open interest, liquidations and sentiment nothing is known. What a window
 * needs is prepared when it is first asked for. `tickSize`: the smallest step of the price; 0 where it is not known.
 */
export function readerAlong(path: PricePath, tickSize = 0): PathReader {
  const windows = new Map<Window, PathWindow>();
  const flows = new Map<Window, PathFlow>();
  let usual: PathUsual | undefined;
  const usualOf = () => {
    usual ??= usualAlong(path);
    return usual;
  };
  const inSigma = (percent: number, window: Window, point: number) => {
    const ofMinute = usualOf().sigma[Math.floor(point / POINTS_PER_CANDLE)] ?? Number.NaN;
    const deviation = deviationOver(window, ofMinute * 100);
    return inDeviations(percent, deviation, { last: path.prices[point], tickSize });
  };
  return ({ metric, window }, point) => {
    const price = path.prices[point] ?? Number.NaN;
    if (metric === 'price') return price;
    const along = kept(windows, window, () => windowAlong(path, window));
    if (along.usable[point] !== 1) return undefined;
    const high = along.high[point] ?? price;
    const low = along.low[point] ?? price;
    const range = ((high - low) / low) * 100;
    const up = ((price - low) / low) * 100;
    const down = ((price - high) / high) * 100;
    const flow = () => kept(flows, window, () => flowAlong(path, window));
    switch (metric) {
      case 'range':
        return range;
      case 'moveUp':
        return up;
      case 'moveDown':
        return down;
      case 'moveEither':
        return up >= -down ? up : down;
      case 'rangeSigma':
        return inSigma(range, window, point);
      case 'moveUpSigma':
        return inSigma(up, window, point);
      case 'moveDownSigma':
        return inSigma(down, window, point);
      case 'moveEitherSigma':
        return inSigma(up >= -down ? up : down, window, point);
      case 'volume':
        return volumeRatio(flow(), usualOf(), window, point);
      case 'buyers':
        return takerRatio(flow(), point);
      case 'sellers':
      case 'takers': {
        const ratio = takerRatio(flow(), point);
        if (ratio === undefined) return undefined;
        return metric === 'sellers' ? 1 / ratio : Math.max(ratio, 1 / ratio);
      }
      case 'funding':
      case 'fundingSize':
      case 'liquidation':
      case 'oi':
      case 'oiSize':
      case 'sentiment':
        return undefined;
    }
  };
}

function kept<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

/** What conditions compare along a path, without the points at which that is not known; `read` is the path's reader. */
export function forwardAlong(
  path: PricePath,
  conditions: readonly Condition[],
  read: PathReader,
): ForwardSeries {
  const gauge = createGauge(conditions);
  const side = gauge.parts ? 1 : (conditions[0]?.side ?? 1);
  const times = new Float64Array(path.length);
  const values = new Float64Array(path.length);
  const falls = new Float64Array(gauge.either ? path.length : 0);
  let point = 0;
  const readHere = (key: BookKey) => read(key, point);
  let length = 0;
  for (; point < path.length; point++) {
    if (!gauge.read(readHere)) continue;
    times[length] = path.times[point] ?? 0;
    values[length] = side * gauge.rise;
    if (gauge.either) falls[length] = -gauge.fall;
    length += 1;
  }
  const first = sideOf(values.subarray(0, length));
  return {
    times: times.subarray(0, length),
    sides: gauge.either ? [first, sideOf(falls.subarray(0, length))] : [first],
    end: path.end,
  };
}
