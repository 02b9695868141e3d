import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('refuses a data folder that another living process uses', async () => {
    const sleeper = spawn('sleep', ['60']);
    const server = await startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR);
    const { writeFile, readFile } = await import('node:fs/promises');
    const notePath = join(dataDir, 'redis/server.json');
    const note = JSON.parse(await readFile(notePath, 'utf8'));
    await writeFile(notePath, JSON.stringify({ ...note, ownerPid: sleeper.pid }));

    await expect(startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR)).rejects.toThrow(/in use by process/);

    sleeper.kill();
    await server.stop();
  });
});
