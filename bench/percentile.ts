/** The value below which `share` (0…1) of the values lie; nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return Number((sorted[index] ?? Number.NaN).toFixed(2));
}
