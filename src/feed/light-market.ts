import type { BookKey, EngineTransition } from '../alerts/engine.ts';
import type { Candle, DayTicker, Instrument } from '../market/events.ts';
import { createSymbolState } from '../market/state.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import { Turnover } from '../market/turnover.ts';
import type { FeedEvent } from './decode/events.ts';
import { metricReader } from './metrics.ts';
import type { PricePoint } from './notices.ts';
import type { RuleBook } from './rule-book.ts';

/** A symbol counts among all from this turnover of 24 h (USDT) on, and until it is below the second one. */
const ENTERS_AT = 50e6;
const LEAVES_BELOW = 40e6;
/** The tickers come each second: after so long without any, what prices did meanwhile was not seen, ms. */
const UNSEEN_MS = 10_000;

/** What the feed needs of a symbol to tell of its rules' firings. */
export interface Watched {
  readonly symbol: string;
  readonly tickSize: number;
  readonly state: SymbolState;
  readonly previous: PricePoint | undefined;
}

const MINUTE_MS = 60_000;
/** Of a longer time unseen the cheapest call for candles does not tell, ms. */
const CHEAP_MS = 90 * MINUTE_MS;
/** A minute's candle is final this long after its end, market time. */
const SETTLED_MS = 1_000;

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

/** End of the newest minute whose candle is final at `time`, Unix ms. */
function settledBefore(time: number): number {
  return minuteOf(time - SETTLED_MS);
}

/** A symbol that is watched by the streams of the whole market alone. */
export class LightWatch implements Watched {
  readonly symbol: string;
  readonly tickSize: number;
  readonly state: SymbolState;
  readonly turnover = new Turnover();
  readonly read: (book: BookKey) => number | undefined;
  previous: PricePoint | undefined;
  /** So many minutes before now are known from candles. */
  minutesKnown = 0;
  /** Candles tell of every minute before this, Unix ms. */
  #candlesTo = 0;
  /** Start of the first minute that was heard whole, and all after it; Unix ms. */
  #heardFrom = Number.POSITIVE_INFINITY;

  constructor(instrument: Instrument, isUnderWatch: (window: BookKey['window'], times: number) => boolean) {
    this.symbol = instrument.symbol;
    this.tickSize = instrument.tickSize;
    this.state = createSymbolState(instrument);
    const read = metricReader(this.state);
    this.read = (book) => {
      switch (book.metric) {
        case 'volume': {
          // An estimate says that nothing is up; that something is, only trades say.
          const times = this.turnover.times(book.window);
          return times === undefined || isUnderWatch(book.window, times) ? undefined : times;
        }
        case 'buyers':
        case 'sellers':
        case 'takers':
          return undefined;
        default:
          return read(book);
      }
    };
  }

