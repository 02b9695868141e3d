import { expect, it } from 'vitest';
import { driftAfter } from './drift.ts';

// The long form, over 10⁸ trades, is `npm run bench -- state.drift`.
it('windows and deviation are those of the trades themselves after millions of them and absurd prints', () => {
  const { wrong, worst, badPrints, rejected } = driftAfter(2_500_000);
  expect(wrong).toBe(0);
  expect(worst).toBeLessThan(1e-11);
  expect(badPrints).toBeGreaterThan(40);
  expect(rejected).toBe(badPrints);
});
