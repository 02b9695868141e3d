import { Cluster, type Redis } from 'ioredis';
import type { Config } from '../../config.ts';
import { describeError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import { runningSocket, startEmbeddedRedis } from '../../store/embedded/server.ts';
import { riskySettings } from '../../store/prepare.ts';
import { connectStore, type Store, type StoreAddress } from '../../store/redis.ts';
import { type Finding, finding } from './report.ts';

/** The oldest version whose commands Sheepdog uses all exist (XAUTOCLAIM, LMOVE, GETEX: 6.2). */
const OLDEST: readonly [number, number] = [6, 2];
const NAME = 'redis';

/** Reaches the configured Redis, or the embedded one (started for a moment where none runs), and reads its settings. */
export async function checkRedis(
  config: Pick<Config, 'store' | 'dataDir'>,
  log: Log,
  options: { programDir?: string } = {},
): Promise<Finding[]> {
  if (config.store) return await checkServer(config.store, '', reachRemedy(config.store));
  const running = await runningSocket(config.dataDir);
  if (running) return await checkServer({ type: 'socket', path: running }, 'embedded, in use', []);
  try {
    const server = await startEmbeddedRedis(config.dataDir, log, options.programDir);
    try {
      return await checkServer({ type: 'socket', path: server.socketPath }, 'embedded, started to try', []);
    } finally {
      await server.stop();
    }
  } catch (error) {
    return [
      finding(
        'fail',
        NAME,
        `the embedded Redis does not start: ${describeError(error)}`,
        'install a server (Debian, Ubuntu: sudo apt-get install -y redis-server), or set REDIS_URL',
      ),
    ];
  }
}

async function checkServer(address: StoreAddress, what: string, remedies: string[]): Promise<Finding[]> {
  const store = connectStore(address, 'request');
  let last: unknown;
  store.on('error', (error: unknown) => {
    last = error;
  });
  try {
    const nodes = await nodesOf(store);
    return (await Promise.all(nodes.map((node) => checkNode(node, what)))).flat();
  } catch (error) {
    // "Max retries" says nothing; the connection's own error does.
    return [finding('fail', NAME, `cannot be used: ${describeError(last ?? error)}`, ...remedies)];
  } finally {
    store.disconnect();
  }
}

/** Every node that holds data. */
async function nodesOf(store: Store): Promise<Redis[]> {
  if (!(store instanceof Cluster)) return [store];
  await store.ping();
  return store.nodes('master');
}

async function checkNode(node: Redis, what: string): Promise<Finding[]> {
  const info = await node.info('server');
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  const engine = /^valkey_version:(\S+)/m.exec(info)?.[1];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const name = engine ? `Valkey ${engine}` : `Redis ${version}`;
  const detail = what ? `${name}, ${what}` : name;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return [finding('fail', NAME, `${detail}: too old`, `use Redis ${OLDEST.join('.')} or newer, or Valkey`)];
  }
  const risks = await riskySettings(node);
  const settings = 'noeviction, append-only file on and written';
  return risks.length === 0
    ? [finding('ok', NAME, `${detail}; ${settings}`)]
    : risks.map((risk) => finding('fail', NAME, `${detail}: ${risk}`, remedyOf(risk)));
}

function remedyOf(risk: string): string {
  if (risk.startsWith('maxmemory'))
    return 'redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf';
  if (risk.startsWith('appendonly')) return 'redis-cli CONFIG SET appendonly yes, and in redis.conf';
  return 'look at the disk that holds the append-only file: space, permissions';
}

function reachRemedy(address: StoreAddress): string[] {
  const variable = address.type === 'cluster' ? 'REDIS_CLUSTER' : 'REDIS_URL';
  return [
    `check ${variable}: host, port, password, rediss:// where the server wants TLS; and that the server runs`,
    `or leave ${variable} blank: Sheepdog then brings its own Redis`,
  ];
}
