import { createEngine, type EngineTransition } from '../alerts/engine.ts';
import { describeError } from '../kit/errors.ts';
import type { Candle } from '../market/events.ts';
import { shardOf } from '../store/keys.ts';
import { createAllRules } from './all-rules.ts';
import { createConnections } from './connections.ts';
import type { FeedDeps } from './deps.ts';
import { createEndings } from './endings.ts';
import { createHealthReport } from './health.ts';
import { LightMarket, type Watched } from './light-market.ts';
import { createListings } from './listings.ts';
import { toTransition } from './notices.ts';
import { OverviewKeeper } from './overview.ts';
import { Pipeline } from './pipeline.ts';
import { createRelay } from './relay.ts';
import { createRepair } from './repair.ts';
import { createRest } from './rest.ts';
import { tradesOf } from './routes.ts';
import { RuleBook } from './rule-book.ts';
import { createShards } from './shards.ts';
import { createSnapshotKeeper } from './snapshots.ts';
import { createRestoring } from './snapshots-restore.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import { createSymbolsInUse } from './symbols-in-use.ts';
import type { FeedTimings } from './timings.ts';
import { createUniverseWatch } from './universe.ts';
import { createUniverseKeeping } from './universe-keeping.ts';
import { createWarmUp } from './warm-up.ts';

/** The parts of a feed, put together; none of them runs yet. */
export type FeedParts = ReturnType<typeof createParts>;

