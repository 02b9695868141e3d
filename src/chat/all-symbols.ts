import { ALL_SYMBOLS, type Rule } from '../alerts/rule.ts';
import { ALL_TURNOVER } from '../market/overview.ts';
import type { Context } from './context.ts';

/** Is the rule on all symbols that are large enough? A listing is told of whatever its size. */
export function isOnLarge({ symbol, kind }: Pick<Rule, 'symbol' | 'kind'>): boolean {
  return symbol === ALL_SYMBOLS && kind !== 'listing';
}

/** Which symbols a rule on all of them is about, and how many these are now, as far as that is known. */
export async function reachRow({
  deps,
  t,
  f,
}: Pick<Context, 'deps' | 't' | 'f'>): Promise<readonly [label: string, value: string]> {
  const overview = await deps.market.overview();
  const turnover = f.notional(ALL_TURNOVER);
  const { symbols, allUnknown, allWatched } = t.subscribe;
  if (!overview) return [symbols, allUnknown(turnover)];
  const count = overview.rows.filter(({ quoteVolume }) => quoteVolume >= ALL_TURNOVER).length;
  return [symbols, allWatched(f.count(count), turnover)];
}
