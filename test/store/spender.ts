/** A process that spends: on a word from its parent it makes its attempts, all at once, and says how they went. */
import { createBudget, type Reservation } from '../../src/store/budget.ts';
import { connectStore } from '../../src/store/redis.ts';
import { makeEntry } from '../support/ledger.ts';

const [path = '', name = '', attempts = '0', cap = '0', day = ''] = process.argv.slice(2);
const store = connectStore({ type: 'socket', path }, 'worker');
const budget = createBudget(store);

async function attempt(i: number): Promise<boolean> {
  const amountNano = 700_000 + ((i * 7919) % 600_001);
  const reservation: Reservation = {
    id: `${name}-${i}`,
    day,
    payer: `chat-${i % 10}`,
    operator: true,
    amountNano,
  };
  if ((await budget.reserve(reservation, { bot: Number(cap), chat: undefined }, 60_000)) !== 'ok')
    return false;
  // A third fails at no cost, the rest costs what was reserved or half of it.
  if (i % 3 === 0) await budget.release(reservation, 'server');
  else {
    await budget.settle(
      reservation,
      makeEntry(reservation, { at: Date.now(), costNano: i % 2 ? amountNano : amountNano >> 1 }),
    );
  }
  return true;
}

process.once('message', async () => {
  const results = await Promise.all(Array.from({ length: Number(attempts) }, (_, i) => attempt(i)));
  process.send?.({ ok: results.filter(Boolean).length, denied: results.filter((one) => !one).length });
  store.disconnect();
  process.disconnect();
});
await store.ping();
process.send?.('ready');
