import type { Trade } from '../market/events.ts';
import type { Rest } from './rest.ts';

/** Pages of a thousand trades (weight 20 each) that one gap is worth; a larger one is read from its candles. */
const MAX_PAGES = 10;
const PAGE = 1_000;

/**
 * Every trade from `fromId` up to `toId` (its own excluded; undefined: the newest); undefined when these are too many, or
 * the exchange does not have them all. Throws what Rest throws.
 */
export async function missingTrades(
  rest: Pick<Rest, 'aggTrades'>,
  symbol: string,
  gap: { fromId: number; toId: number | undefined },
  signal: AbortSignal,
): Promise<Trade[] | undefined> {
  const end = gap.toId ?? Number.POSITIVE_INFINITY;
  if (gap.toId !== undefined && end - gap.fromId > MAX_PAGES * PAGE) return undefined;
  const found: Trade[] = [];
  let next = gap.fromId;
  for (let page = 0; page < MAX_PAGES && next < end; page++) {
    const rows = await rest.aggTrades(symbol, next, signal);
    for (const row of rows) {
      if (row.id !== next || next >= end) break;
      found.push(row);
      next += 1;
    }
    if (rows.length < PAGE) break;
  }
  return gap.toId === undefined || next >= end ? found : undefined;
}