/** Creates the parts of a feed and tells each what it has to know of the others. `signal`: the feed stops. */
export function createParts(deps: FeedDeps, timings: FeedTimings, signal: AbortSignal) {
  const { source, market, rules, commits, post, clock, log, processId } = deps;
  const configured = (symbol: string) => deps.symbols === 'all' || deps.symbols.includes(symbol);

  const rest = createRest({ restUrl: deps.restUrl, clock, log, timings, weight: deps.weight });
  const universe = createUniverseWatch({ rest, market, source, clock });
  const book = new RuleBook(createEngine(), log, marketTime);
  const warmUp = createWarmUp({ rest, market, timings, log });

  const relay = createRelay({
    commits,
    post,
    owned: () => shards.owned(),
    everyMs: timings.relayEveryMs,
    log,
  });
  const shards = createShards({
    leases: deps.leases,
    members: deps.members,
    rules,
    book,
    owner: processId,
    sees,
    onLeave(shard, epoch) {
      const captured = keeper.capture(shard);
      unwatchShard(shard);
      return async () => {
        await keeper.save(shard, epoch, captured);
        await relay.flush(shard);
      };
    },
    onLost: unwatchShard,
    timings,
    log,
    writing: { commits, log, onCommitted },
  });
  const pipeline = new Pipeline({
    book,
    onGap: (watch) => repair.begin(watch),
    onTransitions,
    onClosedCandle(symbol, candle) {
      keepCandles(symbol, [candle]);
    },
    onContract() {
      keeping.announce();
    },
    onTrades50(symbol) {
      if (configured(symbol)) deps.onTrades50?.(symbol);
    },
    onLag: (eventTime) => health.lag(eventTime),
  });
  const repair = createRepair({
    rest,
    engine: book.engine,
    pipeline,
    commits,
    shards,
    timings,
    clock,
    clockOffset: () => health.clockOffset,
    onTransitions,
    keep: keepCandles,
    log,
    signal,
  });
  function inFullUse(symbol: string): SymbolWatch | undefined {
    const watch = pipeline.watches.get(symbol);
    return watch?.warm ? watch : undefined;
  }
  const light = new LightMarket({
    book,
    instrument: universe.get,
    isInFullUse: (symbol) => inUse.leadsByTrades(symbol),
    isUnderWatch: (window, times) => allRules.isUnderWatch(window, times),
    onTransitions: (watch, transitions) => onTransitions(watch, transitions, false),
  });
  const allRules = createAllRules({
    rules,
    market,
    light,
    book,
    shards,
    inFullUse,
    timings,
    log,
  });
  const listings = createListings({
    listed: deps.listed,
    universe,
    rules,
    onAll: allRules.listings,
    book,
    shards,
    priceOf: (symbol) => (pipeline.watches.get(symbol) ?? light.watches.get(symbol))?.state.last,
    source,
    clockOffset: () => health.clockOffset,
    timings,
    clock,
    log,
  });
  const overview = new OverviewKeeper((symbol) => universe.get(symbol) !== undefined);
  const connections = createConnections({
    wsUrl: deps.wsUrl,
    timings,
    clock,
    log,
    onEvent(event) {
      pipeline.handle(event);
      light.handle(event);
      overview.handle(event);
    },
    onResumed(stream) {
      const watch = pipeline.watchOfTrades(stream);
      if (watch) repair.suspect(watch);
    },
    clockOffset: () => health.clockOffset,
    isLiquid: (stream) => LIQUID.has(stream.slice(0, stream.indexOf('@'))),
    watchSilence: source !== 'replay',
  });
  const keeper = createSnapshotKeeper({
    snapshots: deps.snapshots,
    pipeline,
    shards,
    book,
    hears,
    timings,
    log,
  });
  const restoring = createRestoring({
    keeper,
    rest,
    pipeline,
    repair,
    book,
    allRules,
    hears,
    keepsNumbering: source === 'live',
    timings,
    clock,
    log,
  });
  const inUse = createSymbolsInUse({
    configured: deps.symbols,
    universe,
    market,
    book,
    shards,
    pipeline,
    connections,
    restoring,
    warmUp,
    timings,
    clock,
    log,
    signal,
  });
  const endings = createEndings({ rules, shards, book, allRules, post, relay, log });
  const keeping = createUniverseKeeping({ universe, listings, allRules, endings, timings, log, signal });
  const health = createHealthReport({
    source,
    processId,
    clock,
    timings,
    connections,
    pipeline,
    book,
    rest,
    repair,
    shards,
  });

  /** A replay's market has a time of its own, of which the wall clock knows nothing. */
  function marketTime(wall: number): number {
    return source === 'replay' ? Number.NEGATIVE_INFINITY : wall + health.clockOffset;
  }

  function onCommitted(shard: number, notices: number): void {
    health.alerts += notices;
    relay.wake(shard);
  }

  function onTransitions(watch: Watched, transitions: readonly EngineTransition[], late: boolean): void {
    const { state, tickSize, previous, symbol } = watch;
    const scene = { state, tickSize, source, previous, late, now: clock.now() };
    shards.writerOf(symbol)?.push({
      symbol,
      cursor: book.engine.cursor(symbol),
      transitions: transitions.map((transition) => toTransition(transition, scene)),
    });
  }

  function keepCandles(symbol: string, candles: readonly Candle[]): void {
    market.writeCandles(symbol, candles).catch((error: unknown) => {
      log.error({ symbol, error: describeError(error) }, 'candles could not be kept');
    });
  }

  function hears(symbol: string): boolean {
    return connections.flows(tradesOf(symbol));
  }

  /** False before the first data, and after a while without. */
  function sees(): boolean {
    const since = health.blindSince();
    if (source === 'replay') return true;
    return (
      connections.lastDataAt() !== undefined &&
      (since === undefined || clock.now() - since < timings.yieldAfterMs)
    );
  }

  function unwatchShard(shard: number): void {
    for (const symbol of [...pipeline.watches.keys()])
      if (shardOf(symbol) === shard) pipeline.unwatch(symbol);
  }

  return {
    rest,
    universe,
    book,
    relay,
    shards,
    pipeline,
    light,
    allRules,
    overview,
    connections,
    keeper,
    inUse,
    endings,
    keeping,
    health,
    hears,
  };
}

/** Symbols that trade every few seconds at any hour. */
const LIQUID = new Set(['btcusdt', 'ethusdt', 'solusdt', 'xrpusdt', 'bnbusdt', 'dogeusdt']);
