/** `npm run chaos -- --seed N --minutes M`: couriers among faults; the last line says what was lost or doubled. */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '1' },
    log: { type: 'string' },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isInteger(seed) || !(minutes > 0)) {
  console.error('usage: npm run chaos -- --seed N --minutes M [--log FILE]');
  process.exit(64);
}
console.log(`seed ${seed}, ${minutes} min`);
const result = await runChaos({
  seed,
  ms: minutes * 60_000,
  ...(values.log === undefined ? {} : { logFile: values.log }),
});
const { faults, settledMs, disordered, events, lost, doubled, ambiguous } = result;
console.log(JSON.stringify({ faults, settledMs, disordered }));
console.log(JSON.stringify({ events, lost, doubled, ambiguous, seed }));
process.exitCode = lost + doubled + disordered > 0 ? 1 : 0;
