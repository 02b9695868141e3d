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
    }
  };
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
