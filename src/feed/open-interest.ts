import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { Pipeline } from './pipeline.ts';
import type { Rest } from './rest.ts';
import type { RuleBook } from './rule-book.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

/** How often it is looked whether a symbol is due. */
const LOOK_MS = 50;
/** While more symbols than this are warming, weight is theirs. */
const MANY_COLD = 20;
/** At most 120 calls a minute where no rule asks, weight 1 each; and 240 where one does. */
const SPACING_MS = 500;
const WATCHED_SPACING_MS = 250;
/** Of symbols that come into use together the first are asked for at once, the others spread as later on. */
const AT_ONCE = 20;

/**
 * Asks for the open interest of every symbol in use: no stream tells it. Where a rule watches it often, and first for
 * its past, so that the long windows are known at once.
 */
export function startOpenInterest(options: {
  rest: Pick<Rest, 'openInterest' | 'openInterestHist'>;
  pipeline: Pipeline;
  book: RuleBook;
  timings: FeedTimings;
  log: Log;
  signal: AbortSignal;
}): Loop {
  const { rest, pipeline, book, timings, log, signal } = options;
  /** Symbols whose past was fetched. */
  const past = new WeakSet<SymbolWatch>();

  const isWatched = ({ symbol }: SymbolWatch) =>
    book.engine.books(symbol).some(({ metric }) => metric === 'oi' || metric === 'oiSize');

  async function ask(watch: SymbolWatch, watched: boolean): Promise<void> {
    const { symbol, state } = watch;
    try {
      if (watched && !past.has(watch)) {
        state.pastOpenInterest(await rest.openInterestHist(symbol, signal));
        past.add(watch);
      }
      state.openInterest(await rest.openInterest(symbol, signal));
      watch.dirty = true;
      pipeline.measure(watch);
    } catch (error) {
      log.debug({ symbol, error: describeError(error) }, 'no open interest');
    }
  }

  async function look(): Promise<void> {
    const watches = [...pipeline.watches.values()];
    // The windows come first; and hundreds of symbols must leave weight for repairs.
    const busy = watches.filter((watch) => !watch.warm).length > MANY_COLD;
    const watched = new Set(watches.filter(isWatched));
    const often = Math.max(timings.watchedInterestEveryMs, watched.size * WATCHED_SPACING_MS);
    const seldom = Math.max(timings.openInterestEveryMs, watches.length * SPACING_MS);
    let fresh = 0;
    for (const watch of [...watched, ...(busy ? [] : watches)]) {
      if (signal.aborted) return;
      const now = performance.now();
      if (watch.openInterestDue === 0 && !watched.has(watch)) {
        watch.openInterestDue = now + Math.max(0, fresh - AT_ONCE) * SPACING_MS;
        fresh += 1;
      }
      // It may have been due long after a rule came.
      const everyMs = watched.has(watch) ? often : seldom;
      watch.openInterestDue = Math.min(watch.openInterestDue, now + everyMs);
      if (now < watch.openInterestDue && (past.has(watch) || !watched.has(watch))) continue;
      watch.openInterestDue = now + everyMs;
      await ask(watch, watched.has(watch));
    }
  }

  return startLoop('open interest', LOOK_MS, look, log);
}
