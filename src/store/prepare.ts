import { StartError } from '../kit/errors.ts';
import type { MarketSource } from '../market/events.ts';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';

/** Version of the stored form. Raise it with a migration from the version before. */
export const SCHEMA_VERSION = 1;

/**
 * Version of the form that is stored; undefined in an empty store. Throws StartError when the store is only half restored
 * or its version cannot be read.
 */
export async function storedVersion(store: Store): Promise<number | undefined> {
  if ((await store.exists(keys.restoring)) === 1) {
    throw new StartError(
      'a backup is being restored into this store, or that was cut short and half of it is missing: restore it again with --force',
    );
  }
  const stamp = await store.get(keys.schema);
  if (stamp === null) return undefined;
  if (!/^[1-9]\d*$/.test(stamp)) {
    throw new StartError(
      `the store's version cannot be read (${keys.schema} is ${JSON.stringify(stamp)}): restore a backup with --force`,
    );
  }
  return Number(stamp);
}

/**
 * Makes a store ready for this version and this kind of market: marks an empty one, refuses one that is only half restored,
 * written by a newer version or for another market (simulated prices must never mix with real ones). Returns warnings about settings
 * that can lose data. Throws StartError.
 */
export async function prepareStore(store: Store, source: MarketSource): Promise<string[]> {
  const version = (await storedVersion(store)) ?? SCHEMA_VERSION;
  if (version > SCHEMA_VERSION) {
    throw new StartError(
      `the store was written by a newer Sheepdog (form ${version}, this one knows ${SCHEMA_VERSION}): update Sheepdog`,
    );
  }
  const held = await store.get(keys.source);
  if (held !== null && held !== source) {
    throw new StartError(
      `the store holds a ${held} market and this start is ${source}: unset REDIS_URL, or point it at another Redis or database`,
    );
  }
  // One by one: in a cluster they lie apart.
  await store.set(keys.schema, SCHEMA_VERSION);
  await store.set(keys.source, source);
  return await riskySettings(store);
}

/** Settings of the server under which stored rules or undelivered alerts could be lost. */
export async function riskySettings(store: Store): Promise<string[]> {
  const memory = await store.info('memory').catch(() => '');
  const persistence = await store.info('persistence').catch(() => '');
  const field = (text: string, name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1];
  const warnings: string[] = [];
  const policy = field(memory, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(`maxmemory-policy is ${policy}: Redis may throw rules away; set noeviction`);
  }
  if (field(persistence, 'aof_enabled') === '0') {
    warnings.push(
      'appendonly is off: a crash of Redis loses what was stored since the last snapshot; set appendonly yes',
    );
  } else if (field(persistence, 'aof_last_write_status') === 'err') {
    warnings.push('Redis could not write its append-only file (disk full?)');
  }
  return warnings;
}
