import type { Instrument } from './instrument.ts';
import type { Random } from './random.ts';

/** Mean time between two bursts; the first comes early, so that a visitor sees an alert within minutes. */
const MEAN_MS = 150_000;
const FIRST_MS = [30_000, 60_000] as const;

/** Sudden moves: one symbol, or the whole market, runs off for half a minute and comes back part of the way. */
export class Bursts {
  readonly #random: Random;
  readonly #coins: readonly Instrument[];
  #next: number;
  #count = 0;

  constructor(random: Random, coins: readonly Instrument[], start: number) {
    this.#random = random;
    this.#coins = coins;
    this.#next = start + random.between(...FIRST_MS);
  }

  /** Starts what is due at `time`. */
  step(time: number): void {
    if (time < this.#next) return;
    const random = this.#random;
    const direction = random.next() < 0.5 ? -1 : 1;
    const length = random.between(15_000, 40_000);
    const everybody = this.#count > 0 && random.next() < 0.3;
    // Half of them, and the very first, hit one of the three that are watched by default.
    const among = this.#count === 0 || random.next() < 0.5 ? 3 : this.#coins.length;
    const chosen = everybody
      ? this.#coins
      : this.#coins
          .slice(0, among)
          .slice(Math.floor(random.next() * among))
          .slice(0, 1);
    for (const coin of chosen) {
      const size = random.between(0.012, 0.025) * (everybody ? coin.spec.rho : 1);
      coin.path.drift(time, direction * size, length);
      coin.path.drift(time + length, -direction * size * 0.6, length * 4);
    }
    this.#count += 1;
    this.#next = time + length + random.exponential(MEAN_MS);
  }
}
