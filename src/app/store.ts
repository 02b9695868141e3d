import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../kit/log.ts';
import type { MarketSource } from '../market/events.ts';
import { startEmbeddedRedis } from '../store/embedded/server.ts';
import { prepareStore } from '../store/prepare.ts';
import { connectStore, type StoreAddress } from '../store/redis.ts';

/** The store this process uses, ready for this kind of market. */
export interface OpenStore {
  address: StoreAddress;
  close(): Promise<void>;
}

/**
 * The configured Redis, or an embedded one under DATA_DIR; each kind of market has a folder of its own there, and a
 * replay begins empty, since its clock runs the same stretch of time again. Throws what the embedded server and
 * `prepareStore` throw.
 */
export async function openStore(config: Config, source: MarketSource, log: Log): Promise<OpenStore> {
  if (config.store) {
    await prepare(config.store, source, log);
    return { address: config.store, close: async () => undefined };
  }
  const dataDir = source === 'live' ? config.dataDir : join(config.dataDir, source);
  const server = await startEmbeddedRedis(dataDir, log, join(config.dataDir, 'redis-bin'));
  log.info({ version: server.version, dataDir }, 'embedded Redis is up');
  const address: StoreAddress = { type: 'socket', path: server.socketPath };
  try {
    if (source === 'replay') await empty(address);
    await prepare(address, source, log);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { address, close: () => server.stop() };
}

async function prepare(address: StoreAddress, source: MarketSource, log: Log): Promise<void> {
  const store = connectStore(address, 'request');
  store.on('error', () => undefined);
  try {
    for (const warning of await prepareStore(store, source)) log.warn({ redis: warning }, 'Redis setting');
  } finally {
    store.disconnect();
  }
}

async function empty(address: StoreAddress): Promise<void> {
  const store = connectStore(address, 'request');
  await store.flushall();
  store.disconnect();
}
