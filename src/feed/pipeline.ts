import { isSideMetric } from '../alerts/condition.ts';
import type { EngineTransition } from '../alerts/engine.ts';
import type { Candle, Instrument, Trade } from '../market/events.ts';
import type { FeedEvent } from './decode/events.ts';
import { tradesOf } from './routes.ts';
import type { RuleBook } from './rule-book.ts';
import { SymbolWatch } from './symbol-watch.ts';

/** Trades after which the tutorial's program would have analysed. */
const CADENCE = 50;
/** Other streams, and answers of REST, are ahead of trades by less than this, ms. */
const OVERTAKEN_MS = 1_000;
/** Where nothing is traded, and the stream is not known to be silent for so long (ms), there was nothing to hear. */
const QUIET_MS = 12_000;
/** The delay is looked at on one trade in so many. */
const LAG_EVERY = 16;

export interface PipelineOptions {
  book: RuleBook;
  /** What a tick changed of the rules, in the order of events. */
  /** `late`: they come of trades that were missing and have been found. */
  onTransitions: (watch: SymbolWatch, transitions: readonly EngineTransition[], late: boolean) => void;
  /** A trade has come whose predecessors are missing; it waits. */
  onGap: (watch: SymbolWatch) => void;
  onClosedCandle: (symbol: string, candle: Candle) => void;
  onContract: (symbol: string, status: string) => void;
  onTrades50: (symbol: string) => void;
  /** Event time of a trade just received, now and then. */
  onLag: (eventTime: number) => void;
}

/** Event → windows → rules, for every symbol in use. Synchronous: when `handle` returns, the rules have decided. */
export class Pipeline {
  readonly watches = new Map<string, SymbolWatch>();
  /** Newest event time of any symbol, Unix ms: the market's clock. */
  time = 0;
  /** Frames that were not in order. */
  malformed = 0;
  readonly #options: PipelineOptions;
  #untilLag = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** Market time up to which an answer that came just now may know of trades. */
  get asOf(): number {
    return this.time + OVERTAKEN_MS;
  }

  /** Starts to watch a symbol; what comes of it is held until `fill`. */
  watch(instrument: Instrument): SymbolWatch {
    const watch = new SymbolWatch(instrument);
    this.watches.set(watch.symbol, watch);
    return watch;
  }

  /** The symbol whose trades this stream carries, if it is watched. */
  watchOfTrades(stream: string): SymbolWatch | undefined {
    const watch = this.watches.get(stream.slice(0, stream.indexOf('@')).toUpperCase());
    return watch && tradesOf(watch.symbol) === stream ? watch : undefined;
  }

  unwatch(symbol: string): void {
    this.watches.get(symbol)?.dismiss();
    this.watches.delete(symbol);
  }

