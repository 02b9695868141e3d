import { type Interval, Z95 } from './wilson.ts';

/** A forecast with what came: `p` that it comes, and whether it came. */
export interface Forecast {
  p: number;
  came: boolean;
}

/** Brier's score: the mean squared error of probabilities; 0 is perfect, 0.25 is always saying ½. NaN without forecasts. */
export function brier(forecasts: readonly Forecast[]): number {
  return mean(forecasts.map(squaredError));
}

export function squaredError({ p, came }: Forecast): number {
  return (p - (came ? 1 : 0)) ** 2;
}

/**
 * Mean of values that belong together in clusters, with its 95 % interval (cluster-robust standard error with the small
 * sample factor G/(G−1)): values of one day are not independent, so the number of days counts, not that of values.
 * With fewer than two clusters the interval is unbounded.
 */
export function clusteredMean(
  values: readonly { value: number; cluster: string }[],
): Interval & { mean: number } {
  const average = mean(values.map(({ value }) => value));
  const sums = new Map<string, number>();
  for (const { value, cluster } of values) sums.set(cluster, (sums.get(cluster) ?? 0) + value - average);
  const clusters = sums.size;
  if (clusters < 2) return { mean: average, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const squares = [...sums.values()].reduce((sum, each) => sum + each * each, 0);
  const half = (Z95 * Math.sqrt((squares * clusters) / (clusters - 1))) / values.length;
  return { mean: average, low: average - half, high: average + half };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, each) => sum + each, 0) / values.length;
}
