/** A seeded source of random numbers: the same seed gives the same numbers on every machine. */
export class Random {
  #state: number;
  #spare: number | undefined;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** Standard normal: Box–Muller. */
  gaussian(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Mean 1, with `sigma` the standard deviation of its logarithm. */
  lognormal(sigma: number): number {
    return Math.exp(sigma * this.gaussian() - (sigma * sigma) / 2);
  }

  /** Number of events of a Poisson process with this mean; at most 40 (a step is short). */
  poisson(mean: number): number {
    const floor = Math.exp(-Math.min(mean, 30));
    let count = 0;
    for (let product = this.next(); product > floor && count < 40; product *= this.next()) count += 1;
    return count;
  }

  /** A waiting time with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }
}

/** A seed of its own for each named part of a seeded whole (FNV-1a). */
export function derivedSeed(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
