import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../src/kit/log.ts';
import { findProgram } from '../src/store/embedded/server.ts';
import { freePort } from '../test/support/port.ts';
import { PROGRAM_DIR } from '../test/support/redis.ts';
import { startTestExchange } from '../test/world/exchange.ts';
import type { Bench, BenchResult } from './model.ts';

const ROOT = join(import.meta.dirname, '..');
const IDLE_MS = 20_000;

export const benches: readonly Bench[] = [{ name: 'start', run: start }];

/**
 * `npm start` with three symbols, embedded Redis (its program already fetched) and an exchange on loopback: until every role
 * is ready with warm windows; then the resident memory of Sheepdog and Redis together, idle for 20 s.
 */
async function start(): Promise<BenchResult[]> {
  await findProgram(PROGRAM_DIR, silentLog());
  const exchange = await startTestExchange();
  const dataDir = await mkdtemp(join(tmpdir(), 'sheepdog-bench-'));
  await mkdir(join(dataDir, 'data'));
  await symlink(PROGRAM_DIR, join(dataDir, 'data/redis-bin'));
  const port = await freePort();
  const at = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      HOME: dataDir,
      DATA_DIR: join(dataDir, 'data'),
      BINANCE_WS_URL: exchange.wsUrl,
      BINANCE_REST_URL: exchange.restUrl,
      CONSOLE_PORT: String(port),
    },
  });
  try {
    await untilReady(`http://127.0.0.1:${port}/readyz`);
    const ready = (performance.now() - at) / 1000;
    await sleep(IDLE_MS);
    const memory = await residentMegabytes(child);
    return [
      { name: 'start.ready', value: Number(ready.toFixed(2)), unit: 's' },
      { name: 'start.memory', value: Math.round(memory), unit: 'MB' },
    ];
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
    await exchange.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error('not ready within a minute');
    await sleep(20);
  }
}

/** Of the Sheepdog process and its Redis; npm's own process is not counted. */
async function residentMegabytes(npm: ChildProcess): Promise<number> {
  let kilobytes = 0;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    const ours = parent === npm.pid || (await parentOf(parent)) === npm.pid;
    if (ours && /src\/main\.ts|redis-server|valkey-server/.test(command)) {
      kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    }
  }
  return kilobytes / 1024;
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}
