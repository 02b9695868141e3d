import { isSideMetric } from '../alerts/condition.ts';
import type { BookKey } from '../alerts/engine.ts';
import type { Candle, Instrument, Trade } from '../market/events.ts';
import { createSymbolState } from '../market/state.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import { HeldTrades } from './held-trades.ts';
import { metricReader } from './metrics.ts';
import type { PricePoint } from './notices.ts';

const MINUTE_MS = 60_000;
/** A minute's candle is final this long after its end, market time. */
const SETTLED_MS = 1_000;
/** Trades kept while candles or missing trades are being fetched; more than a busy symbol has in minutes. */
const MAX_HELD = 50_000;
/** Candles a REST answer holds at most. */
const MAX_CANDLES = 1_500;

/** Minutes that must be fetched again because something of them was missed. Unix ms of the first and last minute's start. */
export interface Hole {
  from: number;
  to: number;
}

/** A stretch of trades that did not come. */
export interface Gap {
  /** First missing id; undefined when no trade was ever seen. */
  fromId: number | undefined;
  /** First id behind it, waiting; undefined while nothing has come since. */
  toId: number | undefined;
  /** Times of the trades around it, Unix ms; `to` is undefined like `toId`. */
  from: number;
  to: number | undefined;
}

/** One symbol in use: its state, and what the feed has to remember about it. */
export class SymbolWatch {
  readonly symbol: string;
  readonly tickSize: number;
  readonly state: SymbolState;
  /** What the windows know of a book by now; undefined while they are warming. */
  readonly known: (book: BookKey) => number | undefined;
  /** Resolves as soon as the windows are filled from candles. */
  readonly whenWarm: Promise<void>;
  /** Changed since the last brief. */
  dirty = false;
  /** Monotonic ms at which the next brief, and the next look at open interest, may come. */
  briefDue = 0;
  openInterestDue = 0;
  /** Monotonic ms since when nobody needs it; undefined while somebody does. */
  idleSince: number | undefined;
  accepted = 0;
  rejected = 0;
  gaps = 0;
  /** Trade before the newest one. */
  previous: PricePoint | undefined;
  /** Time of the newest tick; never goes back, so that a late print cannot be taken for an old one. */
  tickTime = 0;
  readonly #markWarm: () => void;
  readonly #readPrice: (book: BookKey) => number | undefined;
  /** What waits while the symbol is warming or a gap is being repaired. */
  #held: HeldTrades | undefined = new HeldTrades(MAX_HELD);
  #warm = false;
  /** Id that the next trade must have; undefined before the first. */
  #nextId: number | undefined;
  #candleTime = 0;
  #newest: PricePoint | undefined;
  #lastClosed = 0;
  #hole: Hole | undefined;
  /** Market time up to which all trades are in. */
  #heard = 0;
  /** Market time up to which the windows know what the trades did, though these may not be in. */
  #foretold = 0;
  /** Candles that may know of trades which are not in yet, in the order of `asOf`: market time up to which they know. */
  readonly #ahead: { candle: Candle; asOf: number }[] = [];

  constructor(instrument: Instrument) {
    this.symbol = instrument.symbol;
    this.tickSize = instrument.tickSize;
    this.state = createSymbolState(instrument);
    const known = metricReader(this.state);
    this.known = known;
    this.#readPrice = (book) =>
      book.metric === 'price' || isSideMetric(book.metric) ? known(book) : undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenWarm = promise;
    this.#markWarm = resolve;
  }

  /**
   * What the newest trade makes of a book; undefined while its window is warming, and while the windows know more than the
   * trades: a price against an extreme that came after it is a move that never was.
   */
  get read(): (book: BookKey) => number | undefined {
    return this.#heard >= this.#foretold ? this.known : this.#readPrice;
  }

  /** The windows are filled from candles. */
  get warm(): boolean {
    return this.#warm;
  }

