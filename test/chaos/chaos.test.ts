import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos.ts';

/** A new seed every day, the same all day long; `npm run chaos -- --seed N` repeats it at any length. */
const SEED = Math.floor(Date.now() / 86_400_000);

describe('couriers in processes of their own', () => {
  it('lose nothing, repeat nothing unmarked and keep every order, whatever is killed, cut off or full', {
    timeout: 120_000,
  }, async () => {
    console.log(`chaos: seed ${SEED}`);
    const result = await runChaos({ seed: SEED, ms: 6_000 });
    console.log(`chaos: ${JSON.stringify(result)}`);
    expect(result).toMatchObject({ lost: 0, doubled: 0, disordered: 0, unadded: 0, mistreated: 0 });
    expect(result.events).toBeGreaterThan(100);
  });

  it('bring back by itself every chat that nobody closed, though too few are refused at once to tell an outage', {
    timeout: 120_000,
  }, async () => {
    const result = await runChaos({ seed: SEED, ms: 3_000, chats: 3 });
    console.log(`chaos, few chats: ${JSON.stringify(result)}`);
    expect(result).toMatchObject({ lost: 0, doubled: 0, disordered: 0, unadded: 0, mistreated: 0 });
  });
});
