import type { PastMinutes } from './history.ts';
import { emptyMinute, intervalEnd, intervalStart, MINUTE_MS, type Minute, mergeMinutes } from './minutes.ts';

/** Minutes kept or generated on demand: eight days. */
const DEPTH = 8 * 1440;

/** Every minute of a symbol: the generated past, those closed since, and the one that runs. */
export class MinuteSeries {
  /** The running minute. */
  running: Minute;
  readonly #closed: Minute[] = [];
  #past: PastMinutes | undefined;
  /** Open time of `#closed[0]`, Unix ms. */
  #base: number;

  constructor(past: PastMinutes, base: number, price: number) {
    this.#past = past;
    this.#base = base;
    this.running = emptyMinute(base, price);
  }

  /** Closes the running minute and opens the next one at the same price; returns the closed one. */
  roll(): Minute {
    const closed = this.running;
    this.#closed.push(closed);
    this.running = emptyMinute(closed.openTime + MINUTE_MS, closed.close);
    if (this.#closed.length > DEPTH + 1440) {
      this.#closed.splice(0, 1440);
      this.#base += 1440 * MINUTE_MS;
      // The generated past lies beyond what is kept.
      this.#past = undefined;
    }
    return closed;
  }

  /** The minutes that open within [from, to), oldest first, the running one included; at most eight days back. */
  range(from: number, to: number): Minute[] {
    const end = Math.min(to, this.running.openTime + MINUTE_MS);
    const oldest = this.#past ? this.running.openTime - DEPTH * MINUTE_MS : this.#base;
    const minutes: Minute[] = [];
    for (
      let time = Math.max(intervalStart('1m', from + MINUTE_MS - 1), oldest);
      time < end;
      time += MINUTE_MS
    ) {
      const minute = this.#at(time);
      if (minute) minutes.push(minute);
    }
    return minutes;
  }

  /** The candle of `interval` that opened at `start` (see `intervalStart`); undefined when nothing of it is known. */
  candle(interval: string, start: number): Minute | undefined {
    if (interval === '1m') return this.#at(start);
    return mergeMinutes(start, this.range(start, intervalEnd(interval, start)));
  }

  /** Candles as `/fapi/v1/klines` selects them: from the start time on, else the last ones. */
  candles(interval: string, startTime: number | undefined, endTime: number, limit: number): Minute[] {
    const candles: Minute[] = [];
    const last = Math.min(endTime, this.running.openTime);
    if (startTime === undefined) {
      for (let start = intervalStart(interval, last); candles.length < limit; ) {
        const candle = this.candle(interval, start);
        if (!candle) break;
        candles.push(candle);
        start = intervalStart(interval, start - 1);
      }
      return candles.reverse();
    }
    let start = intervalStart(interval, Math.max(startTime, this.running.openTime - DEPTH * MINUTE_MS));
    if (start < startTime) start = intervalEnd(interval, start);
    for (; start <= last && candles.length < limit; start = intervalEnd(interval, start)) {
      const candle = this.candle(interval, start);
      if (candle) candles.push(candle);
    }
    return candles;
  }

  #at(time: number): Minute | undefined {
    const index = (time - this.#base) / MINUTE_MS;
    if (index >= 0) return index === this.#closed.length ? this.running : this.#closed[index];
    if (time < this.running.openTime - DEPTH * MINUTE_MS) return undefined;
    return this.#past?.at(-index - 1);
  }
}
