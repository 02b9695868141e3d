import type { Brief } from './brief.ts';
import type { Walk } from './packing.ts';

/** Trades that the tutorial's deviation and its ratio are of. */
export const STD_TRADES = 20;
export const RATIO_TRADES = 50;

/**
 * The tutorial's two figures of a brief as far as they were measured: its 0 and 1 that stand for “too few trades yet”
 * are undefined here.
 */
export function measuredTickFigures(brief: Pick<Brief, 'tickStd20' | 'buySell50' | 'tradesSeen'>): {
  tickStd20: number | undefined;
  buySell50: number | undefined;
} {
  return {
    tickStd20: brief.tradesSeen < STD_TRADES ? undefined : brief.tickStd20,
    buySell50: brief.tradesSeen < RATIO_TRADES ? undefined : brief.buySell50,
  };
}

/** The two figures of the HolySheep tutorial, over numbers of trades instead of time. */
export class TickFigures {
  readonly #prices = new Float64Array(STD_TRADES);
  readonly #buys = new Uint8Array(RATIO_TRADES);
  /** Trades taken in; its remainders are the places in the two rings. */
  #count = 0;

  add(price: number, takerBuys: boolean): void {
    this.#prices[this.#count % STD_TRADES] = price;
    this.#buys[this.#count % RATIO_TRADES] = takerBuys ? 1 : 0;
    this.#count++;
  }

  /** Walks over both rings, to save or restore them. */
  walk(walk: Walk): void {
    walk.numbers(this.#prices);
    walk.numbers(this.#buys);
    this.#count = walk.value(this.#count);
  }

  /** Population standard deviation of the last 20 prices (quote units), 4 decimals; 0 below 20. Two passes: exact. */
  get std20(): number {
    if (this.#count < STD_TRADES) return 0;
    let sum = 0;
    for (const price of this.#prices) sum += price;
    const mean = sum / STD_TRADES;
    let squares = 0;
    for (const price of this.#prices) squares += (price - mean) ** 2;
    return round4(Math.sqrt(squares / STD_TRADES));
  }

  /** Buys ÷ sells (counts, by taker) of the last 50 trades, 4 decimals; 1 below 50; 50 where none sold. */
  get buySell50(): number {
    if (this.#count < RATIO_TRADES) return 1;
    let buys = 0;
    for (const buy of this.#buys) buys += buy;
    return round4(buys / Math.max(1, RATIO_TRADES - buys));
  }
}

function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