  /** Trades are missing: what came after them waits until they are found or given up. */
  get gapped(): boolean {
    return this.#warm && this.#held !== undefined;
  }

  /** The gap that is open now. */
  get gap(): Gap | undefined {
    if (!this.gapped) return undefined;
    const next = this.#held?.first;
    return {
      fromId: this.#nextId,
      toId: next?.id,
      from: this.#newest?.time ?? next?.time ?? this.state.time,
      to: next?.time,
    };
  }

  /** What waits right behind the open gap. */
  get behindGap(): readonly Trade[] {
    return this.#held?.firstRun ?? [];
  }

  /**
   * Takes a trade in; true if it is news that rules should see. While the symbol is warming, and from a missing trade on,
   * trades are kept for later (`release`).
   */
  trade(trade: Trade): boolean {
    if (this.#held) {
      this.#held.add(trade);
      return false;
    }
    if (trade.id !== this.#nextId && this.#nextId !== undefined) {
      if (trade.id > this.#nextId) {
        this.gaps += 1;
        this.#held = new HeldTrades(MAX_HELD);
        this.#held.add(trade);
      }
      return false;
    }
    return this.take(trade);
  }

  /** Takes a trade in at once, whatever waits; true if it is news that rules should see. */
  take(trade: Trade): boolean {
    const outcome = this.state.trade(trade);
    if (outcome.type === 'old') return false;
    this.#nextId = trade.id + 1;
    if (outcome.type === 'bad-print') {
      this.rejected += 1;
      return false;
    }
    if (outcome.type === 'gap') this.#miss(this.#newest?.time ?? trade.time, trade.time);
    this.previous = this.#newest;
    this.#newest = trade;
    if (trade.time > this.tickTime) this.tickTime = trade.time;
    if (trade.time > this.#heard) this.#heard = trade.time;
    this.accepted += 1;
    this.dirty = true;
    return true;
  }

  /** Lets trades wait from now on, since some may be missing. */
  suspend(): void {
    this.#held ??= new HeldTrades(MAX_HELD);
  }

  /** The waiting trades that follow what is known without a gap, to be taken in now; with none left nothing waits any more. */
  release(): Trade[] {
    if (!this.#held) return [];
    const trades = this.#held.run(this.#nextId);
    const last = trades.at(-1);
    if (last) this.#nextId = last.id + 1;
    if (!this.#held.first) this.#held = undefined;
    return trades;
  }

  /** Gives the open gap up: its trades will not come. What waits behind it is released. */
  giveUp(): Trade[] {
    this.#nextId = this.#held?.first?.id ?? this.#nextId;
    return this.release();
  }

  /** Nobody watches the symbol here any more: nothing waits, no gap is open. */
  dismiss(): void {
    this.#held = undefined;
  }

  /** Takes a candle of the stream in; true if it closed a minute, which is then to be kept. */
  candle(candle: Candle, eventTime = candle.openTime): boolean {
    // Of two sockets with the same stream the slower one would set the running minute back.
    if (eventTime < this.#candleTime) return false;
    this.#candleTime = eventTime;
    this.#await(candle, eventTime);
    if (!candle.closed) return false;
    if (this.#lastClosed > 0 && candle.openTime > this.#lastClosed + MINUTE_MS) {
      this.#miss(this.#lastClosed + MINUTE_MS, candle.openTime - MINUTE_MS);
    }
    this.#mended(candle.openTime);
    this.#lastClosed = Math.max(this.#lastClosed, candle.openTime);
    return true;
  }

  /** All trades up to `time`, market time, are in, unless some wait: so may be the candles that tell of them. */
  hear(time: number): void {
    if (this.#held) return;
    if (time > this.#heard) this.#heard = time;
    this.settle();
  }

  /** Takes in the candles that know nothing that the trades do not. */
  settle(): void {
    while (!this.#held) {
      const [next] = this.#ahead;
      if (!next || next.asOf > this.#heard) return;
      this.#ahead.shift();
      this.state.candle(next.candle);
      this.dirty = true;
    }
  }

  /**
   * Fills the windows from fetched candles, which know of trades up to `asOf` (market time), and returns the trades that came
   * meanwhile, to be taken in now.
   */
  fill(candles: readonly Candle[], asOf: number): Trade[] {
    this.foretell(candles, asOf);
    const closed = candles.filter((candle) => candle.closed);
    const last = candles.at(-1);
    if (last) {
      const time = last.closed ? endOf(last) : last.openTime;
      this.#newest = { price: last.close, time };
    }
    this.#lastClosed = Math.max(this.#lastClosed, closed.at(-1)?.openTime ?? 0);
    this.dirty = true;
    this.#warm = true;
    return this.release();
  }

  /** Goes on from saved windows; false when they are broken. All trades since are missing, and the next ones wait. */
  resume(saved: Uint8Array): boolean {
    if (!this.state.restore(saved)) return false;
    const { last, lastTradeId, time } = this.state;
    if (lastTradeId !== undefined) this.#nextId = lastTradeId + 1;
    // Other events of the same moment may have overtaken trades.
    if (last !== undefined) this.#newest = { price: last, time: time - SETTLED_MS };
    this.dirty = true;
    this.#warm = true;
    return true;
  }

  /** To be called when the held trades are in. */
  warmed(): void {
    this.#markWarm();
  }

  /** Takes the hole whose minutes are all over by now, market time; it comes back through `unmended` on failure. */
  takeHole(): Hole | undefined {
    const hole = this.#hole;
    if (!hole || !this.warm || this.state.time < hole.to + MINUTE_MS + SETTLED_MS) return undefined;
    this.#hole = undefined;
    return hole;
  }

  unmended(hole: Hole): void {
    this.#miss(hole.from, hole.to);
  }

  /** Corrects the windows by fetched candles, which know of trades up to `asOf` (market time), as soon as these are in. */
  mend(candles: readonly Candle[], asOf: number): void {
    for (const candle of candles) {
      this.#await(candle, candle.closed ? Math.min(asOf, endOf(candle)) : asOf);
      if (candle.closed) this.#mended(candle.openTime);
    }
  }

  /** Corrects the windows by fetched candles at once: until the trades have come so far, only their price is judged. */
  foretell(candles: readonly Candle[], asOf: number): void {
    for (const candle of candles) {
      this.state.candle(candle);
      if (candle.closed) this.#mended(candle.openTime);
      this.#foretold = Math.max(this.#foretold, candle.closed ? Math.min(asOf, endOf(candle)) : asOf);
    }
    this.dirty = true;
  }

  #await(candle: Candle, asOf: number): void {
    const place = this.#ahead.findLastIndex((each) => each.asOf <= asOf) + 1;
    // Of a minute the newest is enough.
    const isNewer = this.#ahead[place - 1]?.candle.openTime === candle.openTime;
    this.#ahead.splice(isNewer ? place - 1 : place, isNewer ? 1 : 0, { candle, asOf });
    this.settle();
  }

  /** The closed candle of this minute is in: at either end of a hole it makes the hole smaller. */
  #mended(minute: number): void {
    if (!this.#hole) return;
    let { from, to } = this.#hole;
    if (minute === from) from += MINUTE_MS;
    else if (minute === to) to -= MINUTE_MS;
    this.#hole = from > to ? undefined : { from, to };
  }

  #miss(from: number, to: number): void {
    const first = Math.floor(Math.min(from, this.#hole?.from ?? from) / MINUTE_MS) * MINUTE_MS;
    const last = Math.floor(Math.max(to, this.#hole?.to ?? to) / MINUTE_MS) * MINUTE_MS;
    this.#hole = { from: Math.max(first, last - (MAX_CANDLES - 1) * MINUTE_MS), to: last };
  }
}

/** Last ms of a candle's minute. */
function endOf(candle: Candle): number {
  return candle.openTime + MINUTE_MS - 1;
}
