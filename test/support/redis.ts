import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/kit/log.ts';
import { startEmbeddedRedis } from '../../src/store/embedded/server.ts';
import { connectStore, type Store, type StoreAddress, type StoreProfile } from '../../src/store/redis.ts';

/** Where the fetched server program is kept between runs: one fetch serves every test file. */
export const PROGRAM_DIR = join(import.meta.dirname, '../../.cache/redis-bin');

/** A real Redis server of this test file's own. */
export interface TestRedis {
  address: StoreAddress;
  /** Opens a connection that `stop` closes. */
  connect(profile?: StoreProfile): Store;
  /** Forgets everything stored. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a real Redis with an empty data folder; call once per test file in `beforeAll`. */
export async function startTestRedis(): Promise<TestRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sheepdog-test-'));
  const server = await startEmbeddedRedis(dataDir, silentLog(), PROGRAM_DIR);
  const address: StoreAddress = { type: 'socket', path: server.socketPath };
  const open: Store[] = [];
  const connect = (profile: StoreProfile = 'worker') => {
    const store = connectStore(address, profile);
    store.on('error', () => undefined);
    open.push(store);
    return store;
  };
  const admin = connect();
  return {
    address,
    connect,
    async clear() {
      await admin.flushall();
    },
    async stop() {
      for (const store of open) store.disconnect();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
