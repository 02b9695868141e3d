import { type Condition, conditionOf } from '../alerts/condition.ts';
import type { BookKey } from '../alerts/engine.ts';
import type { Rule } from '../alerts/rule.ts';
import type { SymbolState } from '../market/state.ts';

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
      case 'moveEither': {
        const up = state.moveUp(window);
        const down = state.moveDown(window);
        if (up === undefined || down === undefined) return undefined;
        return up >= -down ? up : down;
      }
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
      default:
        return undefined;
    }
  };
}

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
    if (metric === 'funding' || metric === 'fundingSize' || metric === 'liquidation') {
      // No trade changes it.
      const value = read(book);
      return value === undefined ? ANYTHING : [value, value];
    }
    const extremes = state.extremes(window);
    if (!extremes) return ANYTHING;
    const top = Math.max(extremes.high, high);
    const bottom = Math.min(extremes.low, low);
    const up = (high / bottom - 1) * 100;
    const down = (low / top - 1) * 100;
    switch (metric) {
      case 'range':
        return [0, (top / bottom - 1) * 100];
      case 'moveUp':
        return [0, up];
      case 'moveDown':
        return [down, 0];
      case 'moveEither':
        return [down, up];
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
    if (metric === 'moveUp') return extremes && Math.max(0, (price / extremes.low - 1) * 100);
    if (metric === 'moveDown') return extremes && Math.min(0, (price / extremes.high - 1) * 100);
    return read(book);
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
  return value;
}

/** What a rule's metric is now, and whether that is beyond its level. */
export function valueNow(
  rule: Rule,
  read: (book: BookKey) => number | undefined,
): { value: number; beyond: boolean } | undefined {
  const condition: Condition = conditionOf(rule);
  const value = read(condition);
  if (value === undefined) return undefined;
  const compared = condition.metric === 'moveEither' ? Math.abs(value) : value;
  return { value, beyond: condition.side * compared >= condition.side * condition.level };
}
