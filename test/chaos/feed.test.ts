import { expect, it } from 'vitest';
import { runFeedChaos } from './feed.ts';

/** A new seed every day, the same all day long; `npm run chaos -- --seed N` repeats it at any length. */
const SEED = Math.floor(Date.now() / 86_400_000);

it('feeds miss and double nothing, whatever is killed, paused, cut off, frozen or rubbish', {
  timeout: 120_000,
}, async () => {
  console.log(`feed chaos: seed ${SEED}`);
  const result = await runFeedChaos({ seed: SEED, ms: 10_000 });
  console.log(`feed chaos: ${JSON.stringify(result)}`);
  expect(result).toMatchObject({ lost: [], wrong: [] });
  expect(result.expected).toBeGreaterThan(50);
});
