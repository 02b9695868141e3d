import type { Engine, EngineTransition } from '../alerts/engine.ts';
import type { Firing } from '../alerts/rule.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Candle, Trade } from '../market/events.ts';
import type { Commits } from '../store/commits.ts';
import { shardOf } from '../store/keys.ts';
import { type Arrear, packArrear, unpackArrear } from './arrear.ts';
import { metricBands } from './metrics.ts';
import { missingTrades } from './missing-trades.ts';
import type { Pipeline, PipelineOptions } from './pipeline.ts';
import type { Rest } from './rest.ts';
import type { Shards } from './shards.ts';
import { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

const MINUTE_MS = 60_000;
const MAX_PAUSE_MS = 60_000;
/** Points of a candle are taken to be so far apart. */
const POINT_MS = 15_000;
/** Gaps of one symbol that are kept at once: each holds its windows. */
const MOST = 8;

/** Gaps that could not be closed in time: live trades go on, while what is missing is tried again. */
export interface Arrears {
  /**
   * To be called before what waits behind the symbol's gap is let in; what is returned, after. Undefined when nothing
   * could come of it, or the symbol has eight of them: then only the windows are mended.
   */
  open(watch: SymbolWatch): (() => void) | undefined;
  /**
   * Goes on with what the symbol's last feed had not settled. What its rules have not got beyond (ids from `seen` on, of
   * which they will be told as of any gap) is settled so; undefined: nothing is. Throws what the store throws; may then be called again.
   */
  inherit(watch: SymbolWatch, seen: number | undefined): Promise<void>;
}

/**
 * What rules would have seen is played on a twin: windows and rules as they were when the gap began. First candles are
 * asked for (weight 1), the trades only if a level lies within their extremes. An episode that the twin has and the live
 * rule has not is told late, if it is not older than `lateMs`; then the arrear is given up. It is kept in the store before
 * anything behind it is, and goes together with what is told, so that no end of a feed loses or doubles it.
 */
export function createArrears(options: {
  rest: Rest;
  engine: Engine;
  pipeline: Pick<Pipeline, 'watches'>;
  commits: Pick<Commits, 'arrears'>;
  shards: Pick<Shards, 'writerOf'>;
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
  const { rest, engine, pipeline, commits, shards, onTransitions, onSettled, keep } = options;
  const { timings, clock, clockOffset, log, signal } = options;
  const owed = new WeakMap<SymbolWatch, Set<number>>();
  const now = () => clock.now() + clockOffset();
  const isOurs = (watch: SymbolWatch) => pipeline.watches.get(watch.symbol) === watch;

  /** Keeps an arrear, or (undefined) lets it go, together with what is pushed in the same breath. */
  function write(symbol: string, fromId: number, packed: Promise<Buffer> | undefined): void {
    const arrear = { id: String(fromId), packed };
    shards.writerOf(symbol)?.push({ symbol, cursor: engine.cursor(symbol), transitions: [], arrear });
  }

  function owe(watch: SymbolWatch): Set<number> {
    const own = owed.get(watch) ?? new Set();
    owed.set(watch, own);
    return own;
  }

  async function pursue(watch: SymbolWatch, arrear: Arrear): Promise<void> {
    const { symbol } = watch;
    const { fromId, from, to } = arrear;
    const own = owe(watch).add(fromId);
    for (let pause = timings.arrearsMs; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      await delay(pause, signal).catch(() => undefined);
      // Another feed's by now, which goes on with it.
      if (signal.aborted || !isOurs(watch)) return;
      if (now() - to > timings.lateMs) break;
      try {
        await settle(watch, arrear, AbortSignal.any([signal, AbortSignal.timeout(timings.repairMs)]));
        own.delete(fromId);
        onSettled();
        return;
      } catch (error) {
        log.debug({ symbol, error: describeError(error) }, 'trades are still missing');
      }
    }
    own.delete(fromId);
    write(symbol, fromId, undefined);
    log.warn({ symbol, from, to }, 'trades stayed missing too long to tell of them');
  }

  async function settle(watch: SymbolWatch, arrear: Arrear, wait: AbortSignal): Promise<void> {
    const { fromId, toId, from, to, behind } = arrear;
    const { symbol } = watch;
    const startTime = Math.floor(from / MINUTE_MS) * MINUTE_MS;
    const limit = Math.max(2, Math.ceil((now() - startTime) / MINUTE_MS) + 1);
    const candles = await rest.klines(symbol, { limit, startTime, urgent: true }, wait);
    const closed = candles.filter((candle) => candle.closed);
    const inside = candles.filter((candle) => candle.openTime <= to);
    const { state } = twinOf(watch, arrear);
    const low = Math.min(state.last ?? Infinity, ...inside.map((candle) => candle.low));
    const high = Math.max(state.last ?? 0, ...inside.map((candle) => candle.high));
    const stirs = rulesOf(watch, arrear).stirs(symbol, metricBands(state, low, high));
    const trades = stirs
      ? ((await missingTrades(rest, symbol, { fromId, toId }, wait)) ?? pathOf(inside, symbol, arrear))
      : [];
    if (!isOurs(watch)) return;
    write(symbol, fromId, undefined);
    if (stirs) tell(watch, arrear, [...trades, ...behind]);
    if (watch.warm) watch.mend(closed, now());
    keep(symbol, closed);
  }

  /** The rules as they were, as far as nobody has removed or edited them. */
  function rulesOf({ symbol }: SymbolWatch, { rules }: Arrear): Engine {
    const fork = engine.fork(symbol, rules);
    for (const id of fork.ruleIds(symbol)) {
      if (fork.state(id, symbol)?.phase === 'init') fork.remove(id, symbol);
    }
    return fork;
  }

  /** Lets the twin's rules see these trades; `visit` gets every episode, at its moment. */
  function play(
    watch: SymbolWatch,
    arrear: Arrear,
    trades: readonly Trade[],
    visit: (firing: Firing, twin: SymbolWatch) => void,
  ): void {
    const twin = twinOf(watch, arrear);
    const rules = rulesOf(watch, arrear);
    for (const trade of trades) {
      if (!twin.take(trade)) continue;
      const transitions: EngineTransition[] = rules.tick(twin.symbol, twin.tickTime, trade.id, twin.read);
      for (const { firing } of transitions) if (firing) visit(firing, twin);
    }
  }

  /** Rule → episodes that the twin saw and the live rules did not. */
  function missedOf(watch: SymbolWatch, arrear: Arrear, trades: readonly Trade[]): Map<string, number> {
    const missed = new Map([...arrear.told].map(([id, told]) => [id, -told]));
    play(watch, arrear, trades, ({ ruleId }) => missed.set(ruleId, (missed.get(ruleId) ?? 0) + 1));
    return missed;
  }

  /**
   * Lets live rules bark, late, for the first episodes since the gap began, as many as they missed: one of them may begin with
   * a trade behind it, where the live rule did not see that it was armed again.
   */
  function tell(watch: SymbolWatch, arrear: Arrear, trades: readonly Trade[]): void {
    const missed = missedOf(watch, arrear, trades);
    const heardFrom = now() - timings.lateMs;
    play(watch, arrear, trades, ({ ruleId, symbol, time, value }, twin) => {
      const left = missed.get(ruleId) ?? 0;
      if (left <= 0 || time < heardFrom) return;
      missed.set(ruleId, left - 1);
      const late = engine.fireLate(ruleId, symbol, time, value);
      if (late.length === 0) return;
      log.info({ rule: ruleId, symbol }, 'a missed crossing was found');
      onTransitions(twin, late, true);
    });
  }

  return {
    open(watch) {
      const { symbol, gap, behindGap: behind } = watch;
      if (gap?.fromId === undefined || gap.toId === undefined || gap.to === undefined) return undefined;
      if (owe(watch).size >= MOST) return undefined;
      const { fromId, toId, from, to } = gap;
      const { cursor, states } = engine.moment(symbol);
      // Made after the gap began, perhaps: they wait for their first value.
      const watching = new Map([...states].filter(([, { phase }]) => phase !== 'init'));
      if (watching.size === 0) return undefined;
      const state = watch.state.save();
      const { promise, resolve } = Promise.withResolvers<Buffer>();
      write(symbol, fromId, promise);
      return () => {
        const told = new Map(
          [...watching].map(([id, { episode }]) => {
            const since = (engine.state(id, symbol)?.episode ?? episode) - episode;
            return [id, since];
          }),
        );
        const arrear = { fromId, toId, from, to, state, rules: { cursor, states: watching }, behind, told };
        resolve(packArrear(arrear));
        void pursue(watch, arrear);
      };
    },
    async inherit(watch, seen) {
      const { symbol } = watch;
      for (const [id, packed] of await commits.arrears(shardOf(symbol), symbol)) {
        if (owe(watch).has(Number(id))) continue;
        const arrear = await unpackArrear(symbol, packed);
        if (!arrear) log.warn({ symbol }, 'what is known of missing trades cannot be read');
        if (!arrear || (seen !== undefined && seen < arrear.toId)) write(symbol, Number(id), undefined);
        else if (isOurs(watch)) void pursue(watch, arrear);
      }
    },
  };
}

function twinOf({ symbol, tickSize }: SymbolWatch, { state }: Arrear): SymbolWatch {
  const twin = new SymbolWatch({ symbol, tickSize, base: symbol, status: 'TRADING' });
  twin.resume(state);
  return twin;
}

/** Too many trades to fetch: open, nearer extreme, farther extreme and close of each candle within the gap. */
function pathOf(candles: readonly Candle[], symbol: string, { fromId, from, to }: Arrear): Trade[] {
  return candles
    .flatMap(({ openTime, open, high, low, close }) => {
      const path = open - low < high - open ? [open, low, high, close] : [open, high, low, close];
      return path.map((price, step) => ({ price, time: openTime + step * POINT_MS }));
    })
    .filter(({ time }) => time >= from && time <= to)
    .map(({ price, time }, i) => ({
      symbol,
      id: fromId + i,
      price,
      quantity: 0,
      time,
      eventTime: time,
      buyerIsMaker: false,
    }));
}
