/** Chance with a seed: the same seed gives the same faults in the same order. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number;
  /** One of several, each as likely as its weight. */
  pick<T>(weighted: readonly (readonly [weight: number, value: T])[]): T;
}

/** Mulberry32 (Tommy Ettinger's 32-bit generator, public domain). */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick(weighted) {
      let luck = next() * weighted.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of weighted) {
        luck -= weight;
        if (luck < 0) return value;
      }
      throw new Error('nothing to pick from');
    },
  };
}
