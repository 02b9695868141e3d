/** One aggregate trade. `first` and `count` are its raw trades; `firm` is the quantity without retail (RPI) orders. */
export interface AggTrade {
  id: number;
  price: number;
  quantity: number;
  firm: number;
  first: number;
  count: number;
  time: number;
  buyerIsMaker: boolean;
}

/** The last trades of a symbol, for `/fapi/v1/aggTrades`: ids grow by exactly 1. */
export class RecentTrades {
  readonly #kept: AggTrade[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(trade: AggTrade): void {
    this.#kept.push(trade);
    // Cut in halves: an array that loses one element at every push would be moved every time.
    if (this.#kept.length >= this.#capacity * 2) this.#kept.splice(0, this.#capacity);
  }

  get last(): AggTrade | undefined {
    return this.#kept.at(-1);
  }

  /** As the exchange selects them: from an id or a start time on, else the last ones before the end. */
  select(query: {
    fromId: number | undefined;
    startTime: number | undefined;
    endTime: number | undefined;
    limit: number;
  }): AggTrade[] {
    const { fromId, startTime, endTime = Number.POSITIVE_INFINITY, limit } = query;
    const fit = this.#kept.filter(
      (trade) => trade.id >= (fromId ?? 0) && trade.time >= (startTime ?? 0) && trade.time <= endTime,
    );
    return fromId === undefined && startTime === undefined ? fit.slice(-limit) : fit.slice(0, limit);
  }
}
