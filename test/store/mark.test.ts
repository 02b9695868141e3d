import { expect, it, vi } from 'vitest';
import { createMailbox } from '../../src/store/mailbox.ts';
import type { Store } from '../../src/store/redis.ts';
import { alert } from '../courier/support.ts';
import { useRedis } from '../support/each-test.ts';

let store: Store;
useRedis((redis) => {
  store = redis.connect();
});

it('a bark keeps its mark when somebody looks into the mailbox just before it is put in', async () => {
  const mailbox = createMailbox(store);
  const zadd = store.zadd.bind(store);
  const marking = vi.spyOn(store, 'zadd').mockImplementationOnce(async (...args: Parameters<typeof zadd>) => {
    const marked = await zadd(...args);
    await mailbox.settle('u');
    return marked;
  });
  await mailbox.put('u', 'hi', [alert(1)]);
  marking.mockRestore();
  expect(await mailbox.lanes('u')).toEqual({ hi: 1, lo: 0 });
  expect(await mailbox.dirty()).toEqual(['u']);
});