  ticker({ last, eventTime, quoteVolume }: DayTicker): void {
    const before = this.state.last;
    if (before !== undefined) this.previous = { price: before, time: this.state.time };
    if (this.#heardFrom === Number.POSITIVE_INFINITY) this.#heardFrom = minuteOf(eventTime) + MINUTE_MS;
    this.state.glimpse(eventTime, last);
    this.turnover.add(eventTime, quoteVolume);
  }

  /** Nothing was heard from `from` to `to`, market time. */
  unseen(from: number, to: number): void {
    this.state.unseen(from, to);
    if (to - from > CHEAP_MS) this.minutesKnown = 0;
    this.#heardFrom = minuteOf(to) + MINUTE_MS;
  }

  /** A minute that was not heard whole is over, and its candle is there. */
  get lacks(): boolean {
    return Math.min(settledBefore(this.state.time), this.#heardFrom) > this.#candlesTo;
  }

  /** Takes in the newest candles, the `minutes` before now at least, as asked for at `askedAt`, market time (0: not known). */
  fill(candles: readonly Candle[], minutes: number, askedAt: number): void {
    const newest = candles.findLast(({ closed }) => closed);
    const toldTo = newest ? newest.openTime + MINUTE_MS : 0;
    // A minute of which nothing is told by then has no candle.
    this.#candlesTo = Math.max(this.#candlesTo, toldTo, settledBefore(askedAt));
    this.minutesKnown = Math.max(this.minutesKnown, minutes);
    this.state.warm(candles);
  }
}

export interface LightMarketOptions {
  book: RuleBook;
  instrument: (symbol: string) => Instrument | undefined;
  /** Its trades are watched, and decide. */
  isInFullUse: (symbol: string) => boolean;
  /** A turnover of so many times the usual is worth a closer look. */
  isUnderWatch: (window: BookKey['window'], times: number) => boolean;
  onTransitions: (watch: Watched, transitions: readonly EngineTransition[]) => void;
}

/**
 * The symbols of our shards on which rules on all symbols have instances, by the streams of the whole market that are
 * subscribed anyway: a price and a mark price a second, forced orders. A symbol that is in full use is left to its trades.
 */
export class LightMarket {
  readonly watches = new Map<string, LightWatch>();
  readonly #options: LightMarketOptions;
  /** Symbols with the turnover it takes. */
  readonly #large = new Set<string>();
  /** Symbols of which a ticker was heard. */
  readonly #known = new Set<string>();
  /** The newest ticker of each symbol, as long as none was missed. */
  readonly #newest = new Map<string, DayTicker>();
  #tickersAt = 0;

  constructor(options: LightMarketOptions) {
    this.#options = options;
  }

  /** Every trading symbol of at least 50 million USDT in 24 h; one leaves below 40. */
  symbols(): string[] {
    return [...this.#large].filter((symbol) => this.#options.instrument(symbol) !== undefined);
  }

  /** It is known whether the symbol is large enough: a ticker of it was heard. */
  knows(symbol: string): boolean {
    return this.#known.has(symbol);
  }

  /** Begins to keep a symbol's windows, from the price that is known of it; what is known of one that is kept already stays. */
  keep(symbol: string): void {
    const instrument = this.watches.has(symbol) ? undefined : this.#options.instrument(symbol);
    if (!instrument) return;
    const watch = new LightWatch(instrument, this.#options.isUnderWatch);
    const newest = this.#newest.get(symbol);
    if (newest) watch.ticker(newest);
    this.watches.set(symbol, watch);
  }

  /** Forgets all symbols but these. */
  keepOnly(symbols: ReadonlySet<string>): void {
    for (const symbol of this.watches.keys()) if (!symbols.has(symbol)) this.watches.delete(symbol);
  }

  handle(event: FeedEvent): void {
    if (event.type === 'days') this.#tickers(event.tickers);
    else if (event.type === 'marks') {
      for (const mark of event.marks) {
        const watch = this.watches.get(mark.symbol);
        if (!watch) continue;
        watch.state.mark(mark);
        this.#judge(watch, mark.eventTime);
      }
    } else if (event.type === 'liquidations') {
      for (const liquidation of event.liquidations) {
        const watch = this.watches.get(liquidation.symbol);
        if (!watch) continue;
        watch.state.liquidation(liquidation);
        this.#judge(watch, Math.max(liquidation.time, watch.state.time));
      }
    }
  }

  /** Takes candles of a symbol in (see `LightWatch.fill`); rules that waited for them begin. */
  fill(watch: LightWatch, ...candles: Parameters<LightWatch['fill']>): void {
    watch.fill(...candles);
    // Before a price was heard there is no moment of the market to judge at.
    if (this.watches.get(watch.symbol) === watch && watch.state.last !== undefined) {
      this.#judge(watch, watch.state.time);
    }
  }

  /** Lets deadlines of the rules fall due up to `time`, market time. */
  advance(time: number): void {
    const { book, isInFullUse, onTransitions } = this.#options;
    for (const watch of this.watches.values()) {
      if (isInFullUse(watch.symbol)) continue;
      const transitions = book.engine.advance(watch.symbol, time);
      if (transitions.length > 0) onTransitions(watch, transitions);
    }
  }

  #tickers(tickers: readonly DayTicker[]): void {
    const time = tickers[0]?.eventTime ?? 0;
    if (this.#tickersAt > 0 && time - this.#tickersAt > UNSEEN_MS) {
      for (const watch of this.watches.values()) watch.unseen(this.#tickersAt, time);
      this.#newest.clear();
    }
    this.#tickersAt = Math.max(this.#tickersAt, time);
    for (const ticker of tickers) {
      const { symbol, quoteVolume } = ticker;
      this.#known.add(symbol);
      this.#newest.set(symbol, ticker);
      if (quoteVolume >= ENTERS_AT) this.#large.add(symbol);
      else if (quoteVolume < LEAVES_BELOW) this.#large.delete(symbol);
      const watch = this.watches.get(symbol);
      if (!watch) continue;
      watch.ticker(ticker);
      this.#judge(watch, ticker.eventTime);
    }
  }

  #judge(watch: LightWatch, time: number): void {
    const { book, isInFullUse, onTransitions } = this.#options;
    if (isInFullUse(watch.symbol)) return;
    const transitions = book.engine.measure(watch.symbol, time, watch.read, () => true);
    if (transitions.length > 0) onTransitions(watch, transitions);
  }
}
