import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { keys } from '../keys.ts';
import { SCHEMA_VERSION } from '../prepare.ts';
import type { Store } from '../redis.ts';
import {
  type Bytes,
  type Entry,
  end,
  entry,
  type Head,
  head,
  isMomentary,
  RestoreError,
  unpack,
} from './form.ts';
import { ownKeys } from './nodes.ts';

/** What was restored. */
export interface RestoreReport {
  keys: number;
  /** Keys that had expired since the backup. */
  expired: number;
  head: Head;
}

/** How many keys are written at once. */
const CHUNK = 200;
/** Most values in one command. */
const VALUES = 1_000;

/**
 * Brings a backup back. The whole file is checked before the first key is written. A store that holds anything of
 * Sheepdog's is refused unless `force`, which empties it of that; one on which Sheepdog runs is refused always.
 * A store on which this was cut short is marked as such, and refused by whoever is to use it. Throws RestoreError.
 */
export async function restoreBackup(
  store: Store,
  path: string,
  options: { force: boolean; now: number },
): Promise<RestoreReport> {
  const found = await check(path);
  await refuseIfRunning(store, options.now);
  await makeRoom(store, options.force);
  const report: RestoreReport = { keys: 0, expired: 0, head: found };
  let chunk: Entry[] = [];
  const write = async () => {
    await Promise.all(chunk.map((each) => writeEntry(store, each)));
    report.keys += chunk.length;
    chunk = [];
  };
  for await (const line of linesOf(path)) {
    const parsed = entry.safeParse(JSON.parse(line));
    if (!parsed.success) continue; // The head and the end.
    const { data } = parsed;
    if (data.until > 0 && data.until <= options.now) report.expired += 1;
    else if (typeof data.key !== 'string' || !isMomentary(data.key)) chunk.push(data);
    if (chunk.length >= CHUNK) await write();
  }
  await write();
  await store.del(keys.restoring);
  return report;
}

/** Reads the whole file and believes it only then. */
async function check(path: string): Promise<Head> {
  const hash = createHash('sha256');
  let first: Head | undefined;
  let count = 0;
  let last: z.infer<typeof end> | undefined;
  try {
    for await (const line of linesOf(path)) {
      if (last) throw new RestoreError('something follows the end');
      const value: unknown = JSON.parse(line);
      const closing = end.safeParse(value).data;
      if (closing) {
        if (closing.keys !== count || closing.sha256 !== hash.digest('hex'))
          throw new RestoreError('the checksum is wrong');
        last = closing;
        continue;
      }
      hash.update(`${line}\n`);
      if (first) {
        entry.parse(value);
        count += 1;
      } else first = readHead(value);
    }
  } catch (error) {
    if (error instanceof RestoreError) throw new RestoreError(`${path} cannot be restored: ${error.message}`);
    const reason =
      error instanceof z.ZodError || error instanceof SyntaxError ? 'not what a backup holds' : String(error);
    throw new RestoreError(`${path} cannot be read as a backup: ${reason}`);
  }
  if (!first || !last) throw new RestoreError(`${path} is not whole: its end is missing`);
  return first;
}

function readHead(value: unknown): Head {
  const form = z.object({ sheepdogBackup: z.number() }).safeParse(value).data;
  if (!form) throw new RestoreError('it is no backup of Sheepdog');
  const found = head.safeParse(value).data;
  if (!found || found.schema > SCHEMA_VERSION) {
    throw new RestoreError('it was written by a newer Sheepdog: update Sheepdog');
  }
  return found;
}

async function refuseIfRunning(store: Store, now: number): Promise<void> {
  const alive = await store.zrangebyscore(keys.roles, now, '+inf');
  if (alive.length > 0)
    throw new RestoreError('Sheepdog runs on this store (or did until a moment ago): stop it first');
}

async function makeRoom(store: Store, force: boolean): Promise<void> {
  const old: string[] = [];
  for await (const key of ownKeys(store)) {
    if (key === keys.roles || key === keys.restoring) continue;
    if (!force)
      throw new RestoreError('the store is not empty: point at another, or add --force to replace all of it');
    old.push(key);
  }
  // Before the first key goes or comes.
  await store.set(keys.restoring, '1');
  for (let i = 0; i < old.length; i += VALUES) {
    await Promise.all(old.slice(i, i + VALUES).map((key) => store.unlink(key)));
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const unzipped = createGunzip();
  file.on('error', (error) => unzipped.destroy(error));
  yield* createInterface({ input: file.pipe(unzipped), crlfDelay: Number.POSITIVE_INFINITY });
}

async function writeEntry(store: Store, { key: packed, until, ...rest }: Entry): Promise<void> {
  const key = unpack(packed);
  switch (rest.type) {
    case 'string':
      await store.set(key, unpack(rest.value));
      break;
    case 'hash':
      await inParts(rest.value, 2, (part) => store.call('HSET', key, ...part));
      break;
    case 'list':
      await inParts(rest.value, 1, (part) => store.call('RPUSH', key, ...part));
      break;
    case 'set':
      await inParts(rest.value, 1, (part) => store.call('SADD', key, ...part));
      break;
    case 'zset':
      // Redis gives member, score and takes score, member.
      await inParts(rest.value, 2, (part) => store.call('ZADD', key, ...swapped(part)));
      break;
    case 'stream':
      for (const [id, fields] of rest.value) await store.call('XADD', key, id, ...fields.map(unpack));
      await setLastId(store, key, rest.value.at(-1)?.[0], rest.lastId);
      break;
  }
  if (until > 0) await store.pexpireat(key, until);
}

/** Hands over the values in parts of a bearable size; `unit` of them belong together. */
async function inParts(
  values: readonly Bytes[],
  unit: number,
  write: (part: Buffer[]) => Promise<unknown>,
): Promise<void> {
  const step = Math.floor(VALUES / unit) * unit;
  for (let i = 0; i < values.length; i += step) await write(values.slice(i, i + step).map(unpack));
}

function swapped(pairs: readonly Buffer[]): Buffer[] {
  return pairs.flatMap((member, i) => (i % 2 === 0 ? [pairs[i + 1] ?? member, member] : []));
}

async function setLastId(
  store: Store,
  key: Buffer,
  newest: string | undefined,
  lastId: string,
): Promise<void> {
  if (newest === undefined) {
    // An empty stream remembers the ids it has given out all the same; one that gave none needs nothing.
    if (lastId === '0-0') return;
    await store.call('XADD', key, lastId, 'empty', '1');
    await store.call('XDEL', key, lastId);
  } else if (newest !== lastId) await store.call('XSETID', key, lastId);
}
