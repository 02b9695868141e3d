import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeBackup } from '../../src/store/backup/backup.ts';
import { restoreBackup } from '../../src/store/backup/restore.ts';
import { keys } from '../../src/store/keys.ts';
import { createPostedLetters } from '../../src/store/letters.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { prepareStore, SCHEMA_VERSION } from '../../src/store/prepare.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRuleUse, utcDay } from '../../src/store/rule-use.ts';
import { createWithheld } from '../../src/store/withheld.ts';
import { alert } from '../courier/support.ts';
import { ManualClock } from '../support/clock.ts';
import { dumpStore } from '../support/dump.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const BYTES = Buffer.from([0, 255, 254, 10, 13, 128, 65]);

describe('a backup', () => {
  let redis: TestRedis;
  let store: Store;
  let dir: string;
  let file: string;
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    dir = await mkdtemp(join(tmpdir(), 'sheepdog-backup-'));
    file = join(dir, 'all.gz');
  });
  afterAll(async () => {
    await redis.stop();
    await rm(dir, { recursive: true });
  });
  beforeEach(() => redis.clear());

  /** Something of every type, and of what must not be carried along. */
  async function fill(): Promise<void> {
    await prepareStore(store, 'live');
    await store.set(keys.brief('BTCUSDT'), '{"한국":"어"}\n');
    await store.set(keys.candles('BTCUSDT'), BYTES);
    await store.set(keys.update('telegram', '7'), '1', 'PX', 3_600_000);
    await store.set(keys.update('telegram', '8'), '1', 'PX', 1);
    await store.hset(keys.chat('u'), { title: 'Ünï', [BYTES.toString('latin1')]: BYTES });
    await store.hset(
      keys.rules(3),
      Object.fromEntries(Array.from({ length: 2_500 }, (_, i) => [`r${i}`, '{}'])),
    );
    await store.rpush(keys.mailbox('u', 'hi'), 'first', BYTES, 'third');
    await store.sadd(keys.chats, 'u', 'v');
    await store.zadd(keys.dirty('hi'), 1_700_000_000_000.25, 'u', '-inf', 'v');
    await store.xadd(keys.outbox(3), '5-1', 'a', BYTES);
    await store.xadd(keys.outbox(3), '9-1', 'a', 'gone');
    await store.xdel(keys.outbox(3), '9-1');
    await store.xadd(keys.commands(3), '7-7', 'a', 'b');
    await store.xdel(keys.commands(3), '7-7');
    await store.hset('{sheepdog}:courier:1', 'data', '{"chat":"u"}');
  }
  async function fillMomentary(): Promise<void> {
    await store.set(keys.lease(3), 'me|5');
    await store.set(keys.poller, 'me');
    await store.zadd(keys.roles, 1, 'feed:me');
    await store.set('{sheepdog}:courier:1:lock', 'me');
    await store.set('another:program', 'its own');
  }
  const backUp = () => writeBackup(store, createWriteStream(file), Date.now());
  const bringBack = (force = false) => restoreBackup(store, file, { force, now: Date.now() });
  const ids = async (key: string) => {
    const info = await store.call('XINFO', 'STREAM', key);
    return Array.isArray(info) ? info[info.indexOf('last-generated-id') + 1] : undefined;
  };

  it('brings back every kind of value with its bytes, order and expiry', async () => {
    await fill();
    await fillMomentary();
    await expect.poll(() => store.exists(keys.update('telegram', '8'))).toBe(0);
    const report = await backUp();
    expect(report).toMatchObject({ still: true });
    for (const key of [
      keys.lease(3),
      keys.poller,
      keys.roles,
      '{sheepdog}:courier:1:lock',
      'another:program',
    ]) {
      await store.del(key);
    }
    const before = await dumpStore(store);
    await redis.clear();
    expect(await bringBack()).toMatchObject({ keys: report.keys, expired: 0, head: { source: 'live' } });
    // A hash has no order of its own.
    const sorted = (dump: string) =>
      dump
        .split('\n')
        .map((line) => [...line].toSorted().join(''))
        .toSorted();
    expect(sorted(await dumpStore(store)).join() === sorted(before).join()).toBe(true);
    expect(await store.hlen(keys.rules(3))).toBe(2_500);
    expect(await store.getBuffer(keys.candles('BTCUSDT'))).toEqual(BYTES);
    expect(await store.lindexBuffer(keys.mailbox('u', 'hi'), 1)).toEqual(BYTES);
    expect(await store.pttl(keys.update('telegram', '7'))).toBeGreaterThan(3_500_000);
    expect([await ids(keys.outbox(3)), await ids(keys.commands(3))]).toEqual(['9-1', '7-7']);
  });

  it('brings back what was told and is still to be added to it, what was withheld, and how rules were used', async () => {
    await prepareStore(store, 'live');
    const now = Date.now();
    const [told, later, withheld] = [alert(1), alert(2), alert(3)];
    const ack = {
      type: 'amendment',
      eventId: 'ack:1',
      of: told.eventId,
      dueAt: 0,
      what: 'ack',
      by: 'anna',
      at: 1,
    } as const;
    const since = {
      type: 'amendment',
      eventId: 'since:7',
      of: told.eventId,
      dueAt: now + 3_600_000,
      what: 'since',
    } as const;
    const rooms = () => {
      const clock = new ManualClock(now);
      return {
        mailbox: createMailbox(store),
        use: createRuleUse(store, clock),
        letters: createPostedLetters(store),
      };
    };
    const { mailbox, use, letters } = rooms();
    await mailbox.put('u', 'hi', [told, later]);
    const batch = await mailbox.claim('u', 1);
    const begun = batch && (await mailbox.begin('u', batch));
    if (!begun) throw new Error('nothing was begun');
    await mailbox.delivered('u', begun, { messageId: '7' }, { told: [told], amendments: [since] });
    await mailbox.amendments.put('u', [ack]);
    await mailbox.told.write('u', '7', {
      additions: [{ what: 'picture', of: told.eventId }],
      pictured: 'in',
    });
    const next = await mailbox.claim('u', 1);
    if (next) await mailbox.withhold('u', { ...next, id: 'other' }, [withheld], 'mute', true);
    await use.count('u', 'aaaaaa', 'fired', 3);
    await letters.add('u', '2026-11-22');

    const state = async () => {
      const { mailbox: box, use: uses, letters: posted } = rooms();
      return {
        told: await box.told.get('u', '7'),
        recent: (await box.told.recent('u')).messages,
        messageOf: await box.messageOf('u', told.eventId),
        waiting: await box.amendments.waiting('u'),
        marked: await box.dirty(),
        open: await box.claim('u', 1),
        again: await box.put('u', 'hi', [told, later]),
        withheld: await createWithheld(store).read('u'),
        used: await uses.between('u', utcDay(now), utcDay(now + 86_400_000)),
        letter: await posted.has('u', '2026-11-22'),
      };
    };
    const before = await state();
    expect(before).toMatchObject({
      messageOf: '7',
      again: 0,
      letter: true,
      marked: ['u'],
      withheld: { count: 1 },
    });
    expect(before.waiting).toHaveLength(2);
    await backUp();
    await redis.clear();
    await bringBack();
    expect(await state()).toEqual(before);
  });

  it('holds writers still while it is written, and lets them go after it', async () => {
    await fill();
    const writer = redis.connect();
    let wrote = false;
    const chunks: Buffer[] = [];
    const slow = new Writable({
      async write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        void writer.set('sheepdog:late', '1').then(() => {
          wrote = true;
        });
        // Whoever reads gets an answer meanwhile.
        await redis.connect().get(keys.schema);
        expect(wrote).toBe(false);
        done();
      },
    });
    await writeBackup(store, slow, Date.now());
    await expect.poll(() => wrote).toBe(true);
    expect(gunzipSync(Buffer.concat(chunks)).toString()).not.toContain('sheepdog:late');
  });

  it('refuses a store that holds something, unless forced to replace it', async () => {
    await fill();
    await backUp();
    await store.set('sheepdog:later', '1');
    await store.set('another:program', 'its own');
    await expect(bringBack()).rejects.toThrow(/not empty/);
    await bringBack(true);
    expect(await store.exists('sheepdog:later')).toBe(0);
    expect(await store.get('another:program')).toBe('its own');
  });

  it('refuses a store on which Sheepdog runs, forced or not', async () => {
    await fill();
    await backUp();
    await store.zadd(keys.roles, Date.now() + 15_000, 'feed:me');
    await expect(bringBack(true)).rejects.toThrow(/stop it first/);
  });

  it('refuses a file that is damaged, cut off, newer or something else, before it touches the store', async () => {
    await fill();
    await backUp();
    const text = gunzipSync(await readFile(file)).toString();
    await redis.clear();
    const whole = await readFile(file);
    const files: [RegExp, Buffer][] = [
      [/checksum/, gzipSync(text.replace('"first"', '"worst"'))],
      [/its end is missing/, gzipSync(text.split('\n').slice(0, -2).join('\n'))],
      [/cannot be read/, whole.subarray(0, whole.length / 2)],
      [/newer/, gzipSync(text.replace(`"schema":${SCHEMA_VERSION}`, '"schema":99'))],
      [/no backup/, gzipSync('{"some":"json"}\n')],
      [/cannot be read/, Buffer.from('hello')],
    ];
    for (const [reason, content] of files) {
      await writeFile(file, content);
      await expect(bringBack()).rejects.toThrow(reason);
    }
    await expect(restoreBackup(store, join(dir, 'none'), { force: false, now: 0 })).rejects.toThrow(
      /cannot be read/,
    );
    expect(await store.dbsize()).toBe(0);
  });

  it('has nothing to say of a store on which Sheepdog never ran', async () => {
    await expect(backUp()).rejects.toThrow(/never run/);
  });
});
