import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { createTurns } from '../kit/turns.ts';
import type { Candle } from '../market/events.ts';
import { createSymbolState, type SymbolState } from '../market/state.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Pipeline } from './pipeline.ts';
import type { Repair } from './repair.ts';
import type { Rest } from './rest.ts';
import type { RuleBook } from './rule-book.ts';
import type { SnapshotKeeper } from './snapshots.ts';
import { isAhead, type Snapshot } from './snapshots-format.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

const MINUTE_MS = 60_000;
/** Candles that one cheap call gives; a longer absence is a cold start. */
const MAX_MINUTES = 99;
const LOOK_MS = 20;
/** Symbols at once: more would only wait for each other's weight. */
const PARALLEL = 16;

/** Goes on from saved windows and makes up for what was missed since. */
export interface Restoring {
  /**
   * Fills a new symbol from what was saved, with the minutes missed from candles. What its rules missed is a gap like any
   * other, and repaired as such. False when it has to start cold.
   */
  restore(watch: SymbolWatch, signal: AbortSignal): Promise<boolean>;
}

export function createRestoring(options: {
  keeper: Pick<SnapshotKeeper, 'load'>;
  rest: Rest;
  market: MarketRepository;
  pipeline: Pipeline;
  repair: Pick<Repair, 'begin'>;
  book: RuleBook;
  /** Live trades of the symbol arrive, or would. */
  hears: (symbol: string) => boolean;
  /** The exchange never numbers its trades anew. */
  keepsNumbering: boolean;
  timings: FeedTimings;
  log: Log;
}): Restoring {
  const { keeper, rest, market, pipeline, repair, book, hears, keepsNumbering, timings, log } = options;
  const inTurn = createTurns(PARALLEL);

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
    if (keepsNumbering || lastTradeId === undefined) return true;
    const [first] = await rest.aggTrades(symbol, lastTradeId, signal);
    return first?.id === lastTradeId && first.time <= time;
  }

  /** The minutes since, the running one last; undefined when one cheap call does not give them all. */
  async function missedCandles(saved: SymbolState, signal: AbortSignal): Promise<Candle[] | undefined> {
    const from = Math.floor(saved.time / MINUTE_MS) * MINUTE_MS;
    const candles = await rest.klines(saved.symbol, { limit: MAX_MINUTES, startTime: from }, signal);
    return candles[0]?.openTime === from && candles.length < MAX_MINUTES ? candles : undefined;
  }

  async function goOn(
    watch: SymbolWatch,
    { state, cursor }: Snapshot,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { symbol, tickSize } = watch;
    const saved = createSymbolState({ symbol, tickSize });
    if (!saved.restore(state)) return false;
    if (!(await isSameMarket(saved, signal))) return false;
    const candles = await missedCandles(saved, signal);
    if (!candles) return false;
    if (isAhead(cursor, book.engine.cursor(symbol))) book.restore(symbol, cursor);
    // What was heard meanwhile is repeated by the repair, or comes again within a second.
    pipeline.resume(watch, state);
    if (book.rulesOf(symbol).length > 0) {
      repair.begin(watch);
    } else {
      watch.mend(candles.filter((candle) => candle.closed));
      pipeline.giveUp(watch);
      watch.mend(candles.filter((candle) => !candle.closed));
    }
    log.info({ symbol, minutes: candles.length }, 'goes on from saved windows');
    market.writeCandles(symbol, candles).catch((error: unknown) => {
      log.error({ symbol, error: describeError(error) }, 'candles could not be kept');
    });
    return true;
  }

  return {
    async restore(watch, signal) {
      const snapshot = await keeper.load(watch.symbol);
      if (!snapshot) return false;
      try {
        // Without rules nothing hangs on a single trade: the next one shows what is missing.
        if (book.rulesOf(watch.symbol).length > 0) await untilHeard(watch.symbol, signal);
        return await inTurn(() => goOn(watch, snapshot, signal));
      } catch (error) {
        if (!signal.aborted) log.warn({ symbol: watch.symbol, error: describeError(error) }, 'cold start');
        return false;
      }
    },
  };
}
