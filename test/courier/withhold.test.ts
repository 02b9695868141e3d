import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWithhold } from '../../src/courier/withhold.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createDeliveries } from '../../src/store/deliveries.ts';
import { type Batch, createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import type { Store } from '../../src/store/redis.ts';
import { createWithheld } from '../../src/store/withheld.ts';
import { ManualClock } from '../support/clock.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { alert, fakeSender, makeChat } from './support.ts';

const NOW = Date.parse('2026-11-24T23:30:00Z');

describe('a chat that wants peace', () => {
  let redis: TestRedis;
  let store: Store;
  let mailbox: Mailbox;
  let chats: ChatsRepository;
  let delivered: string[][];
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    mailbox = createMailbox(store);
    chats = createChatsRepository(store);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    delivered = [];
  });

  const clock = new ManualClock(NOW);

  /** Drains one batch of what waits for the chat. */
  async function drain(chat: Chat): Promise<Batch | undefined> {
    const withhold = createWithhold({
      mailbox,
      clock,
      async deliver(_, batch) {
        delivered.push(batch.notices.map(({ eventId }) => eventId));
        return { type: 'done', remaining: await mailbox.delivered(chat.uid, batch, { messageId: '1' }) };
      },
    });
    const batch = await mailbox.claim(chat.uid, 10);
    if (batch) await withhold(chat, batch, fakeSender());
    return batch;
  }

  async function chatWith(change: Parameters<ChatsRepository['update']>[1]): Promise<Chat> {
    const { uid } = await makeChat(chats, '1');
    const chat = await chats.update(uid, change);
    if (!chat) throw new Error('no chat');
    return chat;
  }

  it('muted: gets nothing; each alert is counted once and booked with its reason', async () => {
    const chat = await chatWith({ mutedUntil: NOW + 1 });
    await mailbox.put(chat.uid, 'hi', [alert(1), alert(2, 'r'), alert(3, 'r')]);
    const batch = await drain(chat);
    expect(delivered).toEqual([]);
    expect(await mailbox.size(chat.uid)).toBe(0);
    // A crash before the batch was dropped: all of it is done again.
    if (batch) await mailbox.withhold(chat.uid, batch, batch.notices, 'mute', true);
    const kept = await createWithheld(store).read(chat.uid);
    expect([kept.count, kept.alerts.length]).toEqual([3, 3]);
    const ledger = createDeliveries(store);
    const where = await ledger.ofEvent(alert(3, 'r').eventId);
    expect(await ledger.get(where?.batch ?? '')).toMatchObject({ state: 'withheld', reason: 'mute' });
  });

  it('asleep: gets the extremes of a batch, and the rest is kept', async () => {
    const chat = await chatWith({ sleep: '23:00-07:00' });
    const extreme: AlertNotice = alert(4, 'wild');
    await mailbox.put(chat.uid, 'hi', [alert(3, 'mild'), extreme]);
    await drain(chat);
    expect(delivered).toEqual([[extreme.eventId]]);
    const kept = await createWithheld(store).read(chat.uid);
    expect(kept.alerts).toMatchObject([{ eventId: alert(3, 'mild').eventId, value: 3 }]);
  });

  it('without alerts at all: nothing is kept, and the ledger knows why', async () => {
    const chat = await chatWith({ alertSound: 'off' });
    await mailbox.put(chat.uid, 'hi', [alert(1)]);
    await drain(chat);
    expect(delivered).toEqual([]);
    expect((await createWithheld(store).read(chat.uid)).count).toBe(0);
    expect(await createDeliveries(store).ofEvent(alert(1).eventId)).toBeDefined();
  });

  it('keeps a bounded number of alerts and goes on counting', async () => {
    const withheld = createWithheld(store);
    const many = Array.from({ length: 520 }, (_, n) => alert(n, 'busy'));
    await withheld.add('u', many);
    const kept = await withheld.read('u');
    expect([kept.count, kept.alerts.length]).toEqual([520, 500]);
    await withheld.add('u', [alert(1, 'later')]);
    await withheld.forget('u', kept);
    expect((await withheld.read('u')).count).toBe(1);
  });
});
