import type { Random } from './random.ts';

const YEAR_MS = 31_536_000_000;
// Volatility wanders around its mean for this long; a price far from where it began is drawn back with this half-life.
const CLUSTER_MS = 300_000;
const RETURN_MS = 2 * 3_600_000;

/** The logarithm of volatility as an Ornstein–Uhlenbeck process, so that calm and wild times come in clusters. */
export class Activity {
  #level = 0;
  readonly #random: Random;
  readonly #spread: number;

  constructor(random: Random, spread = 0.5) {
    this.#random = random;
    this.#spread = spread;
  }

  /** Moves on by `ms`; the factor by which volatility is multiplied now, 1 on average. */
  step(ms: number): number {
    const pull = Math.min(1, ms / CLUSTER_MS);
    this.#level += -this.#level * pull + this.#spread * Math.sqrt(2 * pull) * this.#random.gaussian();
    return Math.exp(this.#level - (this.#spread * this.#spread) / 2);
  }
}

/** A drift between two times: log return per ms. */
interface Drift {
  rate: number;
  from: number;
  until: number;
}

/** The price of one symbol between its trades: geometric Brownian motion with clusters, drifts and a weak way back. */
export class PricePath {
  /** Current price, not yet on the tick grid. */
  price: number;
  /** Log return of the last step, and the deviation a step of that length has on average. */
  move = 0;
  usual = 0;
  readonly #random: Random;
  readonly #activity: Activity;
  readonly #sigma: number;
  readonly #rho: number;
  #anchor: number;
  #drifts: Drift[] = [];

  constructor(options: { price: number; sigma: number; rho: number; random: Random }) {
    this.price = options.price;
    this.#anchor = options.price;
    this.#sigma = options.sigma;
    this.#rho = options.rho;
    this.#random = options.random;
    this.#activity = new Activity(options.random);
  }

  /** Moves on to `time`, `ms` after the last step; `market` is the market's standard normal shock. */
  step(time: number, ms: number, market: number): void {
    const own = this.#activity.step(ms) * this.#random.gaussian();
    this.usual = this.#sigma * Math.sqrt(ms / YEAR_MS);
    let move = this.usual * (this.#rho * market + Math.sqrt(1 - this.#rho * this.#rho) * own);
    move -= Math.log(this.price / this.#anchor) * Math.min(1, ms / RETURN_MS) * Math.LN2;
    if (this.#drifts.length > 0) {
      for (const drift of this.#drifts) if (drift.from < time) move += drift.rate * ms;
      this.#drifts = this.#drifts.filter((drift) => drift.until > time);
    }
    this.price *= Math.exp(move);
    this.move = move;
  }

  /** Adds a log return spread evenly over `ms` from `time` on. */
  drift(time: number, logReturn: number, ms: number): void {
    this.#drifts.push({ rate: logReturn / ms, from: time, until: time + ms });
  }

  /** Sets the price; from now on it wanders around the new one. */
  set(price: number): void {
    this.price = price;
    this.#anchor = price;
    this.#drifts = [];
  }
}
