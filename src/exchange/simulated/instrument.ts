import type { PastMinutes } from './history.ts';
import { MINUTE_MS, type Minute, mergeMinutes } from './minutes.ts';
import { PricePath } from './path.ts';
import { derivedSeed, Random } from './random.ts';
import { MinuteSeries } from './series.ts';
import { decimalsOf, type Spec } from './specs.ts';
import { type AggTrade, RecentTrades } from './trades.ts';

// Minutes of the busiest symbol: a client with a larger hole rebuilds from candles, as on the real exchange.
const KEPT_TRADES = 3000;
const DAY_MS = 86_400_000;
const INTEREST_EVERY_MS = 300_000;
const INTEREST_KEPT = 288;

/** Figures of a rolling 24 hours. */
export interface Day {
  openTime: number;
  minute: Minute;
}

/** Where a symbol's life begins: its first minute, and the seed of everything random about it. */
export interface Start {
  time: number;
  seed: number;
  /** Multiplies the volatility; 0 holds every price still. */
  volatility: number;
}

/** One simulated symbol: its price, trades, minutes, mark price, funding and open interest. */
export class Instrument {
  readonly spec: Spec;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  readonly tick: number;
  readonly path: PricePath;
  readonly minutes: MinuteSeries;
  readonly trades = new RecentTrades(KEPT_TRADES);
  /** Last traded price. */
  last: number;
  /** Mark price, its moving average, the index, and the rate of the coming funding (a fraction). */
  mark: number;
  markAverage: number;
  index: number;
  fundingRate = 0.00005;
  /** Open contracts in base units. */
  openInterest: number;
  /** Time of the last trade, Unix ms. */
  tradedAt: number;
  readonly #random: Random;
  readonly #step: number;
  #nextId: number;
  /** Open interest every five minutes of the live path, and before it. */
  readonly #interest: { time: number; value: number }[] = [];
  readonly #firstInterest: number;
  #nextRawId: number;
  #day: { minute: Minute | undefined; closedAt: number } = { minute: undefined, closedAt: 0 };

