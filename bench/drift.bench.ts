import { driftAfter } from '../test/market/drift.ts';
import type { Bench, BenchResult } from './model.ts';

const TICKS = 1e8;

/** What windows and deviation are wrong by after 10⁸ trades of one symbol, some hundred days, and two thousand absurd prints. */
async function drift(): Promise<BenchResult[]> {
  const { wrong, worst, badPrints, rejected } = driftAfter(TICKS);
  return [
    { name: 'state.drift', value: worst, unit: 'greatest relative error of sums and σ' },
    { name: 'state.drift.wrong', value: wrong, unit: 'prices and counts that are not exact' },
    { name: 'state.drift.rejected', value: rejected, unit: 'absurd prints rejected', baseline: badPrints },
  ];
}

export const benches: readonly Bench[] = [{ name: 'state.drift', run: drift }];
