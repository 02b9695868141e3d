import { describe, expect, it, vi } from 'vitest';
import type { CourierDeps } from '../../src/courier/courier.ts';
import type { SendOutcome } from '../../src/courier/sender.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import type { ChatsRepository } from '../../src/store/chats.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import type { Post } from '../../src/store/post.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat } from './support.ts';

const HOUR_MS = 3_600_000;

/** Waits patiently: the machine may be busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 10 });

describe('chats that refuse messages', () => {
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let post: Post;
  const office = useOffice((opened) => {
    ({ chats, mailbox, post } = opened);
  });

  const makeChats = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => makeChat(chats, String(i))));
  const paused = async () => (await chats.list()).filter((chat) => chat.pausedReason !== undefined);
  const empty = ({ uid }: Chat) => until(async () => expect(await mailbox.size(uid)).toBe(0));

  /** A platform that refuses everybody so many times. */
  function refusing(times: number) {
    const sender = fakeSender();
    const refused = (): SendOutcome => ({ type: 'gone', reason: 'forbidden' });
    sender.outcomes.push(...Array.from({ length: times }, () => refused));
    return sender;
  }

  /** Couriers that share nothing but the store. */
  async function start(sender: ReturnType<typeof fakeSender>, options: Partial<CourierDeps> = {}, count = 1) {
    const tellOperators = vi.fn(async (_code: string, _args: object, _onceKey: string) => undefined);
    const tellOwners = vi.fn(async (_chat: object, _reason: string) => undefined);
    await Promise.all(
      Array.from({ length: count }, () => office.start(sender, { tellOperators, tellOwners, ...options })),
    );
    return { tellOperators, tellOwners };
  }

  it('are an outage when they are five, however many couriers share them', async () => {
    const sender = refusing(20);
    const all = await makeChats(5);
    await start(sender, { limits: { tryAfterMs: [HOUR_MS] } }, 3);
    await Promise.all(all.map(({ uid }) => post.post(uid, 'hi', [alert(1, uid)])));
    await Promise.all(all.map(empty));
    expect(await paused()).toEqual([]);
    expect(sender.sent).toHaveLength(25);
  });

  it('come back with their next message when they were too few to be seen as an outage', async () => {
    const sender = refusing(8);
    const all = await makeChats(2);
    const { tellOperators, tellOwners } = await start(
      sender,
      { limits: { tryAfterMs: [50, 50, 50, 50] } },
      2,
    );
    await Promise.all(all.map(({ uid }) => post.post(uid, 'hi', [alert(1, uid)])));
    await Promise.all(all.map(empty));
    await until(async () => expect(await paused()).toEqual([]));
    expect(sender.sent).toHaveLength(10);
    expect(sender.sent.every(({ mayRepeat }) => !mayRepeat)).toBe(true);
    // Of each of them once.
    expect(tellOperators.mock.calls.map(([code]) => code)).toEqual(['chat-paused', 'chat-paused']);
    expect(tellOwners).toHaveBeenCalledTimes(2);
  });

  it('are left alone between two tries, and for good after the last', async () => {
    const sender = refusing(100);
    const [chat] = await makeChats(1);
    if (!chat) throw new Error('no chat');
    await start(sender, { limits: { tryAfterMs: [20, 20] } });
    await post.post(chat.uid, 'hi', [alert(1)]);
    const leftAlone = (after: number) =>
      until(async () => {
        expect(sender.sent).toHaveLength(after);
        const now = await chats.get(chat.uid);
        expect(now).toMatchObject({ pausedReason: 'forbidden' });
        expect(now).not.toHaveProperty('tryAt');
      });
    await leftAlone(3);
    await chats.update(chat.uid, { pausedReason: undefined });
    await leftAlone(6);
  });

  it('are not tried when the platform said farewell, also while a message was refused', async () => {
    const [chat] = await makeChats(1);
    if (!chat) throw new Error('no chat');
    const sender = fakeSender();
    sender.outcomes.push(async ({ uid }) => {
      await chats.update(uid, { pausedReason: 'the bot was removed' });
      return { type: 'gone', reason: 'forbidden' };
    });
    const { tellOperators } = await start(sender, {
      limits: { tryAfterMs: [0], pausedKeepMs: { hi: 300, lo: 0 } },
    });
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat);
    expect(sender.sent).toHaveLength(1);
    expect(await chats.get(chat.uid)).toMatchObject({ pausedReason: 'the bot was removed' });
    expect(tellOperators).not.toHaveBeenCalled();
  });

  it('keep what is to be added to their messages until the next try', async () => {
    const [chat] = await makeChats(1);
    if (!chat) throw new Error('no chat');
    const sender = fakeSender();
    sender.outcomes.push(
      () => undefined,
      async ({ uid }) => {
        const about = { eventId: 'ack:1', of: alert(1, 'old').eventId, dueAt: Date.now() };
        await mailbox.amendments.put(uid, [{ type: 'amendment', what: 'ack', by: 'anna', at: 1, ...about }]);
        return { type: 'gone', reason: 'forbidden' };
      },
    );
    await start(sender, { limits: { tryAfterMs: [200] } });
    await post.post(chat.uid, 'hi', [alert(1, 'old')]);
    await empty(chat);
    await post.post(chat.uid, 'hi', [alert(2)]);
    await until(() =>
      expect(sender.edits.map(({ additions }) => additions)).toMatchObject([[{ what: 'ack' }]]),
    );
  });
});
