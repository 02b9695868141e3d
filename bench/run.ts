/** `npm run bench [-- prefix…]`: runs the benchmarks and prints one JSON object per line. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './model.ts';

const prefixes = process.argv.slice(2);
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.bench.ts'));

for (const file of files.toSorted()) {
  const { benches }: { benches: readonly Bench[] } = await import(join(import.meta.dirname, file));
  for (const bench of benches) {
    if (prefixes.length > 0 && !prefixes.some((prefix) => bench.name.startsWith(prefix))) continue;
    for (const result of [await bench.run()].flat()) console.log(JSON.stringify(result));
  }
}
