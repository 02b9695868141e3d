import { readCursor } from '../alerts/cursor.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { createSymbolState } from '../market/state.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import type { AllRules } from './all-rules.ts';
import { createPatience, type Patience } from './patience.ts';
import type { Pipeline } from './pipeline.ts';
import type { Repair } from './repair.ts';
import type { Rest } from './rest.ts';
import type { RuleBook } from './rule-book.ts';
import type { SnapshotKeeper } from './snapshots.ts';
import { isAhead, type Snapshot } from './snapshots-format.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

/** Minutes whose candles one call of the least weight gives; after a longer absence a cold start is as good. */
const MAX_ABSENCE_MS = 98 * 60_000;
const LOOK_MS = 20;

/** Goes on from saved windows and makes up for what was missed since. */
export interface Restoring {
  /**
   * Fills a new symbol from what was saved. What it missed since is a gap like any other: where the first trade heard
   * follows the last one saved there is none, else one call for the minutes missed closes it, unless one of its rules
   * must know more. What the store does not say at once is asked for again: a start that does not know it would lose
   * what was missed. False when it has to start cold. Never throws.
   */
  restore(watch: SymbolWatch, signal: AbortSignal): Promise<boolean>;
}

export function createRestoring(options: {
  keeper: Pick<SnapshotKeeper, 'load'>;
  rest: Rest;
  pipeline: Pipeline;
  repair: Pick<Repair, 'resume' | 'inherit'>;
  book: RuleBook;
  /** Rules on all symbols must be there, too, when what was missed is found. */
  allRules: Pick<AllRules, 'goOn'>;
  /** Live trades of the symbol arrive, or would. */
  hears: (symbol: string) => boolean;
  /** The exchange never numbers its trades anew. */
  keepsNumbering: boolean;
  timings: FeedTimings;
  clock: Clock;
  log: Log;
}): Restoring {
  const { keeper, rest, pipeline, repair, book, allRules, hears, keepsNumbering, timings, clock, log } =
    options;

  /** Trades fetched before the live ones flow would leave a second gap between the two. */
  async function untilHeard(symbol: string, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + timings.hearWithinMs;
    while (!hears(symbol) && performance.now() < deadline) await delay(LOOK_MS, signal);
  }

  /** Does the exchange still mean the same trade by the saved one's id? One that was started again does not. */
  async function isSameMarket(
    { symbol, lastTradeId, time }: SymbolState,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (keepsNumbering) return true;
    if (lastTradeId === undefined) return false;
    const [first] = await rest.aggTrades(symbol, lastTradeId, signal);
    return first?.id === lastTradeId && first.time <= time;
  }

  async function inherit(watch: SymbolWatch, seen: number | undefined, patience: Patience): Promise<void> {
    const what = 'what the last feed knew to be missing';
    await patience(what, () => repair.inherit(watch, seen)).catch((error: unknown) => {
      log.error({ symbol: watch.symbol, error: describeError(error) }, `${what} is not told`);
    });
  }

  async function goOn(
    watch: SymbolWatch,
    { state, cursor }: Snapshot,
    patience: Patience,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { symbol, tickSize } = watch;
    const saved = createSymbolState({ symbol, tickSize });
    if (!saved.restore(state) || clock.now() - saved.time > MAX_ABSENCE_MS) return false;
    const isKnown = await patience('the trade that was saved last', () => isSameMarket(saved, signal));
    if (!isKnown) return false;
    await untilHeard(symbol, signal);
    if (isAhead(cursor, book.engine.cursor(symbol))) book.restore(symbol, cursor);
    // What was heard meanwhile is repeated by the repair, or comes again within a second.
    pipeline.resume(watch, state);
    log.info({ symbol, since: saved.time }, 'goes on from saved windows');
    await inherit(watch, readCursor(book.engine.cursor(symbol))?.now.seq, patience);
    await repair.resume(watch);
    return true;
  }

  return {
    async restore(watch, signal) {
      const { symbol } = watch;
      const waits = () => pipeline.watches.get(symbol) === watch;
      const patience = createPatience({ symbol, waits, timings, log, signal });
      try {
        await patience('rules on all symbols', () => allRules.goOn(symbol));
        const snapshot = await patience('saved windows', () => keeper.load(symbol));
        if (snapshot && (await goOn(watch, snapshot, patience, signal))) return true;
      } catch (error) {
        if (!signal.aborted && waits()) {
          log.error({ symbol, error: describeError(error) }, 'cold start: what was missed is not told');
        }
      }
      await inherit(watch, undefined, patience);
      return false;
    },
  };
}
