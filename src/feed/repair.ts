import type { Engine } from '../alerts/engine.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Candle } from '../market/events.ts';
import type { Commits } from '../store/commits.ts';
import { createArrears } from './arrears.ts';
import { metricBands, metricsAt } from './metrics.ts';
import { missingTrades } from './missing-trades.ts';
import type { Pipeline, PipelineOptions } from './pipeline.ts';
import type { Rest } from './rest.ts';
import type { Shards } from './shards.ts';
import type { Gap, SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

const MINUTE_MS = 60_000;
/** A day of minutes: what the longest window can show. */
const MAX_MINUTES = 1_440;

/** Finds trades that the sockets did not bring, and lets rules see them in order. */
export interface Repair {
  /** A gap has opened. */
  begin(watch: SymbolWatch): void;
  /** The symbol's trades were cut off for a while: some may be missing though none has come since. */
  suspect(watch: SymbolWatch): void;
  /**
   * The symbol goes on from saved windows: what it missed since is a gap, which is closed also where no rule asks for it.
   * Resolves when it is, or is given up.
   */
  resume(watch: SymbolWatch): Promise<void>;
  /** Goes on with gaps that the symbol's last feed could not close in time; see `Arrears.inherit`. Throws what the store throws. */
  inherit(watch: SymbolWatch, seen: number | undefined): Promise<void>;
  /** Gaps whose missing trades were looked at, or found to be without effect. */
  readonly repaired: number;
}

/**
 * Aggregate trade ids grow by exactly one per symbol, so a missing one is a gap. First candles are fetched (weight 1):
 * where no rule could have changed its state between their extremes, they mend the windows and that is all. Else the
 * trades are fetched by id and replayed, late; of a gap too large for that, rules see the path of its candles. Where
 * that does not succeed in `repairMs`, live trades go on, and the missing ones are tried on behind them (arrears.ts).
 */
export function createRepair(options: {
  rest: Rest;
  engine: Engine;
  pipeline: Pipeline;
  commits: Pick<Commits, 'arrears'>;
  shards: Pick<Shards, 'writerOf'>;
  timings: FeedTimings;
  clock: Clock;
  /** The exchange's clock minus ours, ms. */
  clockOffset: () => number;
  onTransitions: PipelineOptions['onTransitions'];
  /** Keeps closed candles that were fetched. */
  keep: (symbol: string, candles: readonly Candle[]) => void;
  log: Log;
  signal: AbortSignal;
}): Repair {
  const { rest, engine, pipeline, timings, clock, clockOffset, keep, log, signal } = options;
  const running = new Map<SymbolWatch, Promise<void>>();
  /** Symbols that go on from saved windows: their gap is worth a call also without rules. */
  const resumed = new WeakSet<SymbolWatch>();
  const arrears = createArrears({
    ...options,
    onSettled() {
      self.repaired += 1;
    },
  });
  const { inherit } = arrears;
  const self: Repair & { repaired: number } = { begin, suspect, resume, inherit, repaired: 0 };

  function begin(watch: SymbolWatch): void {
    if (running.has(watch)) return;
    const done = work(watch).finally(() => {
      running.delete(watch);
      resumed.delete(watch);
      // A gap that opened while the last one was being closed.
      if (watch.gapped && !signal.aborted) begin(watch);
    });
    running.set(watch, done);
  }

  async function resume(watch: SymbolWatch): Promise<void> {
    resumed.add(watch);
    begin(watch);
    await running.get(watch);
  }

  function suspect(watch: SymbolWatch): void {
    if (!watch.warm || watch.gapped || engine.books(watch.symbol).length === 0) return;
    watch.suspend();
    begin(watch);
  }

  async function work(watch: SymbolWatch): Promise<void> {
    // While two sockets overlap, what one has not brought yet the other may bring.
    await delay(timings.reorderMs, signal).catch(() => undefined);
    if (watch.gap?.toId !== undefined) pipeline.release(watch);
    for (let gap = watch.gap; gap && !signal.aborted; gap = watch.gap) {
      const outcome = await tried(watch, gap);
      if (outcome !== 'closed') giveUp(watch, outcome === 'failed');
    }
  }

  /** Tries to close the gap in time, if it is worth that. */
  async function tried(watch: SymbolWatch, gap: Gap): Promise<'closed' | 'failed' | 'worthless'> {
    const isWorth = resumed.has(watch) || engine.books(watch.symbol).length > 0;
    // A symbol that has never traded here misses nothing, unless it goes on from saved windows.
    if (!isWorth || (gap.fromId === undefined && !resumed.has(watch))) return 'worthless';
    try {
      await close(watch, gap, AbortSignal.any([signal, AbortSignal.timeout(timings.repairMs)]));
      self.repaired += 1;
      return 'closed';
    } catch (error) {
      if (!signal.aborted) {
        log.warn(
          { symbol: watch.symbol, error: describeError(error) },
          'missing trades could not be fetched in time',
        );
      }
      return 'failed';
    }
  }

  /** Lets the live trades in though some before them are missing; these are tried on, where rules wait for them. */
  function giveUp(watch: SymbolWatch, isTried: boolean): void {
    const settle = isTried ? arrears.open(watch) : undefined;
    pipeline.giveUp(watch);
    settle?.();
  }

  async function close(watch: SymbolWatch, gap: Gap, wait: AbortSignal): Promise<void> {
    const { symbol, state } = watch;
    const now = clock.now() + clockOffset();
    const startTime = Math.floor(Math.max(gap.from, now - MAX_MINUTES * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
    const limit = Math.max(2, Math.ceil((now - startTime) / MINUTE_MS) + 1);
    const urgent = engine.books(symbol).length > 0;
    const candles = await rest.klines(symbol, { limit, startTime, urgent }, wait);
    keep(
      symbol,
      candles.filter((candle) => candle.closed),
    );
    if (gap.toId === undefined && watch.gap?.toId !== undefined) {
      pipeline.release(watch);
      // It has an end by now, and what the candles say may be older than that: to rules it matters.
      if (urgent || !watch.gapped) return;
    }
    const until = gap.to ?? now;
    const inside = candles.filter((candle) => candle.openTime <= until);
    const low = Math.min(state.last ?? Infinity, ...inside.map((candle) => candle.low));
    const high = Math.max(state.last ?? 0, ...inside.map((candle) => candle.high));
    if (!engine.stirs(symbol, metricBands(state, low, high))) {
      mendWindows(watch, inside, candles);
      return;
    }
    const heardFrom = now - timings.lateMs;
    const { fromId = 0, toId = fromId } = gap;
    const trades =
      gap.fromId === undefined
        ? undefined
        : await missingTrades(rest, symbol, { fromId, toId: gap.toId }, wait);
    if (trades) {
      log.info({ symbol, trades: trades.length }, 'missing trades found');
      pipeline.replay(watch, trades, heardFrom);
    } else {
      log.warn({ symbol, missing: toId - fromId }, 'a gap too large for its trades is read from candles');
      walk(watch, fromId, inside, { heardFrom, until });
      mendWindows(watch, inside, candles);
    }
  }

  /**
   * Windows by candles: those `inside` the gap at once, since no rule minds what they foretell, then what waits, and then all
   * of them, since what was taken in shows which minutes they mend.
   */
  function mendWindows(watch: SymbolWatch, inside: readonly Candle[], candles: readonly Candle[]): void {
    watch.foretell(
      inside.filter((candle) => candle.closed),
      pipeline.asOf,
    );
    pipeline.giveUp(watch);
    watch.mend(candles, pipeline.asOf);
  }

  /**
   * Rules see open, nearer extreme, farther extreme and close of each candle, each where the windows stand then, and none
   * after `until`: what rules have seen later than a trade they do not judge by it any more.
   */
  function walk(
    watch: SymbolWatch,
    fromId: number,
    candles: readonly Candle[],
    { heardFrom, until }: { heardFrom: number; until: number },
  ): void {
    const seen = watch.state.extremes('1m');
    const begun = watch.tickTime;
    let seq = fromId;
    let unheard = false;
    for (const candle of candles) {
      const { openTime, open, close: last } = candle;
      watch.foretell([candle], pipeline.asOf);
      if (openTime + MINUTE_MS <= heardFrom) {
        unheard = true;
        continue;
      }
      if (unheard) engine.forget(watch.symbol);
      unheard = false;
      // The minute in which the gap began: extremes that were seen before it are no news.
      const old = openTime < begun ? seen : undefined;
      const high = old && candle.high <= old.high ? Math.max(last, watch.state.last ?? last) : candle.high;
      const low = old && candle.low >= old.low ? Math.min(last, watch.state.last ?? last) : candle.low;
      const path = open - low < high - open ? [low, high, last] : [high, low, last];
      for (const [step, price] of (old ? path : [open, ...path]).entries()) {
        const time = Math.min(openTime + step * POINT_MS, until);
        pipeline.imagine(watch, time, seq, metricsAt(watch.state, price));
        seq += 1;
      }
    }
  }

  return self;
}

/** Points of a candle are taken to be so far apart. */
const POINT_MS = 15_000;