  /** Fills a new symbol's windows and takes in what came meanwhile. */
  fill(watch: SymbolWatch, candles: readonly Candle[]): void {
    if (!this.#isWatched(watch)) return;
    this.#takeAll(watch, watch.fill(candles, this.asOf));
    watch.warmed();
    if (watch.gapped) this.#options.onGap(watch);
  }

  /** Lets a new symbol go on from saved windows; what came since is missing, and everything waits behind that gap. */
  resume(watch: SymbolWatch, saved: Uint8Array): void {
    if (this.#isWatched(watch) && watch.resume(saved)) watch.warmed();
  }

  /** Takes in what waits and follows what is known; the rest waits on behind its gap. */
  release(watch: SymbolWatch): void {
    this.#takeAll(watch, watch.release());
  }

  /** Takes in what waits behind the open gap, whose trades will not be found. */
  giveUp(watch: SymbolWatch): void {
    this.#takeAll(watch, watch.giveUp());
  }

  /**
   * Takes in missing trades that were found, in order: windows see all of them, rules those since `heardFrom` (Unix ms),
   * late. When some are older, rules are set to their side silently first. Then comes what waited.
   */
  replay(watch: SymbolWatch, trades: readonly Trade[], heardFrom: number): void {
    if (!this.#isWatched(watch)) return;
    let unheard = false;
    for (const trade of trades) {
      const news = watch.take(trade);
      if (trade.time < heardFrom) {
        unheard = true;
        continue;
      }
      if (unheard) this.#options.book.engine.forget(watch.symbol);
      unheard = false;
      if (news) this.#tick(watch, trade.id, watch.read, true);
    }
    if (unheard) this.#options.book.engine.forget(watch.symbol);
    this.release(watch);
  }

  /** Lets rules see a point of a missing stretch that only candles tell of. `read` gives the books' values there. */
  imagine(watch: SymbolWatch, time: number, seq: number, read: SymbolWatch['read']): void {
    if (time > watch.tickTime) watch.tickTime = time;
    if (this.#isWatched(watch)) this.#tick(watch, seq, read, true);
  }

  handle(event: FeedEvent): void {
    switch (event.type) {
      case 'trade': {
        const { trade } = event;
        if (trade.eventTime > this.time) this.time = trade.eventTime;
        const watch = this.watches.get(trade.symbol);
        if (watch) this.#trade(watch, trade);
        if (--this.#untilLag < 0) {
          this.#untilLag = LAG_EVERY;
          this.#options.onLag(trade.eventTime);
        }
        return;
      }
      case 'marks':
        for (const mark of event.marks) {
          if (mark.eventTime > this.time) this.time = mark.eventTime;
          const watch = this.watches.get(mark.symbol);
          if (!watch) continue;
          watch.state.mark(mark);
          watch.dirty = true;
          this.#measure(watch, mark.eventTime);
        }
        return;
      case 'candle': {
        const watch = this.watches.get(event.symbol);
        if (watch?.candle(event.candle, event.eventTime))
          this.#options.onClosedCandle(event.symbol, event.candle);
        return;
      }
      case 'book': {
        const watch = this.watches.get(event.book.symbol);
        if (!watch) return;
        watch.state.book(event.book);
        watch.dirty = true;
        return;
      }
      case 'days':
        for (const ticker of event.tickers) {
          const watch = this.watches.get(ticker.symbol);
          if (!watch) continue;
          watch.state.day(ticker);
          watch.dirty = true;
        }
        return;
      case 'liquidations':
        for (const liquidation of event.liquidations) {
          const watch = this.watches.get(liquidation.symbol);
          if (!watch) continue;
          watch.state.liquidation(liquidation);
          watch.dirty = true;
          this.#measure(watch, liquidation.time);
        }
        return;
      case 'contract':
        this.#options.onContract(event.symbol, event.status);
        return;
      case 'malformed':
        this.malformed += 1;
        return;
      case 'session':
      case 'shutdown':
      case 'ignored':
        return;
    }
  }

  /**
   * Lets deadlines of the rules fall due up to `time`, market time, where the symbol's trades can be heard: nothing may
   * fire from missing data.
   */
  advance(time: number, isHeard: (symbol: string) => boolean): void {
    const { book, onTransitions } = this.#options;
    for (const watch of this.watches.values()) if (isHeard(watch.symbol)) watch.hear(time - QUIET_MS);
    for (const symbol of book.engine.symbols()) {
      const watch = this.watches.get(symbol);
      if (!watch?.warm || watch.gapped || !isHeard(symbol)) continue;
      const transitions = book.engine.advance(symbol, time);
      if (transitions.length > 0) onTransitions(watch, transitions, false);
    }
  }

  #trade(watch: SymbolWatch, trade: Trade): void {
    const waited = watch.gapped;
    if (watch.trade(trade)) this.#accept(watch, trade);
    else if (waited) this.release(watch);
    else if (watch.gapped) this.#options.onGap(watch);
  }

  #takeAll(watch: SymbolWatch, trades: readonly Trade[]): void {
    const watched = this.#isWatched(watch);
    for (const trade of trades) if (watch.take(trade) && watched) this.#accept(watch, trade);
  }

  /** It may have been let go while something was being fetched for it; its rules are then another one's business. */
  #isWatched(watch: SymbolWatch): boolean {
    return this.watches.get(watch.symbol) === watch;
  }

  #accept(watch: SymbolWatch, trade: Trade): void {
    const { book, onTrades50 } = this.#options;
    book.meet(trade);
    this.#tick(watch, trade.id, watch.read, false);
    watch.settle();
    if (watch.accepted % CADENCE === 0) onTrades50(watch.symbol);
  }

  /** Lets rules see a number that came by no event of the market, at the market's time. */
  measure(watch: SymbolWatch): void {
    if (this.#isWatched(watch)) this.#measure(watch, watch.state.time);
  }

  /** Lets rules see the numbers that no trade changes. */
  #measure(watch: SymbolWatch, time: number): void {
    const { book, onTransitions } = this.#options;
    const transitions = book.engine.measure(watch.symbol, time, watch.read, ({ metric }) =>
      isSideMetric(metric),
    );
    if (transitions.length > 0) onTransitions(watch, transitions, false);
  }

  #tick(watch: SymbolWatch, seq: number, read: SymbolWatch['read'], late: boolean): void {
    const { book, onTransitions } = this.#options;
    const time = watch.tickTime;
    const ticked = book.engine.tick(watch.symbol, time, seq, read);
    const transitions = late && ticked.length > 0 ? book.seen(ticked, time) : ticked;
    if (transitions.length > 0) onTransitions(watch, transitions, late);
  }
}
