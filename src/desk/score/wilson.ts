/** Bounds of an estimate, both inclusive. */
export interface Interval {
  low: number;
  high: number;
}

/** Two-sided 95 % of the normal distribution. */
export const Z95 = 1.959963984540054;

/**
 * Wilson's score interval (95 %) of a rate of `hits` in `n` trials: holds its level also for few trials and rates near 0
 * and 1, where the textbook's p ± z·s does not (Wilson, J. Am. Stat. Assoc. 22, 1927). Without trials: [0, 1].
 */
export function wilson(hits: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const rate = hits / n;
  const z2 = Z95 * Z95;
  const middle = (rate + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
