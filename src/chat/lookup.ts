import { ALL_SYMBOLS, type Rule } from '../alerts/rule.ts';
import { delay } from '../kit/duration.ts';
import type { Brief } from '../market/brief.ts';
import type { Context } from './context.ts';

/** A symbol's brief as of now. */
export interface Lookup {
  brief: Brief | undefined;
  /** Undefined: fresh. Else why the figures are not of now. */
  stale: { ageMs: number | undefined } | undefined;
}

/** What comes within `ms`; undefined if it comes later or fails: for what an answer can do without. */
export async function timely<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const patience = new AbortController();
  const late = delay(ms, patience.signal).then(
    () => undefined,
    () => undefined,
  );
  return await Promise.race([work.catch(() => undefined), late]).finally(() => patience.abort());
}

/** The brief that a rule is judged by; a rule on all symbols has none. */
export async function lookUpRule(context: Context, { symbol }: Pick<Rule, 'symbol'>): Promise<Lookup> {
  return symbol === ALL_SYMBOLS ? { brief: undefined, stale: undefined } : await lookUp(context, symbol);
}

/** For how long a question keeps a symbol in use. */
const WANTED_MS = 15 * 60_000;
const POLL_MS = 100;

/**
 * Says that the symbol is needed and reads its brief; waits a few seconds for a symbol that the feed has only now
 * begun to watch. Never shows old figures as new: `stale` is set when the brief or the feed's health is too old.
 */
export async function lookUp(context: Context, symbol: string): Promise<Lookup> {
  const { market, clock } = context.deps;
  const { briefWaitMs, staleMs } = context.timings;
  await market.want(symbol, WANTED_MS);
  const isFresh = (at: number | undefined) => at !== undefined && clock.now() - at <= staleMs;
  const waitUntil = performance.now() + briefWaitMs;
  for (;;) {
    const [brief, health] = await Promise.all([market.brief(symbol), market.health()]);
    const alive = isFresh(health?.at) && health?.blindSince === undefined;
    const silent = health?.routes.some((route) => route.silent.includes(`${symbol.toLowerCase()}@aggTrade`));
    if (brief && alive && isFresh(brief.writtenAt)) {
      // Its mark price may go on while its trades do not come: then the last price is as old as the last trade.
      const tradeAt = brief.times.trade ?? brief.writtenAt;
      return { brief, stale: silent ? { ageMs: Math.max(0, clock.now() - tradeAt) } : undefined };
    }
    if (!alive || performance.now() >= waitUntil) {
      const ageMs = brief ? clock.now() - brief.writtenAt : undefined;
      return { brief, stale: brief || !alive ? { ageMs } : undefined };
    }
    await delay(POLL_MS);
  }
}
