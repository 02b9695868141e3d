import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeBackup } from '../../src/store/backup/backup.ts';
import { restoreBackup } from '../../src/store/backup/restore.ts';
import { keys } from '../../src/store/keys.ts';
import { prepareStore } from '../../src/store/prepare.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';

describe('a restore that was cut short', () => {
  let store: Store;
  let dir: string;
  useRedis((redis) => {
    store = redis.connect();
  });
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sheepdog-half-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  const bringBack = (force: boolean) => restoreBackup(store, join(dir, 'all.gz'), { force, now: Date.now() });
  const backUp = () => writeBackup(store, createWriteStream(join(dir, 'all.gz')), Date.now());

  /** Leaves a store in which a restore ended somewhere in the middle. */
  async function cutShort(): Promise<void> {
    await prepareStore(store, 'live');
    await store.sadd(keys.chats, 'u', 'v');
    for (let i = 0; i < 500; i++) await store.set(keys.brief(`S${i}`), '1');
    await backUp();
    const call = vi.spyOn(store, 'call').mockRejectedValueOnce(new Error('cut short'));
    await expect(bringBack(true)).rejects.toThrow('cut short');
    call.mockRestore();
  }

  it('is no store to start on or to back up, until it is restored again', async () => {
    await cutShort();
    await expect(prepareStore(store, 'live')).rejects.toThrow(/restore it again with --force/);
    await expect(writeBackup(store, new PassThrough(), Date.now())).rejects.toThrow(/restore it again/);
    await expect(bringBack(false)).rejects.toThrow(/add --force/);

    await bringBack(true);
    expect(await prepareStore(store, 'live')).toEqual([]);
    expect((await store.smembers(keys.chats)).toSorted()).toEqual(['u', 'v']);
    expect(await store.exists(keys.restoring)).toBe(0);
  });

  it.each(['abc', '0', '', '1.5', '-1'])('a version that is none is refused: "%s"', async (stamp) => {
    await store.set(keys.schema, stamp);
    await expect(prepareStore(store, 'live')).rejects.toThrow(/version cannot be read/);
  });
});
