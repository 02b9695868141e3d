/** `npm test`: types, style and floors, then every test. Ends with one line: N passed, N failed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);
const filters = process.argv.slice(2);

let passed = 0;
let failed = 0;
let skipped = 0;

function step(name: string, command: string, args: string[]): boolean {
  console.log(`— ${name}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) console.error(`${name}: ${error.message}`);
  return status === 0;
}

function count(ok: boolean): void {
  if (ok) passed += 1;
  else failed += 1;
}

if (filters.length === 0) {
  count(step('types (tsc)', bin('tsc'), ['--noEmit']));
  count(step('style and floors (biome)', bin('biome'), ['check', '--error-on-warnings', '.']));
}

const reports = mkdtempSync(join(tmpdir(), 'sheepdog-report-'));
const report = join(reports, 'vitest.json');
const ran = step('tests (vitest)', process.execPath, [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...filters,
]);
try {
  const counts: unknown = JSON.parse(readFileSync(report, 'utf8'));
  const figure = (name: string) => {
    const value = typeof counts === 'object' && counts !== null ? Reflect.get(counts, name) : undefined;
    return typeof value === 'number' ? value : 0;
  };
  passed += figure('numPassedTests');
  failed += figure('numFailedTests');
  skipped += figure('numPendingTests') + figure('numTodoTests');
} catch {
  console.error('vitest left no report');
}
// A file that cannot be loaded, or an error outside every test, fails the run though no test counts it.
if (!ran && failed === 0) failed += 1;
rmSync(reports, { recursive: true, force: true });

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
