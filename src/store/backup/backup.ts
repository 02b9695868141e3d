import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { z } from 'zod';
import { keys } from '../keys.ts';
import { storedVersion } from '../prepare.ts';
import type { Store } from '../redis.ts';
import { type Bytes, type Entry, FORM_VERSION, type Head, head, isMomentary, pack } from './form.ts';
import { dataNodes, ownKeys } from './nodes.ts';

/** What was written. */
export interface BackupReport {
  keys: number;
  /** False: the server could not be held still, so that what changed meanwhile may be in the file by halves. */
  still: boolean;
}

/** How many keys are read at once. */
const CHUNK = 500;
/** Writers are held for so long at a time, ms, so that a backup that dies does not hold them for long. */
const HOLD_MS = 5_000;

const buffers = z.array(z.instanceof(Buffer));
const streamEntries = z.array(z.tuple([z.instanceof(Buffer), buffers]));

/**
 * Writes everything that Sheepdog has stored, as it is at one moment: writers wait meanwhile, readers do not. What is
 * true of running processes only (leases, locks, who is alive) is left out. Throws when nothing is stored, or only half
 * of what was restored.
 */
export async function writeBackup(store: Store, to: Writable, now: number): Promise<BackupReport> {
  const hold = await holdStill(store);
  try {
    const first = await headOf(store, now);
    let count = 0;
    await pipeline(
      Readable.from(
        (async function* () {
          const hash = createHash('sha256');
          const line = (value: unknown) => {
            const text = `${JSON.stringify(value)}\n`;
            hash.update(text);
            return text;
          };
          yield line(first);
          for await (const entries of readEntries(store, now)) {
            count += entries.length;
            yield entries.map(line).join('');
          }
          yield `${JSON.stringify({ end: true, keys: count, sha256: hash.digest('hex') })}\n`;
        })(),
      ),
      createGzip(),
      to,
    );
    return { keys: count, still: hold.still };
  } finally {
    await hold.release();
  }
}

/** Lets no client write until released; `still` is false where the server does not allow that. */
async function holdStill(store: Store): Promise<{ still: boolean; release(): Promise<void> }> {
  const nodes = await dataNodes(store);
  const pause = () => Promise.all(nodes.map((node) => node.call('CLIENT', 'PAUSE', HOLD_MS, 'WRITE')));
  try {
    await pause();
  } catch {
    return { still: false, release: async () => undefined };
  }
  const again = setInterval(() => void pause().catch(() => undefined), HOLD_MS / 2);
  return {
    still: true,
    async release() {
      clearInterval(again);
      await Promise.all(nodes.map((node) => node.call('CLIENT', 'UNPAUSE').catch(() => undefined)));
    },
  };
}

async function headOf(store: Store, now: number): Promise<Head> {
  const [schema, source] = await Promise.all([storedVersion(store), store.get(keys.source)]);
  if (schema === undefined) throw new Error('nothing is stored here: Sheepdog has never run on this store');
  return head.parse({ sheepdogBackup: FORM_VERSION, schema, source, at: now });
}

async function* readEntries(store: Store, now: number): AsyncGenerator<Entry[]> {
  let chunk: string[] = [];
  const read = async () => (await Promise.all(chunk.map((key) => readEntry(store, key, now)))).flat();
  for await (const key of ownKeys(store)) {
    if (isMomentary(key)) continue;
    chunk.push(key);
    if (chunk.length < CHUNK) continue;
    yield await read();
    chunk = [];
  }
  yield await read();
}

/** The key with its value; none when it has just expired. */
async function readEntry(store: Store, key: string, now: number): Promise<Entry[]> {
  const [type, ttl] = await Promise.all([store.type(key), store.pttl(key)]);
  if (ttl === -2) return [];
  const common = { key, until: ttl < 0 ? 0 : now + ttl };
  switch (type) {
    case 'string': {
      const value = await store.getBuffer(key);
      return value === null ? [] : [{ ...common, type, value: pack(value) }];
    }
    case 'hash':
      return [{ ...common, type, value: await list(store.callBuffer('HGETALL', key)) }];
    case 'list':
      return [{ ...common, type, value: await list(store.callBuffer('LRANGE', key, 0, -1)) }];
    case 'set':
      return [{ ...common, type, value: await list(store.callBuffer('SMEMBERS', key)) }];
    case 'zset':
      return [{ ...common, type, value: await list(store.callBuffer('ZRANGE', key, 0, -1, 'WITHSCORES')) }];
    case 'stream': {
      const found = streamEntries.parse(await store.callBuffer('XRANGE', key, '-', '+'));
      const value = found.map(([id, fields]): [string, Bytes[]] => [id.toString(), fields.map(pack)]);
      return [{ ...common, type, value, lastId: await lastIdOf(store, key) }];
    }
    case 'none':
      return [];
    default:
      throw new Error(`${key} is of the type ${type}, which a backup cannot hold`);
  }
}

async function list(reply: Promise<unknown>): Promise<Bytes[]> {
  return buffers.parse(await reply).map(pack);
}

/** The newest id a stream ever had: it may be above that of its newest entry. */
async function lastIdOf(store: Store, key: string): Promise<string> {
  const info = z.array(z.unknown()).parse(await store.call('XINFO', 'STREAM', key));
  return z.string().parse(info[info.indexOf('last-generated-id') + 1]);
}
