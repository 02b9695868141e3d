import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEdit } from '../../src/courier/edit.ts';
import type { Addition } from '../../src/notice/amendment.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import type { Store } from '../../src/store/redis.ts';
import { createToldMessages, type ToldMessages } from '../../src/store/told.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { alert, fakeSender, makeChat } from './support.ts';

const ack = (of: string): Addition => ({ of, what: 'ack', by: 'anna', at: 1 });

describe('a change of a message', () => {
  let redis: TestRedis;
  let store: Store;
  let told: ToldMessages;
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    told = createToldMessages(store);
  });
  afterAll(() => redis.stop());
  beforeEach(() => redis.clear());

  it('by two at once ends with all of both', async () => {
    const chats = createChatsRepository(store);
    const chat = await makeChat(chats, '1');
    const edit = createEdit({ told, chats, book: (step) => step() });
    await told.write(chat.uid, 'm', { notices: [alert(1)] });
    const sender = fakeSender();
    // Another courier adds a bark while the answer to this one is on its way, and its change arrives first.
    sender.editOutcomes.push(async () => {
      await told.write(chat.uid, 'm', { notices: [alert(2)] });
      return { type: 'edited' };
    });
    expect(await edit(chat, 'm', { additions: [ack('e')] }, sender)).toEqual({ type: 'edited' });
    expect(sender.edits.map(({ events, additions }) => [events.length, additions.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const record = await told.get(chat.uid, 'm');
    expect(record?.notices).toHaveLength(2);
    expect(record?.additions).toEqual([ack('e')]);
  });

  it('is not tried where the message is known to be gone', async () => {
    const chats = createChatsRepository(store);
    const chat = await makeChat(chats, '1');
    const edit = createEdit({ told, chats, book: (step) => step() });
    const sender = fakeSender();
    expect(await edit(chat, 'unknown', { additions: [ack('e')] }, sender)).toMatchObject({
      type: 'no-message',
    });
    await told.write(chat.uid, 'm', { notices: [alert(1)] });
    sender.editOutcomes.push(() => ({ type: 'no-message', reason: 'deleted' }));
    await edit(chat, 'm', { additions: [ack('e')] }, sender);
    await edit(chat, 'm', { additions: [ack('f')] }, sender);
    expect(sender.edits).toHaveLength(1);
    expect(await told.get(chat.uid, 'm')).toMatchObject({ closed: true, additions: [] });
  });
});
