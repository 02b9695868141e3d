import type { Trade } from '../market/events.ts';

/** Trades that wait, in the order of their ids, each once. */
export class HeldTrades {
  readonly #capacity: number;
  #trades: Trade[] = [];

  /** Beyond `capacity` further trades are not kept: they will show as a hole of their own. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get first(): Trade | undefined {
    return this.#trades[0];
  }

  /** Those that follow the first without a gap, the first included. */
  get firstRun(): Trade[] {
    const trades = this.#trades;
    const end = trades.findIndex((trade, i) => trade.id !== (trades[0]?.id ?? 0) + i);
    return trades.slice(0, end < 0 ? trades.length : end);
  }

  add(trade: Trade): void {
    const trades = this.#trades;
    const newest = trades.at(-1);
    if (newest === undefined || trade.id > newest.id) {
      if (trades.length < this.#capacity) trades.push(trade);
      return;
    }
    // Two sockets may carry the same stream for a while, one ahead of the other.
    const place = trades.findIndex((each) => each.id >= trade.id);
    if (trades[place]?.id !== trade.id) trades.splice(place, 0, trade);
  }

  /** Takes out the trades whose ids follow each other from `nextId` on, and forgets older ones; any first id if undefined. */
  run(nextId: number | undefined): Trade[] {
    const trades = this.#trades;
    let from = 0;
    if (nextId !== undefined) while ((trades[from]?.id ?? nextId) < nextId) from += 1;
    let expected = nextId ?? trades[0]?.id;
    let to = from;
    while (to < trades.length && trades[to]?.id === expected) {
      to += 1;
      expected = (expected ?? 0) + 1;
    }
    this.#trades = trades.slice(to);
    return trades.slice(from, to);
  }
}
