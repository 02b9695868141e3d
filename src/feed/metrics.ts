import { conditionsOf, isSideMetric } from '../alerts/condition.ts';
import type { BookKey } from '../alerts/engine.ts';
import type { Rule, WatchedRule } from '../alerts/rule.ts';
import type { Window } from '../market/brief.ts';
import type { SymbolState } from '../market/symbol-state.ts';

/** Below this, in %, a move is none, however many deviations it is. */
const FLOOR_PERCENT = 0.15;
/** Nor below so many steps of the price. */
const FLOOR_TICKS = 3;

/** A number in % as multiples of one deviation over the window; 0 where it is too small to be a move at all. */
function inSigma(state: SymbolState, window: Window, value: number | undefined): number | undefined {
  const sigma = state.sigma(window);
  const { last, tickSize } = state;
  if (value === undefined || last === undefined || sigma === undefined || !(sigma > 0)) return undefined;
  const floor = Math.max(FLOOR_PERCENT, ((FLOOR_TICKS * tickSize) / last) * 100);
  return Math.abs(value) < floor ? 0 : value / sigma;
}

/** The value of a book on this symbol; undefined while its window is warming. Made once per symbol: a tick must not allocate. */
export function metricReader(state: SymbolState): (book: BookKey) => number | undefined {
  return ({ metric, window }) => {
    switch (metric) {
      case 'price':
        return state.last;
      case 'range':
        return state.range(window);
      case 'moveUp':
        return state.moveUp(window);
      case 'moveDown':
        return state.moveDown(window);
      case 'moveEither':
        return larger(state.moveUp(window), state.moveDown(window));
      case 'rangeSigma':
        return inSigma(state, window, state.range(window));
      case 'moveUpSigma':
        return inSigma(state, window, state.moveUp(window));
      case 'moveDownSigma':
        return inSigma(state, window, state.moveDown(window));
      case 'moveEitherSigma':
        return inSigma(state, window, larger(state.moveUp(window), state.moveDown(window)));
      case 'volume':
        return state.volumeRatio(window);
      case 'buyers':
        return state.takerRatio(window);
      case 'sellers': {
        const ratio = state.takerRatio(window);
        return ratio === undefined ? undefined : 1 / ratio;
      }
      case 'takers': {
        const ratio = state.takerRatio(window);
        return ratio === undefined ? undefined : Math.max(ratio, 1 / ratio);
      }
      case 'liquidation':
        return state.liquidated(window);
      case 'funding':
        return state.funding;
      case 'fundingSize': {
        const rate = state.funding;
        return rate === undefined ? undefined : Math.abs(rate);
      }
      case 'oi':
        return state.interestChange(window);
      case 'oiSize': {
        const change = state.interestChange(window);
        return change === undefined ? undefined : Math.abs(change);
      }
      case 'sentiment':
        return state.sentiment;
    }
  };
}

function larger(up: number | undefined, down: number | undefined): number | undefined {
  if (up === undefined || down === undefined) return undefined;
  return up >= -down ? up : down;
}

/** In a gap of hours σ may have become less by this factor: half of its square takes 24 h. */
const SIGMA_FADES = 1.25;
const ANYTHING = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/**
 * Between which values each book can have been while the price was between `low` and `high`, going on from the windows
 * as they are; anything where that cannot be told.
 */
export function metricBands(
  state: SymbolState,
  low: number,
  high: number,
): (book: BookKey) => readonly [low: number, high: number] {
  const read = metricReader(state);
  return (book) => {
    const { metric, window } = book;
    if (metric === 'price') return [low, high];
    if (isSideMetric(metric)) {
      const value = read(book);
      return value === undefined ? ANYTHING : [value, value];
    }
    const extremes = state.extremes(window);
    if (!extremes) return ANYTHING;
    const top = Math.max(extremes.high, high);
    const bottom = Math.min(extremes.low, low);
    const up = (high / bottom - 1) * 100;
    const down = (low / top - 1) * 100;
    const sigma = state.sigma(window);
    const spread = (from: number, to: number) =>
      sigma === undefined || !(sigma > 0)
        ? ANYTHING
        : ([(from / sigma) * SIGMA_FADES, (to / sigma) * SIGMA_FADES] as const);
    switch (metric) {
      case 'range':
        return [0, (top / bottom - 1) * 100];
      case 'moveUp':
        return [0, up];
      case 'moveDown':
        return [down, 0];
      case 'moveEither':
        return [down, up];
      case 'rangeSigma':
        return spread(0, (top / bottom - 1) * 100);
      case 'moveUpSigma':
        return spread(0, up);
      case 'moveDownSigma':
        return spread(down, 0);
      case 'moveEitherSigma':
        return spread(down, up);
      default:
        // How much was traded, and by whom, prices do not tell.
        return ANYTHING;
    }
  };
}

/** The values of the books if `price` was the last one, windows as they are. */
export function metricsAt(state: SymbolState, price: number): (book: BookKey) => number | undefined {
  const read = metricReader(state);
  return (book) => {
    const { metric, window } = book;
    if (metric === 'price') return price;
    const extremes = state.extremes(window);
    const up = extremes && Math.max(0, (price / extremes.low - 1) * 100);
    const down = extremes && Math.min(0, (price / extremes.high - 1) * 100);
    switch (metric) {
      case 'moveUp':
        return up;
      case 'moveDown':
        return down;
      case 'moveUpSigma':
        return inSigma(state, window, up);
      case 'moveDownSigma':
        return inSigma(state, window, down);
      default:
        return read(book);
    }
  };
}

/** A rule's metric with a sign that says which side it is of: sellers and what falls lie below zero. */
export function signedValue(
  rule: Pick<Rule, 'kind' | 'direction' | 'window'>,
  value: number,
  state: SymbolState,
): number {
  if (rule.kind === 'ratio') {
    const sellers =
      rule.direction === 'either' ? (state.takerRatio(rule.window) ?? 1) < 1 : rule.direction === 'down';
    return sellers ? -value : value;
  }
  if (rule.kind === 'funding' && rule.direction === 'either')
    return (state.funding ?? 0) < 0 ? -value : value;
  if (rule.kind === 'oi' && rule.direction === 'either')
    return (state.interestChange(rule.window) ?? 0) < 0 ? -value : value;
  return value;
}

/**
 * What a rule's metric is now (of two conditions the first one's), and whether all it waits for holds; undefined while
 * something of it is not known.
 */
export function valueNow(
  rule: WatchedRule,
  read: (book: BookKey) => number | undefined,
): { value: number; beyond: boolean } | undefined {
  const conditions = conditionsOf(rule);
  const values = conditions.map(read);
  const [value] = values;
  if (value === undefined || values.includes(undefined)) return undefined;
  const beyond = conditions.every(({ metric, side, level }, index) => {
    const of = values[index] ?? Number.NaN;
    const compared = metric === 'moveEither' || metric === 'moveEitherSigma' ? Math.abs(of) : of;
    return side * compared >= side * level;
  });
  return { value, beyond };
}
