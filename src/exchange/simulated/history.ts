import { MINUTE_MS, type Minute } from './minutes.ts';
import { Random } from './random.ts';
import type { Spec } from './specs.ts';

const MINUTES_A_YEAR = 525_600;

/** What moves the whole market in one minute of the past. */
interface MarketMinute {
  shock: number;
  activity: number;
}

/** The market-wide part of the past, minute by minute backwards; shared by all symbols, so that they fall together. */
export class PastMarket {
  readonly #random: Random;
  readonly #minutes: MarketMinute[] = [];
  #calm = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** `back` = 0 is the minute just before the live path. */
  at(back: number): MarketMinute {
    while (this.#minutes.length <= back) {
      // The logarithm of volatility wanders around its mean for about half an hour: clusters.
      this.#calm = this.#calm * 0.97 + 0.12 * this.#random.gaussian();
      const burst = this.#random.next() < 0.002 ? this.#random.between(6, 14) : 1;
      const activity = Math.exp(this.#calm) * burst;
      this.#minutes.push({ shock: this.#random.gaussian() * activity, activity });
    }
    return this.#minutes[back] ?? { shock: 0, activity: 1 };
  }
}

/**
 * A symbol's past, generated backwards from the price at which the live path begins:
 * each minute closes where the next one opens, and the newest closes at `start.price`.
 */
export class PastMinutes {
  readonly #minutes: Minute[] = [];
  readonly #random: Random;
  readonly #market: PastMarket;
  readonly #spec: Spec;
  readonly #decimals: { tick: number; step: number };
  readonly #start: { time: number; price: number; tradeId: number };
  #calm = 0;

  constructor(
    spec: Spec,
    decimals: { tick: number; step: number },
    market: PastMarket,
    seed: number,
    start: { time: number; price: number; tradeId: number },
  ) {
    this.#spec = spec;
    this.#decimals = decimals;
    this.#market = market;
    this.#random = new Random(seed);
    this.#start = start;
  }

  /** `back` = 0 is the minute just before the live path. */
  at(back: number): Minute {
    let newest = this.#minutes.at(-1);
    while (newest === undefined || this.#minutes.length <= back) {
      newest = this.#before(newest, this.#minutes.length);
      this.#minutes.push(newest);
    }
    return this.#minutes[back] ?? newest;
  }

  #before(next: Minute | undefined, back: number): Minute {
    const random = this.#random;
    const { sigma, rho, tradesPerSecond, dayQuote } = this.#spec;
    const market = this.#market.at(back);
    this.#calm = this.#calm * 0.97 + 0.1 * random.gaussian();
    const burst = random.next() < 0.001 ? random.between(6, 16) : 1;
    const own = Math.exp(this.#calm) * burst;
    const deviation = sigma / Math.sqrt(MINUTES_A_YEAR);
    const shock = rho * market.shock + Math.sqrt(1 - rho * rho) * random.gaussian() * own;

    const close = next?.open ?? this.#start.price;
    const open = this.#round(close / Math.exp(shock * deviation));
    const wick = () => Math.abs(random.gaussian()) * deviation * 0.5 * Math.max(market.activity, own);
    const activity = Math.min(20, 0.4 + 0.6 * Math.abs(shock)) * random.lognormal(0.5);
    const trades = Math.max(1, Math.round(tradesPerSecond * 60 * activity * 1.6));
    const quoteVolume = (dayQuote / 1440) * activity;
    const volume = Number((quoteVolume / close).toFixed(this.#decimals.step));
    const buyShare = Math.min(0.95, Math.max(0.05, 0.5 + 0.2 * Math.tanh(shock) + 0.05 * random.gaussian()));
    const lastId = (next?.firstId ?? this.#start.tradeId) - 1;
    return {
      openTime: this.#start.time - (back + 1) * MINUTE_MS,
      open,
      high: this.#round(Math.max(open, close) * (1 + wick())),
      low: this.#round(Math.min(open, close) * (1 - wick())),
      close,
      volume,
      quoteVolume: volume * close,
      trades,
      takerBuyVolume: volume * buyShare,
      takerBuyQuoteVolume: volume * close * buyShare,
      firstId: lastId - trades + 1,
      lastId,
    };
  }

  #round(price: number): number {
    const tick = Number(this.#spec.tick);
    return Number((Math.max(1, Math.round(price / tick)) * tick).toFixed(this.#decimals.tick));
  }
}
