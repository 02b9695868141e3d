/** `npm run chaos -- --seed N --minutes M --kills K`: feeds, until so many were killed or paused, then couriers among faults; the last line says what was lost or doubled. */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { runFeedChaos } from './feed.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '1' },
    kills: { type: 'string', default: '0' },
    log: { type: 'string' },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
const kills = Number(values.kills);
if (!Number.isInteger(seed) || !(minutes > 0) || !(kills >= 0)) {
  console.error('usage: npm run chaos -- --seed N --minutes M [--kills K] [--log FILE]');
  process.exit(64);
}
console.log(`seed ${seed}, ${minutes} min, half of it for each`);
const half = { seed, ms: minutes * 30_000, ...(values.log === undefined ? {} : { logFile: values.log }) };

const feeds = await runFeedChaos({ ...half, kills });
console.log(JSON.stringify({ feeds }));
const couriers = await runChaos(half);
console.log(JSON.stringify({ couriers }));

const events = feeds.expected + couriers.events;
const lost = feeds.lost.length + couriers.lost;
const doubled = feeds.wrong.length + couriers.doubled;
console.log(JSON.stringify({ events, lost, doubled, ambiguous: couriers.ambiguous, seed }));
process.exitCode = lost + doubled + couriers.disordered + couriers.unadded + couriers.mistreated > 0 ? 1 : 0;
