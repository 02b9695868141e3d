const PRICES = 20;
const SIDES = 50;

/** The two figures of the HolySheep tutorial, over numbers of trades instead of time. */
export class TickFigures {
  readonly #prices = new Float64Array(PRICES);
  readonly #buys = new Uint8Array(SIDES);
  /** Trades taken in; its remainders are the places in the two rings. */
  #count = 0;

  add(price: number, takerBuys: boolean): void {
    this.#prices[this.#count % PRICES] = price;
    this.#buys[this.#count % SIDES] = takerBuys ? 1 : 0;
    this.#count++;
  }

  /** Population standard deviation of the last 20 prices (quote units), 4 decimals; 0 below 20. Two passes: exact. */
  get std20(): number {
    if (this.#count < PRICES) return 0;
    let sum = 0;
    for (const price of this.#prices) sum += price;
    const mean = sum / PRICES;
    let squares = 0;
    for (const price of this.#prices) squares += (price - mean) ** 2;
    return round4(Math.sqrt(squares / PRICES));
  }

  /** Buys ÷ sells (counts, by taker) of the last 50 trades, 4 decimals; 1 below 50; 50 where none sold. */
  get buySell50(): number {
    if (this.#count < SIDES) return 1;
    let buys = 0;
    for (const buy of this.#buys) buys += buy;
    return round4(buys / Math.max(1, SIDES - buys));
  }
}

function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
