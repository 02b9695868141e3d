import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { silentLog } from '../../src/kit/log.ts';
import { programEnv } from '../../src/store/embedded/fetch.ts';
import { findProgram } from '../../src/store/embedded/server.ts';
import { connectStore, type Store, type StoreAddress, type StoreProfile } from '../../src/store/redis.ts';
import { PROGRAM_DIR, type TestRedis } from './redis.ts';

const NODES = 3;
const SLOTS = 16_384;
/** Slots that one command names: all of them at once would be a long line. */
const CHUNK = 1_000;
/** A node's bus listens this far above its port. */
const BUS = 10_000;

/** Starts a real Redis Cluster of three masters that share the slots, and no replicas. */
export async function startTestCluster(): Promise<TestRedis> {
  const program = await findProgram(PROGRAM_DIR, silentLog());
  const dir = await mkdtemp(join(tmpdir(), 'sheepdog-cluster-'));
  const children: ChildProcess[] = [];
  const admins: Redis[] = [];
  const open: Store[] = [];

  async function launch(): Promise<number> {
    const port = await freePort();
    const flags = {
      port,
      bind: '127.0.0.1',
      'cluster-enabled': 'yes',
      'cluster-config-file': `${port}.conf`,
      dir,
      save: '',
      appendonly: 'no',
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    children.push(spawn(program.path, args, { env: programEnv(program), stdio: 'ignore' }));
    const admin = new Redis(port, '127.0.0.1', { protocol: 2, retryStrategy: () => 20 });
    admin.on('error', () => undefined);
    admins.push(admin);
    await admin.ping();
    return port;
  }

  const ports: number[] = [];
  for (let i = 0; i < NODES; i++) ports.push(await launch());
  for (const [i, admin] of admins.entries()) {
    const to = Math.floor((SLOTS * (i + 1)) / NODES);
    for (let from = Math.floor((SLOTS * i) / NODES); from < to; from += CHUNK) {
      const slots = Array.from({ length: Math.min(CHUNK, to - from) }, (_, n) => from + n);
      await admin.cluster('ADDSLOTS', ...slots);
    }
    if (i > 0) await admin.cluster('MEET', '127.0.0.1', ports[0] ?? 0);
  }
  const isWhole = async (admin: Redis) => {
    const info = await admin.cluster('INFO');
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`);
  };
  while (!(await Promise.all(admins.map(isWhole))).every(Boolean)) await sleep(20);

  const address: StoreAddress = {
    type: 'cluster',
    nodes: ports.map((port) => `redis://127.0.0.1:${port}`),
  };
  return {
    address,
    connect(profile: StoreProfile = 'worker') {
      const store = connectStore(address, profile);
      store.on('error', () => undefined);
      open.push(store);
      return store;
    },
    async clear() {
      await Promise.all(admins.map((admin) => admin.flushall()));
    },
    async stop() {
      for (const store of open) store.disconnect();
      for (const admin of admins) admin.disconnect();
      const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ended);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A port whose bus port is a port too, and free as well. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await listenable(0);
    if (port !== undefined && port + BUS < 65_536 && (await listenable(port + BUS)) !== undefined)
      return port;
  }
}

async function listenable(port: number): Promise<number | undefined> {
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!bound) return undefined;
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
