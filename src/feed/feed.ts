import { createEngine, type EngineTransition } from '../alerts/engine.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { Candle, MarketSource } from '../market/events.ts';
import type { AnalysesRepository } from '../store/analyses.ts';
import type { Commits } from '../store/commits.ts';
import { shardOf } from '../store/keys.ts';
import type { Leases } from '../store/leases.ts';
import type { ListedRepository } from '../store/listed.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Members } from '../store/members.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { Snapshots } from '../store/snapshots.ts';
import type { WeightBudget } from '../store/weight.ts';
import { createAllRules } from './all-rules.ts';
import { startRuleCommands } from './commands.ts';
import { createConnections } from './connections.ts';
import { createEndings } from './endings.ts';
import { createHealthReport, type FeedStats } from './health.ts';
import { startLeftovers } from './leftovers.ts';
import { LightMarket, type Watched } from './light-market.ts';
import { startLightWarmUp } from './light-warm-up.ts';
import { createListings } from './listings.ts';
import { toTransition } from './notices.ts';
import { startOpenInterest } from './open-interest.ts';
import { OverviewKeeper, publishOverview } from './overview.ts';
import { Pipeline } from './pipeline.ts';
import { startPositioning } from './positioning.ts';
import { type Publishing, startPublishing } from './publishing.ts';
import { whyNotReady } from './readiness.ts';
import { createRelay } from './relay.ts';
import { createRepair } from './repair.ts';
import { createRest } from './rest.ts';
import { tradesOf } from './routes.ts';
import { RuleBook } from './rule-book.ts';
import { startSentiment } from './sentiment.ts';
import { createShards } from './shards.ts';
import { createSnapshotKeeper } from './snapshots.ts';
import { createRestoring } from './snapshots-restore.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import { createSymbolsInUse } from './symbols-in-use.ts';
import { DEFAULT_TIMINGS, type FeedTimings } from './timings.ts';
import { createUniverseWatch } from './universe.ts';
import { createUniverseKeeping } from './universe-keeping.ts';
import { createWarmUp } from './warm-up.ts';

/** Deadlines of rules fall due so long after the newest event, since events of several streams overtake each other. */
const LATENESS_MS = 2_000;
// Dials to our own loopback exchange need no sparing.
const LOOPBACK_DIALS = { dialSpacingMs: 20, dialEveryMs: 20 };

export interface FeedDeps {
  /** Roots of the exchange's services: the live market, or a loopback exchange that plays or simulates one. */
  wsUrl: string;
  restUrl: string;
  source: MarketSource;
  /** Always watched; `all`: every trading USDT coin perpetual. */
  symbols: readonly string[] | 'all';
  market: MarketRepository;
  rules: RulesRepository;
  commits: Commits;
  leases: Leases;
  members: Members;
  snapshots: Snapshots;
  listed: ListedRepository;
  /** What rules on the AI's view watch. */
  analyses: Pick<AnalysesRepository, 'latestId' | 'get' | 'wantScheduled'>;
  post: Post;
  /** Request weight that all feeds behind this address share; without it this feed counts alone. */
  weight?: WeightBudget;
  /** After every 50 trades of a symbol in `symbols`. */
  onTrades50?: (symbol: string) => void;
  clock: Clock;
  log: Log;
  processId: string;
  timings?: Partial<FeedTimings>;
}

/** The feed of one process: the only part of Sheepdog that talks to the exchange. */
export interface Feed {
  /** Begins, and resolves when it is ready for the first time, or stopped. Failures outside are retried, never thrown. */
  start(): Promise<void>;
  /** Routes live, leases held, windows of the configured symbols warm; otherwise why not, in words. */
  ready(): { ready: boolean; reasons: string[] };
  stats(): FeedStats;
  /** Makes durable what was decided, hands the leases back, closes the sockets. */
  stop(): Promise<void>;
}

