import { type Brief, WINDOW_MS, type Window } from './brief.ts';
import { composeBrief } from './compose-brief.ts';
import { deviationOver } from './deviations.ts';
import type { Book, Candle, DayTicker, Liquidation, MarkPrice, OpenInterest, Trade } from './events.ts';
import { InterestHistory } from './interest-history.ts';
import { Liquidations } from './liquidations.ts';
import { pack, unpack, type Walk } from './packing.ts';
import { isSound, isTime } from './soundness.ts';
import type { Extremes, SymbolState, TradeOutcome } from './symbol-state.ts';
import { TickFigures } from './tick-figures.ts';
import { Windows } from './windows.ts';

/** Raise it whenever what is saved, or what it means, changes. */
const SAVED_VERSION = 5;

/** A mark price, or without one the last trade, vouches for prints no longer than this, ms. */
const REFERENCE_LIFE = 60_000;

const ACCEPTED: TradeOutcome = { type: 'accepted' };
const OLD: TradeOutcome = { type: 'old' };
const BAD_PRINT: TradeOutcome = { type: 'bad-print' };

/**
 * The state of one symbol: ~150 KB whatever happens. Metrics are undefined until their window is covered, by live
 * trades or by candles. A closed candle replaces what live trades do not cover wholly, so it also mends holes.
 */
export function createSymbolState(options: {
  symbol: string;
  tickSize: number;
  /** A print further from the mark price than this is rejected, as |ln(price/mark)|; default 0.1. */
  maxDeviation?: number;
}): SymbolState {
  return new State(options.symbol, options.tickSize, options.maxDeviation ?? 0.1);
}

class State implements SymbolState {
  readonly symbol: string;
  readonly tickSize: number;
  /** e to the power of the greatest deviation believed. */
  readonly #maxFactor: number;
  readonly #windows = new Windows();
  readonly #figures = new TickFigures();
  readonly #interest = new InterestHistory();
  #longShort: Brief['longShort'];
  readonly #liquidations = new Liquidations();
  sentiment: number | undefined;
  #time = 0;
  #last = Number.NaN;
  #lastTime = 0;
  #lastTradeId = -1;
  #tradeTime = 0;
  #trades = 0;
  #rejected = 0;
  #mark: MarkPrice | undefined;
  #markTime = 0;
  #lowestBelieved = 0;
  #highestBelieved = Infinity;
  #book: Book | undefined;
  #day: DayTicker | undefined;

  constructor(symbol: string, tickSize: number, maxDeviation: number) {
    this.symbol = symbol;
    this.tickSize = tickSize;
    this.#maxFactor = Math.exp(maxDeviation);
  }

  get time(): number {
    return this.#time;
  }

  get last(): number | undefined {
    return this.#last > 0 ? this.#last : undefined;
  }

  get lastTradeId(): number | undefined {
    return this.#lastTradeId < 0 ? undefined : this.#lastTradeId;
  }

  warm(candles: readonly Candle[]): void {
    for (const candle of candles) if (candle.closed) this.candle(candle);
  }

