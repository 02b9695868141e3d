import { describe, expect, it, vi } from 'vitest';
import { createDeliveries } from '../../src/store/deliveries.ts';
import { keys } from '../../src/store/keys.ts';
import { type Batch, createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import type { Store } from '../../src/store/redis.ts';
import { alert, word } from '../courier/support.ts';
import { useRedis } from '../support/each-test.ts';

describe('a mailbox', () => {
  let store: Store;
  let mailbox: Mailbox;
  useRedis((redis) => {
    store = redis.connect();
    mailbox = createMailbox(store);
  });

  async function claim(max = 10): Promise<Batch> {
    const batch = await mailbox.claim('u', max);
    if (!batch) throw new Error('nothing to claim');
    return batch;
  }
  async function begin(batch: Batch): Promise<Batch> {
    const begun = await mailbox.begin('u', batch);
    if (!begun) throw new Error('taken');
    return begun;
  }
  const events = (batch: Batch | undefined) => batch?.notices.map((notice) => notice.eventId);

  it('takes each event once, however often it is put', async () => {
    expect(await mailbox.put('u', 'hi', [alert(1), alert(2)])).toBe(2);
    expect(await mailbox.put('u', 'hi', [alert(2), alert(3)])).toBe(1);
    expect(await mailbox.lanes('u')).toEqual({ hi: 3, lo: 0 });
  });

  it('gives barks before reports, in the order they came, as many as asked for', async () => {
    await mailbox.put('u', 'lo', [word(1)]);
    await mailbox.put('u', 'hi', [alert(1), alert(2), alert(3)]);
    const first = await claim(2);
    expect(events(first)).toEqual([alert(1).eventId, alert(2).eventId]);
    expect(first).toMatchObject({ state: 'planned', attempt: 0, lane: 'hi' });
    expect(await mailbox.delivered('u', await begin(first), { messageId: 'm1' })).toEqual({ hi: 1, lo: 1 });
    const second = await claim();
    expect(events(second)).toEqual([alert(3).eventId]);
    await mailbox.delivered('u', await begin(second), { messageId: 'm2' });
    expect(await claim()).toMatchObject({ lane: 'lo' });
  });

  it('gives the same batch again until it is booked, and only one worker begins an attempt', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    const mine = await claim();
    const theirs = await claim();
    expect(theirs.id).toBe(mine.id);
    await begin(mine);
    expect(await mailbox.begin('u', theirs)).toBeUndefined();
    await mailbox.put('u', 'hi', [alert(2)]);
    expect(await claim()).toMatchObject({ id: mine.id, state: 'sending', attempt: 1 });
  });

  it('lets an overtaken worker change nothing', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    const slow = await begin(await claim());
    const fast = await begin(await claim());
    await mailbox.notDelivered('u', slow, 'planned');
    expect(await claim()).toMatchObject({ state: 'sending', attempt: 2 });
    await mailbox.doubted('u', fast, 'reset');
    expect(await claim()).toMatchObject({ state: 'unknown', attempt: 2, doubts: 1 });
  });

  it('writes what became of a batch and where an event was told', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    const batch = await begin(await claim());
    const deliveries = createDeliveries(store);
    expect(await deliveries.get(batch.id)).toMatchObject({ state: 'sending', attempt: 1 });
    await mailbox.delivered('u', batch, { messageId: 'm7' });
    expect(await deliveries.get(batch.id)).toMatchObject({ state: 'sent', messageId: 'm7', chat: 'u' });
    expect(await deliveries.ofEvent(alert(1).eventId)).toEqual({
      chat: 'u',
      batch: batch.id,
      messageId: 'm7',
    });
    expect(await store.ttl(keys.delivery(batch.id))).toBeGreaterThan(47 * 3600);
    await mailbox.put('u', 'lo', [word(1)]);
    const lost = await begin(await claim());
    await mailbox.abandoned('u', lost, 'timeout');
    expect(await deliveries.get(lost.id)).toMatchObject({ state: 'unknown', reason: 'timeout' });
  });

  it('says of a batch that the ledger knows it as sent, and books what follows, until it is dropped', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    const batch = await begin(await claim());
    // A crash between the ledger and the drop of the batch.
    await createDeliveries(store).write(batch.id, {
      state: 'sent',
      chat: 'u',
      attempt: 1,
      at: 0,
      messageId: 'm',
    });
    const found = await claim();
    expect(found.sent).toMatchObject({ messageId: 'm' });
    await mailbox.delivered('u', found, { messageId: 'm' }, { told: found.notices, amendments: [] });
    expect(await mailbox.lanes('u')).toEqual({ hi: 0, lo: 0 });
    expect((await mailbox.told.get('u', 'm'))?.notices.map(({ eventId }) => eventId)).toEqual([
      alert(1).eventId,
    ]);
  });

  it('gives up only what is open: what joined a message, was withheld or dropped stays booked so', async () => {
    const notices = [alert(1), alert(2), alert(3)];
    await mailbox.put('u', 'hi', notices);
    const batch = await claim();
    await mailbox.joined('u', batch, notices.slice(0, 1), 'm1');
    await mailbox.withhold('u', batch, notices.slice(1, 2), 'removed', false);
    await mailbox.rejected('u', batch, 'waited in vain');
    const fates = await Promise.all(
      notices.map(async ({ eventId }) => {
        const where = await createDeliveries(store).ofEvent(eventId);
        return where && (await createDeliveries(store).get(where.batch));
      }),
    );
    expect(fates.map((fate) => fate?.reason ?? fate?.messageId)).toEqual(['m1', 'removed', 'waited in vain']);
    expect(await mailbox.size('u')).toBe(0);
  });

  it('counts a lost answer once, however often it cannot be written down', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    const batch = await begin(await claim());
    const full = () => Promise.reject(new Error('disk full'));
    const write = vi.spyOn(store, 'set').mockImplementationOnce(full).mockImplementationOnce(full);
    for (let tries = 0; tries < 2; tries++) {
      await expect(mailbox.doubted('u', batch, 'reset')).rejects.toThrow('disk full');
    }
    await mailbox.doubted('u', batch, 'reset');
    write.mockRestore();
    expect(await claim()).toMatchObject({ state: 'unknown', doubts: 1 });
  });

  it('lets an overtaken worker book nothing over what the other one knows, but that it sent', async () => {
    const bark = alert(1);
    await mailbox.put('u', 'hi', [bark]);
    const overtaken = await begin(await claim());
    await mailbox.put('u', 'hi', [alert(2)]);
    await mailbox.delivered('u', await begin(await claim()), { messageId: 'm1' });
    await mailbox.doubted('u', overtaken, 'reset');
    expect(await mailbox.abandoned('u', overtaken, 'reset')).toEqual({ hi: 1, lo: 0 });
    expect(await mailbox.rejected('u', overtaken, 'refused')).toEqual({ hi: 1, lo: 0 });
    expect(await mailbox.messageOf('u', bark.eventId)).toBe('m1');
    expect(await createDeliveries(store).get(overtaken.id)).toMatchObject({ state: 'sent' });
    await mailbox.delivered('u', overtaken, { messageId: 'm0' });
    expect(await mailbox.messageOf('u', bark.eventId)).toBe('m0');
    expect(await mailbox.size('u')).toBe(1);
  });

  it('claims only what is old enough when asked to', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    const [seconds] = await store.time();
    const now = Number(seconds) * 1000;
    expect(await mailbox.claim('u', 10, { olderThan: { hi: now - 60_000, lo: now } })).toBeUndefined();
    expect(events(await mailbox.claim('u', 10, { olderThan: { hi: now + 60_000, lo: 0 } }))).toEqual([
      alert(1).eventId,
    ]);
  });

  it('leaves out entries that are no notices', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    await store.rpush(keys.mailbox('u', 'hi'), '1700000000000 {"type":"alert"}', '1700000000000 rubbish');
    expect(events(await claim())).toEqual([alert(1).eventId]);
  });

  it('keeps a chat marked as long as something waits', async () => {
    await mailbox.put('u', 'hi', [alert(1)]);
    await mailbox.settle('u');
    expect(await mailbox.dirty()).toEqual(['u']);
    await mailbox.delivered('u', await begin(await claim()), { messageId: 'm' });
    await mailbox.settle('u');
    expect(await mailbox.waiting()).toEqual({ hi: 0, lo: 0 });
  });
});
