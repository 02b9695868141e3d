import { describe, expect, it } from 'vitest';
import type { Amendment } from '../../src/notice/amendment.ts';
import { createAmendments } from '../../src/store/amendments.ts';
import { keys } from '../../src/store/keys.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { createPost } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';

/** Somebody saw to the n-th bark. */
function ack(n: number, dueAt = 0): Amendment {
  return { type: 'amendment', eventId: `ack:r.${n}`, of: `r.${n}`, dueAt, what: 'ack', by: 'anna', at: 1 };
}

describe('what is to be added to messages', () => {
  let store: Store;
  useRedis((redis) => {
    store = redis.connect();
  });

  it('waits once per id, in the order in which it is due', async () => {
    const amendments = createAmendments(store);
    const [now, later] = [Date.now(), Date.now() + 3_600_000];
    expect(await amendments.put('u', [ack(1, later), ack(2), ack(2)])).toBe(2);
    expect(await amendments.put('u', [ack(1), ack(2)])).toBe(0);
    const waiting = await amendments.waiting('u');
    expect(waiting.map(({ amendment }) => amendment)).toEqual([ack(2), ack(1, later)]);
    expect(waiting[0]?.dueAt).toBeGreaterThanOrEqual(now - 5_000);
    await amendments.done('u', ['ack:r.2']);
    expect((await amendments.waiting('u')).map(({ dueAt }) => dueAt)).toEqual([later]);
    expect(await amendments.put('u', [ack(2)])).toBe(0);
  });

  it('calls the chat for what is due, and for the rest when it is due', async () => {
    const mailbox = createMailbox(store);
    const later = Date.now() + 3_600_000;
    await mailbox.amendments.put('u', [ack(1, later)]);
    expect(await mailbox.dirty()).toEqual([]);
    expect(await mailbox.amendments.due(later)).toEqual(['u']);
    await mailbox.amendments.put('u', [ack(2)]);
    await mailbox.settle('u');
    expect(await mailbox.dirty()).toEqual(['u']);
    await mailbox.amendments.done('u', ['ack:r.2']);
    await mailbox.settle('u');
    expect(await mailbox.dirty()).toEqual([]);
    expect(await mailbox.amendments.due(later)).toEqual(['u']);
    expect(await mailbox.waiting()).toEqual({ hi: 0, lo: 0 });
  });

  it('wakes the courier at once only for what is due', async () => {
    const post = createPost({ store, connection: store });
    const woken = () => store.llen('{sheepdog}:courier:wait');
    await post.post('u', 'am', [ack(1, Date.now() + 60_000)]);
    expect(await woken()).toBe(0);
    await post.post('u', 'am', [ack(2)]);
    expect(await woken()).toBe(1);
    await post.close();
  });

  it('passes over what nobody can read, once', async () => {
    const amendments = createAmendments(store);
    await amendments.put('u', [ack(1)]);
    await store.hset(keys.mailbox('u', 'am-body'), 'ack:r.1', '{"type":"something else"}');
    expect(await amendments.waiting('u')).toEqual([]);
    await amendments.settle('u');
    expect(await amendments.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
  });
});
