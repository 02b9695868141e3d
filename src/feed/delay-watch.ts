const SAMPLES = 31;
/** Fewer delays than this say nothing. */
const ENOUGH = 5;

/** How far behind the exchange one connection is: the median of its last delays. */
export class DelayWatch {
  readonly #delays = new Float64Array(SAMPLES);
  #count = 0;
  #since: number | undefined;

  /** Data sent at `eventTime` was received at `now`, both by the exchange's clock, Unix ms. */
  add(eventTime: number, now: number): void {
    this.#delays[this.#count % SAMPLES] = now - eventTime;
    this.#count += 1;
  }

  /** Median delay, ms; undefined while there are too few. */
  get median(): number | undefined {
    if (this.#count < ENOUGH) return undefined;
    const known = this.#delays.slice(0, Math.min(this.#count, SAMPLES)).sort();
    return known[known.length >> 1];
  }

  /** For how long the median has been above `limitMs`, by looks at `now` (monotonic ms). */
  behindFor(limitMs: number, now: number): number {
    const { median } = this;
    if (median === undefined || median <= limitMs) this.#since = undefined;
    else this.#since ??= now;
    return this.#since === undefined ? 0 : now - this.#since;
  }

  /** What was late so far does not count, since we were late ourselves. */
  excuse(): void {
    this.#since = undefined;
    this.#count = 0;
  }
}