  trade(trade: Trade): TradeOutcome {
    const { id, price, time } = trade;
    if (!(id > this.#lastTradeId)) return OLD;
    const missing = this.#lastTradeId < 0 ? 0 : id - this.#lastTradeId - 1;
    if (!this.#believes(trade)) {
      this.#rejected++;
      if (isTime(time)) this.#windows.badPrint(time);
      // After a hole the id stays where it was, so that the next trade still tells of the hole.
      if (missing === 0 && this.#lastTradeId >= 0) this.#lastTradeId = id;
      return BAD_PRINT;
    }
    if (missing > 0) this.#windows.hole(Math.min(this.#tradeTime, time), time);
    this.#windows.trade(time, price, price * trade.quantity, !trade.buyerIsMaker);
    this.#figures.add(price, !trade.buyerIsMaker);
    this.#lastTradeId = id;
    this.#last = price;
    if (time > this.#tradeTime) this.#tradeTime = time;
    if (time > this.#lastTime) this.#lastTime = time;
    if (time > this.#time) this.#time = time;
    this.#trades++;
    return missing > 0 ? { type: 'gap', missing } : ACCEPTED;
  }

  glimpse(time: number, price: number): void {
    if (time < this.#lastTime || !this.#believes({ price, quantity: 0, time })) return;
    this.#windows.trade(time, price, 0, true);
    this.#last = price;
    this.#lastTime = time;
    if (time > this.#time) this.#time = time;
  }

  unseen(from: number, to: number): void {
    if (isTime(from) && isTime(to)) this.#windows.hole(from, to);
  }

  #believes(trade: Pick<Trade, 'price' | 'quantity' | 'time'>): boolean {
    const { price, quantity, time } = trade;
    if (!(price > 0 && price < Infinity && quantity >= 0 && quantity < Infinity) || !isTime(time))
      return false;
    if (this.#markTime > 0 && time - this.#markTime <= REFERENCE_LIFE) {
      return price >= this.#lowestBelieved && price <= this.#highestBelieved;
    }
    if (this.#lastTime > 0 && time - this.#lastTime <= REFERENCE_LIFE) {
      return price >= this.#last / this.#maxFactor && price <= this.#last * this.#maxFactor;
    }
    return true;
  }

  mark(mark: MarkPrice): void {
    if (!(mark.mark > 0 && mark.mark < Infinity) || !isTime(mark.eventTime)) return;
    if (mark.eventTime < this.#markTime) return;
    this.#mark = mark;
    this.#markTime = mark.eventTime;
    this.#lowestBelieved = mark.mark / this.#maxFactor;
    this.#highestBelieved = mark.mark * this.#maxFactor;
    this.#advance(mark.eventTime);
    this.#liquidations.advance(mark.eventTime);
  }

  candle(candle: Candle): void {
    if (!isSound(candle)) return;
    this.#windows.candle(candle);
    // A running candle says only when it began.
    const until = candle.openTime + (candle.closed ? WINDOW_MS['1m'] - 1 : 0);
    this.#advance(until);
    if (until > this.#lastTime) {
      this.#last = candle.close;
      this.#lastTime = until;
    }
  }

  book(book: Book): void {
    if (!isTime(book.eventTime) || book.eventTime < (this.#book?.eventTime ?? 0)) return;
    this.#book = book;
    this.#advance(book.eventTime);
  }

  day(ticker: DayTicker): void {
    if (!isTime(ticker.eventTime) || ticker.eventTime < (this.#day?.eventTime ?? 0)) return;
    this.#day = ticker;
  }

  openInterest(openInterest: OpenInterest): void {
    this.#interest.add(openInterest);
  }

  pastOpenInterest(samples: readonly OpenInterest[]): void {
    this.#interest.fill(samples);
  }

  interestChange(window: Window): number | undefined {
    return this.#interest.change(window, this.#time);
  }

  longShort(figure: NonNullable<Brief['longShort']>): void {
    this.#longShort = figure;
  }

  liquidation({ time, notional }: Liquidation): void {
    if (isTime(time) && notional >= 0 && notional < Infinity) this.#liquidations.add(time, notional);
  }

  liquidated(window: Window): number | undefined {
    return this.#liquidations.seen(window);
  }

  #advance(time: number): void {
    this.#windows.advance(time);
    if (time > this.#time) this.#time = time;
  }

  range(window: Window): number | undefined {
    if (!this.#windows.shown.usable(window)) return undefined;
    const low = this.#low(window);
    return ((this.#high(window) - low) / low) * 100;
  }

  moveUp(window: Window): number | undefined {
    if (!this.#windows.shown.usable(window)) return undefined;
    const low = this.#low(window);
    return ((this.#last - low) / low) * 100;
  }

  moveDown(window: Window): number | undefined {
    if (!this.#windows.shown.usable(window)) return undefined;
    const high = this.#high(window);
    return ((this.#last - high) / high) * 100;
  }

  extremes(window: Window): Extremes | undefined {
    if (!this.#windows.shown.usable(window)) return undefined;
    const times = this.#windows.shown.extremeTimes(window);
    return {
      high: this.#high(window),
      highTime: times.high,
      low: this.#low(window),
      lowTime: times.low,
      last: this.#last,
    };
  }

  // The last price always stands within every window, also when its trade is older than the window.
  #high(window: Window): number {
    const high = this.#windows.shown.high(window);
    return Math.max(this.#last, high);
  }

  #low(window: Window): number {
    const low = this.#windows.shown.low(window);
    return Math.min(this.#last, low);
  }

  volumeRatio(window: Window): number | undefined {
    const usual = this.#windows.usualMinute;
    if (usual === undefined || !this.#windows.shown.usable(window)) return undefined;
    const notional = this.#windows.shown.buy(window) + this.#windows.shown.sell(window);
    return notional / (usual * (WINDOW_MS[window] / WINDOW_MS['1m']));
  }

  takerRatio(window: Window): number | undefined {
    if (!this.#windows.shown.usable(window)) return undefined;
    const buy = this.#windows.shown.buy(window);
    const sell = this.#windows.shown.sell(window);
    return buy > 0 && sell > 0 ? buy / sell : undefined;
  }

  get funding(): number | undefined {
    const rate = this.#mark?.fundingRate;
    return rate === undefined ? undefined : rate * 100;
  }

  sigma(window: Window): number | undefined {
    const sigma = this.#windows.weightedSigma1m;
    return sigma === undefined ? undefined : deviationOver(window, sigma * 100);
  }

  sigma15m(): number | undefined {
    const sigma = this.#windows.sigma1m;
    return sigma === undefined ? undefined : sigma * Math.sqrt(15) * 100;
  }

  save(): Buffer {
    return pack(SAVED_VERSION, (walk) => this.#walk(walk));
  }

  restore(saved: Uint8Array): boolean {
    if (!unpack(saved, SAVED_VERSION, this.#savedBytes(), (walk) => this.#walk(walk))) return false;
    this.#mark = undefined;
    this.#markTime = 0;
    this.#book = undefined;
    this.#day = undefined;
    return true;
  }

  #walk(walk: Walk): void {
    this.#windows.walk(walk);
    this.#figures.walk(walk);
    this.#interest.walk(walk);
    this.#liquidations.walk(walk);
    this.#time = walk.value(this.#time);
    this.#last = walk.value(this.#last);
    this.#lastTime = walk.value(this.#lastTime);
    this.#lastTradeId = walk.value(this.#lastTradeId);
    this.#tradeTime = walk.value(this.#tradeTime);
    this.#trades = walk.value(this.#trades);
    this.#rejected = walk.value(this.#rejected);
  }

  /** The layout is fixed: what is saved is always as long as this. */
  #savedBytes(): number {
    let bytes = 0;
    this.#walk({
      value(current) {
        bytes += Float64Array.BYTES_PER_ELEMENT;
        return current;
      },
      numbers(array) {
        bytes += array.byteLength;
      },
    });
    return bytes;
  }

  brief(writer: Parameters<SymbolState['brief']>[0]): Brief {
    return composeBrief(this, writer, {
      windows: this.#windows,
      figures: this.#figures,
      interest: this.#interest,
      mark: this.#mark,
      book: this.#book,
      day: this.#day,
      longShort: this.#longShort,
      tradeTime: this.#tradeTime,
      trades: this.#trades,
      rejected: this.#rejected,
    });
  }
}
