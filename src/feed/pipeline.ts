import type { EngineTransition } from '../alerts/engine.ts';
import type { Candle, Instrument, Trade } from '../market/events.ts';
import type { FeedEvent } from './decode/events.ts';
import type { RuleBook } from './rule-book.ts';
import { SymbolWatch } from './symbol-watch.ts';

/** Trades after which the tutorial's program would have analysed. */
const CADENCE = 50;
/** The delay is looked at on one trade in so many. */
const LAG_EVERY = 16;

export interface PipelineOptions {
  book: RuleBook;
  /** What a tick changed of the rules, in the order of events. */
  onTransitions: (watch: SymbolWatch, transitions: readonly EngineTransition[]) => void;
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

  /** Starts to watch a symbol; what comes of it is held until `fill`. */
  watch(instrument: Instrument): SymbolWatch {
    const watch = new SymbolWatch(instrument);
    this.watches.set(watch.symbol, watch);
    return watch;
  }

  unwatch(symbol: string): void {
    this.watches.delete(symbol);
  }

  /** Fills a new symbol's windows and takes in what came meanwhile. */
  fill(watch: SymbolWatch, candles: readonly Candle[]): void {
    for (const trade of watch.fill(candles)) this.#trade(watch, trade);
    watch.warmed();
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
        }
        return;
      case 'candle': {
        const watch = this.watches.get(event.symbol);
        if (watch?.candle(event.candle)) this.#options.onClosedCandle(event.symbol, event.candle);
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
    for (const symbol of book.symbols()) {
      const watch = this.watches.get(symbol);
      if (!watch?.warm || !isHeard(symbol)) continue;
      const transitions = book.engine.advance(symbol, time);
      if (transitions.length > 0) onTransitions(watch, transitions);
    }
  }

  #trade(watch: SymbolWatch, trade: Trade): void {
    if (!watch.trade(trade)) return;
    const { book } = this.#options;
    const { engine } = book;
    if (engine.books(watch.symbol).length > 0) {
      book.meet(trade);
      const transitions = engine.tick(watch.symbol, watch.tickTime, trade.id, watch.read);
      if (transitions.length > 0) this.#options.onTransitions(watch, transitions);
    }
    if (watch.accepted % CADENCE === 0) this.#options.onTrades50(watch.symbol);
  }
}
