import { join } from 'node:path';
import type { Config } from '../config.ts';
import { delay } from '../kit/duration.ts';
import { describeError, StartError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { MarketSource } from '../market/events.ts';
import { startEmbeddedRedis } from '../store/embedded/server.ts';
import { prepareStore } from '../store/prepare.ts';
import { connectStore, type Store, type StoreAddress } from '../store/redis.ts';

/** How long the store may take to answer at the start. */
const REACH_MS = 10_000;

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
    await reach(store);
    for (const warning of await prepareStore(store, source)) log.warn({ redis: warning }, 'Redis setting');
  } finally {
    store.disconnect();
  }
}

/** Throws StartError, with the reason that the server or the network gave, when the store does not answer. */
async function reach(store: Store): Promise<void> {
  // A command that cannot be sent tells only that; the connection's own error tells why.
  let reason: unknown;
  const note = (error: unknown) => {
    reason = error;
  };
  store.on('error', note);
  const answered = new AbortController();
  // A cluster is asked for again and again, for ever.
  const late = delay(REACH_MS, answered.signal).then(() => Promise.reject(new Error('no answer')));
  try {
    await Promise.race([store.ping(), late]);
  } catch (error) {
    const why = describeError(reason ?? error);
    throw new StartError(
      `Redis cannot be used (${why}): check REDIS_URL or REDIS_CLUSTER; npm run doctor tells more`,
    );
  } finally {
    answered.abort();
    store.off('error', note);
  }
}

async function empty(address: StoreAddress): Promise<void> {
  const store = connectStore(address, 'request');
  await store.flushall();
  store.disconnect();
}
