import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ConfigError, describeError, StartError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import { claimFolder } from './claim.ts';
import { fetchedRedis, fetchRedis, onPath, programEnv, type RedisProgram, runs } from './fetch.ts';
import { makeFolder } from './folder.ts';
import { readNote, removeNote, type ServerNote, writeNote } from './note.ts';

/** A real Redis server of our own: its data under DATA_DIR, its socket in a short private path. */
export interface EmbeddedRedis {
  socketPath: string;
  /** Version as the server reports it. */
  version: string;
  /** Saves and ends the server. */
  stop(): Promise<void>;
}

/** No Redis could be found or fetched: says what to install. */
function noRedis(reason: string): StartError {
  return new StartError(
    `No Redis server: ${reason}. Install one (Debian, Ubuntu: sudo apt-get install -y redis-server; macOS: brew install valkey), ` +
      'or set REDIS_URL, or use docker compose up.',
  );
}

function inUse(dataDir: string, owner: number | undefined): StartError {
  const who = owner === undefined ? 'another Sheepdog' : `process ${owner}`;
  return new StartError(
    `${resolve(dataDir)} is in use by ${who}: stop it, or set DATA_DIR to another folder`,
  );
}

/**
 * Starts Redis (PATH, else fetched earlier, else fetched now) or adopts the one a crashed run left alive.
 * Append-only file, fsync every second, `noeviction`, half of the machine's memory. Throws ConfigError when the folder
 * cannot be written, StartError when another living Sheepdog holds it or when no server is to be had.
 */
export async function startEmbeddedRedis(
  dataDir: string,
  log: Log,
  programDir?: string,
): Promise<EmbeddedRedis> {
  const dir = resolve(dataDir, 'redis');
  await makeFolder(dir).catch((error: unknown) => {
    throw new ConfigError([`DATA_DIR: ${resolve(dataDir)} cannot be written (${describeError(error)})`]);
  });
  const claim = await claimFolder(dir);
  if (!claim) throw inUse(dataDir, (await readNote(dir))?.ownerPid);
  try {
    const server = await open(dataDir, dir, log, programDir);
    return {
      ...server,
      async stop() {
        await server.stop();
        await claim.release();
      },
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function open(
  dataDir: string,
  dir: string,
  log: Log,
  programDir: string | undefined,
): Promise<EmbeddedRedis> {
  const left = await readNote(dir);
  const leftAlive = left !== undefined && alive(left.pid) && existsSync(left.socketPath);
  // Where a claim holds nothing the note has to tell; pids are given anew, so it counts only with the server's socket.
  if (process.platform !== 'linux' && leftAlive && left.ownerPid !== process.pid && alive(left.ownerPid)) {
    throw inUse(dataDir, left.ownerPid);
  }
  if (leftAlive) {
    log.warn({ pid: left.pid }, 'adopted the Redis server of a run that ended without stopping it');
    return await adopt(dir, left);
  }
  const program = await findProgram(programDir ?? resolve(dataDir, 'redis-bin'), log);
  return await supervise(dir, program, log);
}

/** The socket of an embedded server that runs now under DATA_DIR, for tools; undefined when there is none. */
export async function runningSocket(dataDir: string): Promise<string | undefined> {
  const note = await readNote(resolve(dataDir, 'redis'));
  return note && alive(note.pid) && (await ping(note.socketPath)) ? note.socketPath : undefined;
}

/** A server program from PATH, fetched earlier, or fetched now into `programDir`. */
export async function findProgram(programDir: string, log: Log): Promise<RedisProgram> {
  for (const name of ['valkey-server', 'redis-server']) {
    const path = await onPath(name);
    const program = path ? { path, libraryPath: undefined } : undefined;
    if (program && (await runs(program))) return program;
  }
  const earlier = await fetchedRedis(programDir);
  if (earlier) return earlier;
  log.info('no Redis on PATH: fetching the distribution’s own package (no root needed)');
  try {
    const fetched = await fetchRedis(programDir);
    if (fetched) return fetched;
  } catch (error) {
    throw noRedis(`fetching the distribution's package failed (${describeError(error).slice(0, 300)})`);
  }
  throw noRedis('none on PATH, and this system has no apt-get');
}

async function supervise(dir: string, program: RedisProgram, log: Log): Promise<EmbeddedRedis> {
  const socketDir = await mkdtemp(join(tmpdir(), 'sheepdog-'));
  const socketPath = join(socketDir, 's');
  let stopping = false;
  let noted: Promise<void> = Promise.resolve();
  let child = launch();

  function launch(): ChildProcess {
    const args = serverArguments(dir, socketPath);
    // Its own process group: Ctrl-C must reach us first, so that the last writes still find it.
    const started = spawn(program.path, args, {
      env: programEnv(program),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.stdout?.on('data', (text) => log.debug({ redis: String(text).trim() }, 'redis'));
    started.stderr?.on('data', (text) => log.warn({ redis: String(text).trim() }, 'redis'));
    started.on('error', (error) => log.error({ error: describeError(error) }, 'redis could not be started'));
    started.on('exit', (code, signal) => {
      if (stopping) return;
      log.error({ code, signal }, 'redis ended by itself; starting it again');
      setTimeout(() => {
        if (!stopping) child = launch();
      }, 500);
    });
    if (started.pid) {
      noted = writeNote(dir, { pid: started.pid, ownerPid: process.pid, socketPath });
      // The start waits for it and fails by it; what is started again later must not end the process over its note.
      noted.catch((error) => log.error({ error: describeError(error) }, 'no note of the redis server'));
    }
    return started;
  }

  const stop = async () => {
    stopping = true;
    await endProcess(child);
    // A note that is still being written would outlive its removal.
    await noted.catch(() => undefined);
    await removeNote(dir);
    await rm(socketDir, { recursive: true, force: true });
  };
  try {
    const version = await ready(socketPath);
    // Who is killed from here on leaves a server that the next start finds, instead of opening a second one on its data.
    await noted;
    return { socketPath, version, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function adopt(dir: string, left: ServerNote): Promise<EmbeddedRedis> {
  await writeNote(dir, { ...left, ownerPid: process.pid });
  return {
    socketPath: left.socketPath,
    version: await ready(left.socketPath),
    async stop() {
      await endAdopted(left.pid);
      await removeNote(dir);
      await rm(dirname(left.socketPath), { recursive: true, force: true });
    },
  };
}

/** Flags of the server; preamble off, so that Redis and Valkey can load each other's files. */
function serverArguments(dir: string, socketPath: string): string[] {
  const flags: Record<string, string> = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'aof-use-rdb-preamble': 'no',
    save: '',
    maxmemory: String(Math.floor(totalmem() / 2)),
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
}

async function ready(socketPath: string): Promise<string> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const version = await ping(socketPath);
    if (version) return version;
    if (Date.now() > deadline) throw noRedis('the server did not answer within 30 s');
    await sleep(10);
  }
}

/** The server's version, or undefined while it does not answer (or still loads its data). */
async function ping(socketPath: string): Promise<string | undefined> {
  const redis = new Redis(socketPath, {
    protocol: 2,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: 2_000,
    enableReadyCheck: false,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const info = await redis.info('server');
    if ((await redis.ping()) !== 'PONG') return undefined;
    return /valkey_version:(\S+)/.exec(info)?.[1] ?? /redis_version:(\S+)/.exec(info)?.[1];
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(forced);
}

/** Ends a server that is no child of ours, so that only its number tells of it. */
async function endAdopted(pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!alive(pid)) return;
    process.kill(pid, signal);
    for (let i = 0; i < 100 && alive(pid); i++) await sleep(50);
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