  constructor(spec: Spec, start: Start, past: (tradeId: number) => PastMinutes) {
    this.spec = spec;
    this.priceDecimals = decimalsOf(spec.tick);
    this.quantityDecimals = decimalsOf(spec.step);
    this.tick = Number(spec.tick);
    this.#step = Number(spec.step);
    this.#random = new Random(derivedSeed(start.seed, `live ${spec.symbol}`));
    this.path = new PricePath({
      price: spec.price,
      sigma: spec.sigma * start.volatility,
      rho: spec.rho,
      random: this.#random,
    });
    this.last = this.round(spec.price);
    this.mark = this.last;
    this.markAverage = this.last;
    this.index = this.last;
    this.tradedAt = start.time;
    this.openInterest = (0.6 * spec.dayQuote) / spec.price;
    this.#firstInterest = this.openInterest;
    this.#nextId = 1_000_000_000 + Math.floor(this.#random.next() * 2e9);
    this.#nextRawId = this.#nextId * 2;
    this.minutes = new MinuteSeries(past(this.#nextRawId), start.time, this.last);
  }

  /** The price on the tick grid. */
  round(price: number): number {
    return Number((Math.max(1, Math.round(price / this.tick)) * this.tick).toFixed(this.priceDecimals));
  }

  /** Best bid as a multiple of the tick; the best ask is the next one. */
  get bidTicks(): number {
    return Math.max(1, Math.floor(this.path.price / this.tick));
  }

  /** Moves the price on by `ms` to `time` and trades on the way; `onTrade` gets each trade, in order. */
  step(time: number, ms: number, market: number, onTrade: (trade: AggTrade) => void): void {
    const random = this.#random;
    this.path.step(time, ms, market);
    const { move, usual } = this.path;
    const size = usual > 0 ? Math.min(8, Math.abs(move) / usual) : 0;
    const count = random.poisson((this.spec.tradesPerSecond * ms * (0.5 + 0.5 * size)) / 1000);
    const buyShare = 0.5 + 0.35 * Math.tanh(usual > 0 ? move / usual / 2 : 0);
    for (let i = 0; i < count; i++) {
      const buy = random.next() < buyShare;
      const ticks = this.bidTicks + (buy ? 1 : 0);
      const notional = (this.spec.dayQuote / 86_400 / this.spec.tradesPerSecond) * random.lognormal(1.2);
      const at = time - ms + Math.floor((ms * (i + random.next())) / count);
      onTrade(this.trade(ticks * this.tick, notional / this.last, at, !buy));
    }
  }

  /** Records one trade and returns it; `time` never runs backwards. */
  trade(price: number, quantity: number, time: number, buyerIsMaker: boolean): AggTrade {
    const random = this.#random;
    const units = Math.max(1, Math.round(quantity / this.#step));
    const firmUnits = random.next() < 0.08 ? Math.ceil(units * 0.8) : units;
    const count = 1 + random.poisson(0.6);
    this.tradedAt = Math.max(time, this.tradedAt);
    const trade: AggTrade = {
      id: this.#nextId,
      price: Number(price.toFixed(this.priceDecimals)),
      quantity: Number((units * this.#step).toFixed(this.quantityDecimals)),
      firm: Number((firmUnits * this.#step).toFixed(this.quantityDecimals)),
      first: this.#nextRawId,
      count,
      time: this.tradedAt,
      buyerIsMaker,
    };
    this.#nextId += 1;
    this.#nextRawId += count;
    this.last = trade.price;
    this.trades.add(trade);
    addToMinute(this.minutes.running, trade);
    return trade;
  }

  /** Once a second: mark price, index, funding rate and open interest follow the price. */
  settle(time: number): void {
    const random = this.#random;
    this.mark += (this.path.price - this.mark) * 0.5;
    this.markAverage += (this.mark - this.markAverage) / 30;
    this.index = this.mark * (1 + 0.0003 - this.fundingRate);
    this.fundingRate += (0.00008 - this.fundingRate) / 3600 + 0.000001 * random.gaussian();
    this.fundingRate = Math.min(0.02, Math.max(-0.02, this.fundingRate));
    const shaken = Math.abs(this.path.move) > 4 * this.path.usual ? -0.0005 : 0;
    this.openInterest *= 1 + shaken + 0.00002 * random.gaussian();
    if (time % INTEREST_EVERY_MS !== 0) return;
    this.#interest.push({ time, value: this.openInterest });
    if (this.#interest.length > INTEREST_KEPT) this.#interest.shift();
  }

  /** Open interest at the ends of past periods; what was before the live path is what it began with. */
  pastInterest(
    now: number,
    query: { periodMs: number; startTime: number | undefined; endTime: number | undefined; limit: number },
  ): { time: number; value: number }[] {
    const { periodMs, startTime, endTime = now, limit } = query;
    const newest = Math.floor(Math.min(endTime, now) / periodMs) * periodMs;
    const times = Array.from({ length: limit }, (_, index) => newest - index * periodMs).toReversed();
    return times
      .filter((time) => startTime === undefined || time >= startTime)
      .map((time) => ({ time, value: this.#interestAt(time) }));
  }

  #interestAt(time: number): number {
    return this.#interest.findLast((each) => each.time <= time)?.value ?? this.#firstInterest;
  }

  /** When funding is next exchanged; Unix ms. */
  nextFundingTime(time: number): number {
    const interval = this.spec.fundingHours * 3_600_000;
    return (Math.floor(time / interval) + 1) * interval;
  }

  /** The rolling 24 hours up to the running minute. */
  day(): Day {
    const { running } = this.minutes;
    const from = running.openTime + MINUTE_MS - DAY_MS;
    if (this.#day.closedAt !== running.openTime) {
      const minute = mergeMinutes(from, this.minutes.range(from, running.openTime));
      this.#day = { minute, closedAt: running.openTime };
    }
    const past = this.#day.minute;
    return { openTime: from, minute: mergeMinutes(from, past ? [past, running] : [running]) ?? running };
  }
}

function addToMinute(minute: Minute, trade: AggTrade): void {
  const quote = trade.price * trade.quantity;
  if (minute.trades === 0) {
    minute.open = trade.price;
    minute.high = trade.price;
    minute.low = trade.price;
    minute.firstId = trade.first;
  }
  minute.high = Math.max(minute.high, trade.price);
  minute.low = Math.min(minute.low, trade.price);
  minute.close = trade.price;
  minute.volume += trade.quantity;
  minute.quoteVolume += quote;
  minute.trades += trade.count;
  minute.lastId = trade.first + trade.count - 1;
  if (!trade.buyerIsMaker) {
    minute.takerBuyVolume += trade.quantity;
    minute.takerBuyQuoteVolume += quote;
  }
}
