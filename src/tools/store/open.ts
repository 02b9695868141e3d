import type { Config } from '../../config.ts';
import type { Log } from '../../kit/log.ts';
import { runningSocket, startEmbeddedRedis } from '../../store/embedded/server.ts';
import { connectStore, type Store, type StoreAddress } from '../../store/redis.ts';

/** The store that Sheepdog uses with this configuration, for a tool. */
export interface OpenedStore {
  store: Store;
  close(): Promise<void>;
}

/** The configured Redis, the embedded one that runs, or the embedded one started for as long as the tool needs it. */
export async function openStoreForTool(
  config: Pick<Config, 'store' | 'dataDir'>,
  log: Log,
  options: { programDir?: string } = {},
): Promise<OpenedStore> {
  if (config.store) return connect(config.store, async () => undefined);
  const running = await runningSocket(config.dataDir);
  if (running !== undefined) return connect({ type: 'socket', path: running }, async () => undefined);
  const server = await startEmbeddedRedis(config.dataDir, log, options.programDir);
  return connect({ type: 'socket', path: server.socketPath }, () => server.stop());
}

function connect(address: StoreAddress, end: () => Promise<void>): OpenedStore {
  const store = connectStore(address, 'request');
  // The call that needed the connection says what is wrong with it.
  store.on('error', () => undefined);
  return {
    store,
    async close() {
      store.disconnect();
      await end();
    },
  };
}
