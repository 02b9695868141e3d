import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { silentLog } from '../../src/kit/log.ts';
import { programEnv } from '../../src/store/embedded/fetch.ts';
import { findProgram } from '../../src/store/embedded/server.ts';
import { connectStore, type Store } from '../../src/store/redis.ts';
import { freePort } from './port.ts';
import { PROGRAM_DIR } from './redis.ts';

const run = promisify(execFile);

/** A real Redis that nobody restarts but the test: it can be killed, run out of memory and out of disk. */
export interface RedisServer {
  /** Its Unix socket and its address on loopback; the same after every start. */
  readonly socketPath: string;
  readonly url: string;
  /** Opens a connection that `stop` closes. */
  connect(): Store;
  /** Kills it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on what it had written. */
  start(): Promise<void>;
  /** No further write finds memory, until `false`. */
  outOfMemory(on: boolean): Promise<void>;
  /** The append-only file cannot grow any more, until `false`; resolves false where the machine cannot do that. */
  diskFull(on: boolean): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * Starts a Redis that writes an append-only file. `everysec`, as in production, may lose the last two seconds of what it
 * acknowledged when it is killed while its disk cannot keep up (redis.conf, appendfsync); `always` loses nothing.
 */
export async function startRedisServer(fsync: 'everysec' | 'always' = 'everysec'): Promise<RedisServer> {
  const program = await findProgram(PROGRAM_DIR, silentLog());
  const dir = await mkdtemp(join(tmpdir(), 'sheepdog-redis-'));
  const socketPath = join(dir, 's');
  const port = await freePort();
  const open: Store[] = [];
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const flags = [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--unixsocket',
      socketPath,
      '--dir',
      dir,
      '--save',
      '',
    ];
    const durable = ['--appendonly', 'yes', '--appendfsync', fsync, '--aof-use-rdb-preamble', 'no'];
    // A full disk is a file-size limit here: the signal that comes with it must not end the server.
    child = spawn('sh', ['-c', 'trap \'\' XFSZ; exec "$0" "$@"', program.path, ...flags, ...durable], {
      env: programEnv(program),
      stdio: 'ignore',
    });
    const deadline = Date.now() + 20_000;
    while (!(await answers(socketPath))) {
      if (Date.now() > deadline) throw new Error('the Redis server did not come up');
      await sleep(20);
    }
  }

  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    running.kill('SIGKILL');
    await ended;
  }

  async function configure(setting: string, value: string): Promise<void> {
    const admin = new Redis(socketPath, { protocol: 2 });
    admin.on('error', () => undefined);
    await admin.config('SET', setting, value);
    admin.disconnect();
  }

  /** Waits until the file is written again, and goes back to the way it was synced. */
  async function writable(): Promise<void> {
    const admin = new Redis(socketPath, { protocol: 2 });
    admin.on('error', () => undefined);
    while (!/aof_last_write_status:ok/.test(await admin.info('persistence'))) await sleep(50);
    admin.disconnect();
    await configure('appendfsync', fsync);
  }

  await start();
  return {
    socketPath,
    url: `redis://127.0.0.1:${port}`,
    connect() {
      const store = connectStore({ type: 'socket', path: socketPath }, 'worker');
      store.on('error', () => undefined);
      open.push(store);
      return store;
    },
    start,
    kill,
    outOfMemory: (on) => configure('maxmemory', on ? '1' : '0'),
    async diskFull(on) {
      const pid = String(child?.pid ?? '');
      const files = await run('find', [dir, '-name', '*.aof', '-printf', '%p\n']).catch(() => undefined);
      const paths = files?.stdout
        .split('\n')
        .filter((path) => path.endsWith('.incr.aof') || path.endsWith('.aof'));
      const sizes = await Promise.all(
        (paths ?? []).filter(Boolean).map(async (path) => (await stat(path)).size),
      );
      // With `always` it would end itself at the first failed write.
      if (on) await configure('appendfsync', 'everysec');
      const limit = on ? String(Math.max(0, ...sizes) + 1) : 'unlimited';
      const limited = await run('prlimit', ['--pid', pid, `--fsize=${limit}:unlimited`]).then(
        () => true,
        () => false,
      );
      if (!on || !limited) await writable();
      return limited;
    },
    async stop() {
      for (const store of open) store.disconnect();
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function answers(path: string): Promise<boolean> {
  const redis = new Redis(path, {
    protocol: 2,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
