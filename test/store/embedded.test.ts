import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kit/log.ts';
import { startEmbeddedRedis } from '../../src/store/embedded/server.ts';
import { connectStore } from '../../src/store/redis.ts';
import { PROGRAM_DIR } from '../support/redis.ts';

describe('the embedded Redis', () => {
  let dataDir: string;
  beforeEach(async () => {
    // A blank in the path: people have folders named "My Bots".
    dataDir = await mkdtemp(join(tmpdir(), 'sheep dog '));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('keeps what was stored across a stop and a start', async () => {
    const first = await startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR);
    const store = connectStore({ type: 'socket', path: first.socketPath }, 'worker');
    await store.set('sheepdog:probe', 'woof');
    await store.quit();
    await first.stop();

    const second = await startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR);
    const again = connectStore({ type: 'socket', path: second.socketPath }, 'worker');
    expect(await again.get('sheepdog:probe')).toBe('woof');
    expect(await again.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await again.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    await again.quit();
    await second.stop();
  });

  it('refuses a data folder that another one uses, also when both start at the same moment', async () => {
    const starts = await Promise.allSettled(
      [1, 2, 3].map(() => startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR)),
    );
    const [server, ...others] = starts.flatMap((start) =>
      start.status === 'fulfilled' ? [start.value] : [],
    );
    expect(others).toEqual([]);
    expect(starts.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    await expect(startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR)).rejects.toThrow(
      new RegExp(`in use by process ${process.pid}: stop it`),
    );
    await server?.stop();
    await (await startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR)).stop();
  });

  it('goes on with the server that a killed run left behind', async () => {
    const program = join(import.meta.dirname, '../../src/store/embedded/server.ts');
    const script = `
      import { pbkdf2 } from 'node:crypto';
      const { startEmbeddedRedis } = await import(${JSON.stringify(program)});
      const log = { info() {}, warn() {}, error() {}, debug() {} };
      // The one thread for files is kept busy: a slow disk, on which the server is up before the note of it is written.
      const slow = () => pbkdf2('slow', 'disk', 100_000, 64, 'sha512', slow);
      slow();
      const { socketPath } = await startEmbeddedRedis(${JSON.stringify(dataDir)}, log, ${JSON.stringify(PROGRAM_DIR)});
      console.log(socketPath);`;
    const run = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    });
    const [line] = await once(run.stdout, 'data');
    run.kill('SIGKILL');
    await once(run, 'exit');

    const server = await startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR);
    expect(server.socketPath).toBe(String(line).trim());
    await server.stop();
    expect(existsSync(dirname(server.socketPath))).toBe(false);
  });
});
