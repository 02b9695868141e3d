import type { BookKey } from '../alerts/engine.ts';
import type { Candle, Instrument, Trade } from '../market/events.ts';
import { createSymbolState, type SymbolState } from '../market/state.ts';
import { metricReader } from './metrics.ts';
import type { PricePoint } from './notices.ts';

const MINUTE_MS = 60_000;
/** A minute's candle is final this long after its end, market time. */
const SETTLED_MS = 1_000;
/** Trades kept while the candles of the last day are being fetched; more than a busy symbol has in minutes. */
const MAX_HELD = 50_000;
/** Candles a REST answer holds at most. */
const MAX_CANDLES = 1_500;

/** Minutes that must be fetched again because something of them was missed. Unix ms of the first and last minute's start. */
export interface Hole {
  from: number;
  to: number;
}

/** One symbol in use: its state, and what the feed has to remember about it. */
export class SymbolWatch {
  readonly symbol: string;
  readonly tickSize: number;
  readonly state: SymbolState;
  readonly read: (book: BookKey) => number | undefined;
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
  #held: Trade[] | undefined = [];
  #newest: PricePoint | undefined;
  #lastClosed = 0;
  #hole: Hole | undefined;

  constructor(instrument: Instrument) {
    this.symbol = instrument.symbol;
    this.tickSize = instrument.tickSize;
    this.state = createSymbolState(instrument);
    this.read = metricReader(this.state);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenWarm = promise;
    this.#markWarm = resolve;
  }

  get warm(): boolean {
    return this.#held === undefined;
  }

  /** Takes a trade in; true if it is news that rules should see. While warming it is kept for later. */
  trade(trade: Trade): boolean {
    if (this.#held) {
      if (this.#held.length < MAX_HELD) this.#held.push(trade);
      return false;
    }
    const outcome = this.state.trade(trade);
    if (outcome.type === 'old') return false;
    if (outcome.type === 'bad-print') {
      this.rejected += 1;
      return false;
    }
    if (outcome.type === 'gap') {
      this.gaps += 1;
      this.#miss(this.#newest?.time ?? trade.time, trade.time);
    }
    this.previous = this.#newest;
    this.#newest = trade;
    if (trade.time > this.tickTime) this.tickTime = trade.time;
    this.accepted += 1;
    this.dirty = true;
    return true;
  }

  /** Takes a candle of the stream in; true if it closed a minute, which is then to be kept. */
  candle(candle: Candle): boolean {
    this.state.candle(candle);
    this.dirty = true;
    if (!candle.closed) return false;
    if (this.#lastClosed > 0 && candle.openTime > this.#lastClosed + MINUTE_MS) {
      this.#miss(this.#lastClosed + MINUTE_MS, candle.openTime - MINUTE_MS);
    }
    this.#lastClosed = Math.max(this.#lastClosed, candle.openTime);
    return true;
  }

  /** Fills the windows from fetched candles and returns the trades that came meanwhile, to be taken in now. */
  fill(candles: readonly Candle[]): Trade[] {
    const closed = candles.filter((candle) => candle.closed);
    this.state.warm(closed);
    const last = candles.at(-1);
    if (last) {
      if (!last.closed) this.state.candle(last);
      const time = last.closed ? last.openTime + MINUTE_MS - 1 : last.openTime;
      this.#newest = { price: last.close, time };
    }
    this.#lastClosed = Math.max(this.#lastClosed, closed.at(-1)?.openTime ?? 0);
    this.dirty = true;
    const held = this.#held ?? [];
    this.#held = undefined;
    return held;
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

  /** Corrects the windows by the candles of a hole. */
  mend(candles: readonly Candle[]): void {
    this.state.warm(candles);
    this.dirty = true;
  }

  #miss(from: number, to: number): void {
    const first = Math.floor(Math.min(from, this.#hole?.from ?? from) / MINUTE_MS) * MINUTE_MS;
    const last = Math.floor(Math.max(to, this.#hole?.to ?? to) / MINUTE_MS) * MINUTE_MS;
    this.#hole = { from: Math.max(first, last - (MAX_CANDLES - 1) * MINUTE_MS), to: last };
  }
}
