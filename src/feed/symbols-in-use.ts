import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Connections } from './connections.ts';
import type { Pipeline } from './pipeline.ts';
import { BASE_STREAMS, streamsOf } from './routes.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import type { Restoring } from './snapshots-restore.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';
import type { UniverseWatch } from './universe.ts';
import type { WarmUp } from './warm-up.ts';

/** Keeps exactly those symbols of our shards subscribed that are configured, have rules, or somebody asked about lately. */
export interface SymbolsInUse {
  /** Subscribes the streams of the whole market. */
  begin(): void;
  /** Looks at who needs what, and subscribes and unsubscribes accordingly. Throws when the store cannot be asked. */
  gather(): Promise<void>;
  /** Puts a symbol in use at once; undefined when the exchange does not trade it, or another feed owns it. */
  use(symbol: string): SymbolWatch | undefined;
  /** Its trades decide, or will as soon as what was missed of them is found: nothing else may get ahead of them. */
  leadsByTrades(symbol: string): boolean;
  /** Configured symbols whose windows are not filled yet. */
  cold(): string[];
  /** Symbols are configured, and the exchange trades none of them. */
  idle(): boolean;
  /** Fetches the minutes of holes that are over. */
  mend(): Promise<void>;
}

export function createSymbolsInUse(options: {
  configured: readonly string[] | 'all';
  universe: UniverseWatch;
  market: MarketRepository;
  book: RuleBook;
  shards: Pick<Shards, 'holds'>;
  pipeline: Pipeline;
  connections: Connections;
  restoring: Restoring;
  warmUp: WarmUp;
  timings: FeedTimings;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): SymbolsInUse {
  const { universe, market, book, shards, pipeline, connections, warmUp, timings, clock, log, signal } =
    options;
  const { watches } = pipeline;
  const unknown = new Set<string>();
  /** Symbols that go on from saved windows, which are as old as these until the minutes since are known. */
  const filling = new WeakSet<SymbolWatch>();
  /** Symbols whose streams are carried. */
  let carried = new Set<string>();

  function configured(): readonly string[] {
    return options.configured === 'all' ? universe.symbols() : options.configured;
  }

  function subscribe(): void {
    carried = new Set(watches.keys());
    const bookMs = options.configured === 'all' ? 500 : 100;
    connections.carry(
      new Set([...BASE_STREAMS, ...[...carried].flatMap((symbol) => streamsOf(symbol, bookMs))]),
    );
  }

  /** Subscribes and unsubscribes if other symbols are watched than before; shards that are lost let theirs go at once. */
  function follow(): void {
    const same = watches.size === carried.size && [...watches.keys()].every((symbol) => carried.has(symbol));
    if (!same) subscribe();
  }

  /** From where it was left, or from candles. */
  async function fill(watch: SymbolWatch): Promise<void> {
    filling.add(watch);
    if (await options.restoring.restore(watch, signal).finally(() => filling.delete(watch))) return;
    const warm = await warmUp.warm(watch, (candles) => pipeline.fill(watch, candles), signal);
    // It stays watched when the exchange does not know its candles: windows then fill from live trades.
    if (!warm && !signal.aborted) pipeline.fill(watch, []);
  }

  function open(symbol: string): SymbolWatch | undefined {
    const known = watches.get(symbol);
    if (known) return known;
    const instrument = shards.holds(symbol) ? universe.get(symbol) : undefined;
    if (!instrument) return undefined;
    const watch = pipeline.watch(instrument);
    void fill(watch);
    return watch;
  }

  return {
    begin: subscribe,
    use(symbol) {
      const watch = open(symbol);
      follow();
      return watch;
    },
    async gather() {
      if (!universe.known) return;
      // Those that somebody waits for are warmed first.
      const wanted = new Set([...book.symbols(), ...(await market.wanted(clock.now())), ...configured()]);
      const now = performance.now();
      for (const symbol of wanted) {
        const watch = watches.get(symbol);
        if (watch) watch.idleSince = undefined;
        else if (
          !open(symbol) &&
          !universe.get(symbol) &&
          !unknown.has(symbol) &&
          configured().includes(symbol)
        ) {
          unknown.add(symbol);
          log.error(
            { symbol },
            'SYMBOLS names a symbol that is no trading USDT coin perpetual; it is left out',
          );
        }
      }
      for (const [symbol, watch] of watches) {
        if (wanted.has(symbol) && universe.get(symbol)) continue;
        watch.idleSince ??= now;
        if (now - watch.idleSince < timings.graceMs) continue;
        pipeline.unwatch(symbol);
      }
      follow();
    },
    leadsByTrades(symbol) {
      const watch = watches.get(symbol);
      if (watch) return watch.warm || filling.has(watch);
      return book.hasOwn(symbol) || (options.configured !== 'all' && options.configured.includes(symbol));
    },
    cold() {
      if (!universe.known) return [];
      return configured().filter((symbol) => {
        const watch = watches.get(symbol);
        const warm = watch?.warm && !filling.has(watch);
        return shards.holds(symbol) && universe.get(symbol) !== undefined && !warm;
      });
    },
    idle: () =>
      universe.known && configured().length > 0 && !configured().some((symbol) => universe.get(symbol)),
    async mend() {
      for (const watch of watches.values()) {
        const hole = watch.takeHole();
        if (!hole) continue;
        try {
          await warmUp.mend(watch, hole, signal);
        } catch (error) {
          watch.unmended(hole);
          if (signal.aborted) return;
          log.warn({ symbol: watch.symbol, error: describeError(error) }, 'hole not mended yet');
        }
      }
    },
  };
}