export function createFeed(deps: FeedDeps): Feed {
  const { source, market, rules, commits, post, clock, log, processId } = deps;
  const timings: FeedTimings = {
    ...DEFAULT_TIMINGS,
    ...(source === 'live' ? {} : LOOPBACK_DIALS),
    ...deps.timings,
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const configured = (symbol: string) => deps.symbols === 'all' || deps.symbols.includes(symbol);

  const rest = createRest({ restUrl: deps.restUrl, clock, log, timings, weight: deps.weight });
  const universe = createUniverseWatch({ rest, market, source, clock });
  const book = new RuleBook(createEngine(), log, marketTime);
  const warmUp = createWarmUp({ rest, market, timings, log });
  let loops: Loop[] = [];
  let publishing: Publishing | undefined;

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

  function ready(): { ready: boolean; reasons: string[] } {
    const reasons = whyNotReady({ universe, shards, connections, pipeline, inUse });
    return { ready: reasons.length === 0, reasons };
  }

  async function beat(): Promise<void> {
    if (pipeline.time > 0 && health.blindSince() === undefined) {
      const time = pipeline.time - LATENESS_MS;
      pipeline.advance(time, hears);
      light.advance(time);
      await endings.expire(time);
    }
    await inUse.mend();
  }

  /** Ends what runs, makes durable what was decided, passes it on and gives the leases back. */
  async function handOver(): Promise<void> {
    await Promise.all(loops.map((loop) => loop.stop()));
    await publishing?.flush();
    await keeper.stop();
    const last = health.report();
    await shards.stop();
    await relay.stop();
    await market.writeHealth(last).catch(() => undefined);
  }

  return {
    async start() {
      health.begin();
      inUse.begin();
      shards.begin();
      relay.begin();
      keeper.begin();
      allRules.begin();
      publishing = startPublishing({ market, pipeline, shards, source, clock, timings, log });
      loops = [
        startLoop('universe', timings.useEveryMs, () => keeping.step(), log),
        startLoop('symbols in use', timings.useEveryMs, () => inUse.gather(), log),
        startLoop('heartbeat', timings.heartbeatMs, beat, log),
        publishOverview({
          keeper: overview,
          market,
          source,
          // All feeds hear the same tickers; one is enough to tell of them.
          speaks: () => shards.owned().includes(0),
          clock,
          log,
          everyMs: timings.overviewEveryMs,
        }),
        startLoop('health', timings.heartbeatMs, () => market.writeHealth(health.report()), log),
        startLoop(
          'clock',
          CLOCK_EVERY_MS,
          async () => {
            if (source === 'live') health.clockOffset = await rest.clockOffset(signal);
          },
          log,
        ),
        startRuleCommands({
          rules,
          shards,
          book,
          use: inUse.use,
          refreshAll: allRules.refresh,
          timings,
          log,
        }),
        allRules,
        startLightWarmUp({ rest, light, book, timings, log, signal }),
        startLeftovers({ rules, shards, everyMs: timings.leftoversEveryMs, log }),
        startSentiment({
          analyses: deps.analyses,
          pipeline,
          book,
          everyMs: timings.analysisEveryMs,
          clock,
          log,
        }),
        startOpenInterest({ rest, pipeline, book, timings, log, signal }),
        publishing,
        startPositioning({ rest, pipeline, log, signal }),
      ];
      while (!signal.aborted && !ready().ready) await delay(READY_LOOK_MS, signal).catch(() => undefined);
      if (!signal.aborted) log.info({ symbols: [...pipeline.watches.keys()] }, 'the feed is ready');
    },
    ready,
    stats: () => health.stats(),
    async stop() {
      stopping.abort(new Error('stopped'));
      const patience = new AbortController();
      const late = delay(timings.drainMs, patience.signal).then(
        () => log.error('the store does not answer: stopped without handing everything over'),
        () => undefined,
      );
      await Promise.race([handOver().finally(() => patience.abort()), late]);
      await connections.stop();
    },
  };
}

/** Symbols that trade every few seconds at any hour. */
const LIQUID = new Set(['btcusdt', 'ethusdt', 'solusdt', 'xrpusdt', 'bnbusdt', 'dogeusdt']);
const CLOCK_EVERY_MS = 600_000;
const READY_LOOK_MS = 25;
