import type { Engine, EngineTransition } from '../alerts/engine.ts';
import type { Firing } from '../alerts/rule.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Candle, Trade } from '../market/events.ts';
import { metricBands } from './metrics.ts';
import { missingTrades } from './missing-trades.ts';
import type { Pipeline, PipelineOptions } from './pipeline.ts';
import type { Rest } from './rest.ts';
import { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

const MINUTE_MS = 60_000;
const MAX_PAUSE_MS = 60_000;
/** Points of a candle are taken to be so far apart. */
const POINT_MS = 15_000;

/** Gaps that could not be closed in time: live trades go on, while what is missing is tried again. */
export interface Arrears {
  /**
   * To be called before what waits behind the symbol's gap is let in; what is returned, after. Undefined when nothing
   * could come of it. One gap of a symbol at a time: of further ones only the windows are mended.
   */
  open(watch: SymbolWatch): (() => void) | undefined;
}

/** Where a symbol and its rules stood when trades began to be missing, and what came right behind them. */
interface Arrear {
  readonly watch: SymbolWatch;
  readonly fromId: number;
  readonly toId: number;
  readonly from: number;
  readonly to: number;
  readonly saved: Buffer;
  readonly rules: Engine;
  readonly behind: readonly Trade[];
  /** Rule → episodes that live trades behind the gap began at once. */
  readonly told: ReadonlyMap<string, number>;
}

/**
 * What rules would have seen is played on a twin: windows and rules as they were when the gap began. First candles are
 * asked for (weight 1), the trades only if a level lies within their extremes. An episode that the twin has and the live
 * rule has not is told late, if it is not older than `lateMs`; then the arrear is given up.
 */
export function createArrears(options: {
  rest: Rest;
  engine: Engine;
  pipeline: Pick<Pipeline, 'watches'>;
  onTransitions: PipelineOptions['onTransitions'];
  onSettled: () => void;
  keep: (symbol: string, candles: readonly Candle[]) => void;
  timings: FeedTimings;
  clock: Clock;
  /** The exchange's clock minus ours, ms. */
  clockOffset: () => number;
  log: Log;
  signal: AbortSignal;
}): Arrears {
  const { rest, engine, pipeline, onTransitions, onSettled, keep, timings, clock, clockOffset, log, signal } =
    options;
  const open = new Set<string>();
  const now = () => clock.now() + clockOffset();

  async function pursue(arrear: Arrear): Promise<void> {
    const { symbol } = arrear.watch;
    for (let pause = timings.arrearsMs; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      await delay(pause, signal).catch(() => undefined);
      // Another feed's by now, or too old to be told.
      if (signal.aborted || pipeline.watches.get(symbol) !== arrear.watch) return;
      if (now() - arrear.to > timings.lateMs) break;
      try {
        await settle(arrear, AbortSignal.any([signal, AbortSignal.timeout(timings.repairMs)]));
        onSettled();
        return;
      } catch (error) {
        log.debug({ symbol, error: describeError(error) }, 'trades are still missing');
      }
    }
    log.warn({ symbol, from: arrear.from, to: arrear.to }, 'trades stayed missing too long to tell of them');
  }

  async function settle(arrear: Arrear, wait: AbortSignal): Promise<void> {
    const { watch, fromId, toId, from, to, rules, behind } = arrear;
    const { symbol } = watch;
    const startTime = Math.floor(from / MINUTE_MS) * MINUTE_MS;
    const limit = Math.max(2, Math.ceil((now() - startTime) / MINUTE_MS) + 1);
    const candles = await rest.klines(symbol, { limit, startTime, urgent: true }, wait);
    const closed = candles.filter((candle) => candle.closed);
    const inside = candles.filter((candle) => candle.openTime <= to);
    const { state } = twinOf(arrear);
    const low = Math.min(state.last ?? Infinity, ...inside.map((candle) => candle.low));
    const high = Math.max(state.last ?? 0, ...inside.map((candle) => candle.high));
    if (rules.stirs(symbol, metricBands(state, low, high))) {
      const trades = (await missingTrades(rest, symbol, { fromId, toId }, wait)) ?? pathOf(inside, arrear);
      tell(arrear, trades, missedOf(arrear, [...trades, ...behind]));
    }
    if (pipeline.watches.get(symbol) === watch) watch.mend(closed, now());
    keep(symbol, closed);
  }

  /** Rule → episodes that the twin saw and the live rules did not. */
  function missedOf(arrear: Arrear, trades: readonly Trade[]): Map<string, number> {
    const missed = new Map([...arrear.told].map(([id, told]) => [id, -told]));
    play(arrear, trades, ({ ruleId }) => missed.set(ruleId, (missed.get(ruleId) ?? 0) + 1));
    return missed;
  }

  /** Lets live rules bark, late, for the first episodes of the gap, as many as they missed. */
  function tell(arrear: Arrear, trades: readonly Trade[], missed: Map<string, number>): void {
    const { watch } = arrear;
    const heardFrom = now() - timings.lateMs;
    play(arrear, trades, ({ ruleId, symbol, time, value }, twin) => {
      const left = missed.get(ruleId) ?? 0;
      if (left <= 0 || time < heardFrom || pipeline.watches.get(symbol) !== watch) return;
      missed.set(ruleId, left - 1);
      // Edited meanwhile, it is another rule.
      if (engine.state(ruleId, symbol)?.condition !== arrear.rules.state(ruleId, symbol)?.condition) return;
      const late = engine.fireLate(ruleId, symbol, time, value);
      if (late.length === 0) return;
      log.info({ rule: ruleId, symbol }, 'a missed crossing was found');
      onTransitions(twin, late, true);
    });
  }

  return {
    open(watch) {
      const { symbol, gap, behindGap: behind } = watch;
      if (open.has(symbol) || gap?.fromId === undefined || gap.toId === undefined || gap.to === undefined) {
        return undefined;
      }
      const rules = engine.fork(symbol);
      // Made after the gap began, perhaps: they wait for their first value.
      for (const id of rules.ruleIds(symbol)) {
        if (rules.state(id, symbol)?.phase === 'init') rules.remove(id, symbol);
      }
      if (rules.size === 0) return undefined;
      const { fromId, toId, from, to } = gap;
      const saved = watch.state.save();
      return () => {
        const told = new Map(rules.ruleIds(symbol).map((id) => [id, since(engine, rules, id, symbol)]));
        open.add(symbol);
        void pursue({ watch, fromId, toId, from, to, saved, rules, behind, told }).finally(() =>
          open.delete(symbol),
        );
      };
    },
  };
}

/** Episodes of a rule in `engine` that it did not have when `fork` was made. */
function since(engine: Engine, fork: Engine, ruleId: string, symbol: string): number {
  return (engine.state(ruleId, symbol)?.episode ?? 0) - (fork.state(ruleId, symbol)?.episode ?? 0);
}

function twinOf({ watch, saved }: Arrear): SymbolWatch {
  const { symbol, tickSize } = watch;
  const twin = new SymbolWatch({ symbol, tickSize, base: symbol, status: 'TRADING' });
  twin.resume(saved);
  return twin;
}

/** Lets the twin's rules see these trades; `visit` gets every episode, at its moment. */
function play(
  arrear: Arrear,
  trades: readonly Trade[],
  visit: (firing: Firing, twin: SymbolWatch) => void,
): void {
  const twin = twinOf(arrear);
  const rules = arrear.rules.fork(twin.symbol);
  for (const trade of trades) {
    if (!twin.take(trade)) continue;
    const transitions: EngineTransition[] = rules.tick(twin.symbol, twin.tickTime, trade.id, twin.read);
    for (const { firing } of transitions) if (firing) visit(firing, twin);
  }
}

/** Too many trades to fetch: open, nearer extreme, farther extreme and close of each candle within the gap. */
function pathOf(candles: readonly Candle[], { watch, fromId, from, to }: Arrear): Trade[] {
  return candles
    .flatMap(({ openTime, open, high, low, close }) => {
      const path = open - low < high - open ? [open, low, high, close] : [open, high, low, close];
      return path.map((price, step) => ({ price, time: openTime + step * POINT_MS }));
    })
    .filter(({ time }) => time >= from && time <= to)
    .map(({ price, time }, i) => ({
      symbol: watch.symbol,
      id: fromId + i,
      price,
      quantity: 0,
      time,
      eventTime: time,
      buyerIsMaker: false,
    }));
}
