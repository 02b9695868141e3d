/** One figure; `ratio` says against `baseline`, measured in the same run. */
export interface BenchResult {
  name: string;
  value: number;
  unit: string;
  baseline?: number;
  ratio?: number;
}

/** A benchmark; one may yield several figures. Files are named `*.bench.ts` and export `benches`. */
export interface Bench {
  name: string;
  run(): Promise<BenchResult | readonly BenchResult[]>;
}
