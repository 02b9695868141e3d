import type { Clock } from '../kit/clock.ts';
import type { Brief, Window } from '../market/brief.ts';
import type { Facts } from '../store/analyses.ts';
import type { MarketRepository } from '../store/market.ts';
import { standing, type UsualWindows, usualWindows } from './usual.ts';

const WEEK_MS = 7 * 86_400_000;
/** What is usual changes slowly, and is a week's candles to read. */
const KEEP_MS = 15 * 60_000;
/** The leader's figures must be of the same moment. */
const SAME_TIME_MS = 60_000;
const LEADER = 'BTCUSDT';
const LEADER_WINDOWS = ['5m', '1h', '24h'] as const satisfies readonly Window[];

/** Adds to a brief what it does not hold by itself: how usual its figures are, and what Bitcoin does meanwhile. */
export type GatherFacts = (brief: Brief) => Promise<Facts>;

/** Throws what the repository throws. What is usual for a symbol is kept for a quarter of an hour. */
export function createFacts(deps: {
  market: Pick<MarketRepository, 'brief' | 'candles'>;
  clock: Clock;
}): GatherFacts {
  const known = new Map<string, { at: number; usual: Promise<UsualWindows> }>();

  const usualOf = (brief: Brief): Promise<UsualWindows> => {
    const now = deps.clock.now();
    const kept = known.get(brief.symbol);
    if (kept && now - kept.at < KEEP_MS) return kept.usual;
    const usual = deps.market.candles(brief.symbol, brief.time - WEEK_MS).then(usualWindows);
    known.set(brief.symbol, { at: now, usual });
    usual.catch(() => known.delete(brief.symbol));
    return usual;
  };

  return async (brief) => {
    const [usual, leader] = await Promise.all([
      usualOf(brief),
      brief.symbol === LEADER ? undefined : deps.market.brief(LEADER),
    ]);
    const current = leader && Math.abs(leader.time - brief.time) <= SAME_TIME_MS ? leader : undefined;
    return {
      ...brief,
      usual: standing(brief.windows, usual),
      ...(current ? { btc: changes(current) } : {}),
    };
  };
}

function changes(brief: Brief): NonNullable<Facts['btc']> {
  const found: NonNullable<Facts['btc']> = {};
  for (const window of LEADER_WINDOWS) {
    const { coverage, change } = brief.windows[window];
    if (coverage >= 1 && change !== undefined) found[window] = change;
  }
  return found;
}
