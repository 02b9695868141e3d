import { describe, expect, it, vi } from 'vitest';
import type { CourierDeps } from '../../src/courier/courier.ts';
import type { SendOutcome } from '../../src/courier/sender.ts';
import type { Notice } from '../../src/notice/notice.ts';
import type { ChatsRepository } from '../../src/store/chats.ts';
import { createDeliveries } from '../../src/store/deliveries.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import type { Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat, word } from './support.ts';

const lostAnswer = (): SendOutcome => ({ type: 'ambiguous', reason: 'ECONNRESET' });

/** Waits patiently: the machine may be busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 10 });

describe('the courier', () => {
  let redis: TestRedis;
  let store: Store;
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let post: Post;

  const office = useOffice((opened) => {
    ({ redis, store, chats, mailbox, post } = opened);
  });

  async function start(sender = fakeSender(), options: Partial<CourierDeps> = {}) {
    return { courier: await office.start(sender, options), sender };
  }
  const nothing = { hi: 0, lo: 0 };
  const empty = (uid: string) => until(async () => expect(await mailbox.size(uid)).toBe(0));

  it('tells a chat at once, with sound for a bark and without for a report', async () => {
    // Without the sweep: what is measured is the wake-up.
    const { sender, courier } = await start(fakeSender(), { limits: { sweepMs: 60_000 } });
    const chat = await makeChat(chats, '1');
    const began = Date.now();
    await post.post(chat.uid, 'hi', [alert(1)]);
    await until(() => expect(sender.sent).toHaveLength(1));
    expect(sender.sent[0]?.at).toBeLessThan(began + 1_000);
    await post.post(chat.uid, 'lo', [word(1)]);
    await until(() => expect(sender.sent.map(({ silent }) => silent)).toEqual([false, true]));
    await until(async () => expect(await mailbox.waiting()).toEqual(nothing));
    expect(courier.stats()).toMatchObject({ messages: 2, alerts: 1 });
  });

  it('keeps the order in every chat and tells each event once, with two couriers and repeated posts', async () => {
    const sender = fakeSender();
    await Promise.all([start(sender), start(sender)]);
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => makeChat(chats, String(i))));
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    await Promise.all(
      all.map(async ({ uid }) => {
        for (const n of numbers) {
          await post.post(uid, 'hi', [alert(n, `${uid}r${n}`)]);
          if (n % 7 === 0) await post.post(uid, 'hi', [alert(n, `${uid}r${n}`)]);
        }
      }),
    );
    await Promise.all(all.map(({ uid }) => empty(uid)));
    for (const { uid } of all) {
      const told = sender.sent.filter(({ chat }) => chat === uid).flatMap(({ events }) => events);
      expect(told).toEqual(numbers.map((n) => alert(n, `${uid}r${n}`).eventId));
    }
  });

  it('sends what waits as one message, and marks a bark that waited too long', async () => {
    const chat = await makeChat(chats, '1');
    const stale = { ...alert(1), decidedAt: Date.now() - 20 * 60_000 };
    await mailbox.put(chat.uid, 'hi', [stale, alert(2), alert(3)]);
    const { sender } = await start();
    await empty(chat.uid);
    expect(sender.sent.map(({ events }) => events)).toEqual([[1, 2, 3].map((n) => alert(n).eventId)]);
    expect(sender.sent[0]?.notices).toMatchObject([{ waitedMs: expect.closeTo(1_200_000, -5) }, {}, {}]);
    expect(sender.sent[0]?.notices[1]).not.toHaveProperty('waitedMs');
    expect(await createDeliveries(store).ofEvent(alert(3).eventId)).toMatchObject({ messageId: '1' });
  });

  it('lets one chat wait as long as the platform says, and no other', async () => {
    const { sender } = await start(fakeSender(), {
      rates: { telegram: { all: { intervalMs: 1, burst: 1 }, chat: () => ({ intervalMs: 1, burst: 3 }) } },
    });
    sender.outcomes.push(() => ({ type: 'not-sent', retryAfterMs: 400, scope: 'chat', reason: '429' }));
    const [busy, other] = await Promise.all([makeChat(chats, '1'), makeChat(chats, '2')]);
    await post.post(busy.uid, 'hi', [alert(1)]);
    await until(() => expect(sender.sent).toHaveLength(1));
    await post.post(busy.uid, 'hi', [alert(2)]);
    await post.post(other.uid, 'hi', [alert(3)]);
    await Promise.all([empty(busy.uid), empty(other.uid)]);
    const [refused, toOther, again] = sender.sent;
    expect(toOther?.chat).toBe(other.uid);
    expect((again?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(400);
    expect(again).toMatchObject({ chat: busy.uid, mayRepeat: false, nonce: refused?.nonce });
  });

  describe('when the platform asks for peace', () => {
    const rates = {
      telegram: { all: { intervalMs: 1, burst: 1 }, chat: () => ({ intervalMs: 1, burst: 3 }) },
    };
    const peace = (scope: 'chat' | 'bot') => (): SendOutcome => ({
      type: 'not-sent',
      retryAfterMs: 500,
      scope,
      reason: '429',
    });
    const gap = (sender: ReturnType<typeof fakeSender>) => {
      const times = sender.sent.map(({ at }) => at);
      return (times.at(-1) ?? 0) - (times[0] ?? 0);
    };

    it('leaves all topics of the chat in peace', async () => {
      const { sender, courier } = await start(fakeSender(), { rates });
      const topic = await makeChat(chats, '1', 'telegram', '7');
      const other = await makeChat(chats, '1', 'telegram', '8');
      sender.outcomes.push(peace('chat'));
      await post.post(topic.uid, 'hi', [alert(1)]);
      await until(() => expect(sender.sent).toHaveLength(1));
      await until(() => expect(courier.stats().notSent).toBe(1));
      await post.post(other.uid, 'hi', [alert(2)]);
      await empty(other.uid);
      expect(gap(sender)).toBeGreaterThanOrEqual(400);
    });

    it('leaves the whole platform in peace when it means the bot, or refuses three chats at once', async () => {
      for (const outcomes of [[peace('bot')], [peace('chat'), peace('chat'), peace('chat')]]) {
        await redis.clear();
        const { sender, courier } = await start(fakeSender(), { rates });
        sender.outcomes.push(...outcomes);
        for (const [i] of outcomes.entries()) {
          await post.post((await makeChat(chats, `${i}`)).uid, 'hi', [alert(1)]);
        }
        await until(() => expect(courier.stats().notSent).toBe(outcomes.length));
        sender.sent.splice(0, outcomes.length - 1);
        const calm = await makeChat(chats, '99');
        await post.post(calm.uid, 'hi', [alert(2)]);
        await empty(calm.uid);
        const [refused] = sender.sent;
        const toCalm = sender.sent.find(({ chat }) => chat === calm.uid);
        expect((toCalm?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(400);
        await courier.close();
      }
    });
  });

  it('keeps to the rate of the whole bot', async () => {
    const intervalMs = 25;
    const { sender } = await start(fakeSender(), {
      rates: { telegram: { all: { intervalMs, burst: 1 }, chat: () => ({ intervalMs: 1, burst: 9 }) } },
    });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => makeChat(chats, String(i))));
    await Promise.all(all.map(({ uid }) => post.post(uid, 'hi', [alert(1)])));
    await Promise.all(all.map(({ uid }) => empty(uid)));
    expect(new Set(sender.sent.map(({ chat }) => chat)).size).toBe(20);
    const times = sender.sent.map(({ at }) => at).sort((a, b) => a - b);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(19 * intervalMs - 50);
  });

  it('sends a bark whose answer was lost once more, marked', async () => {
    const { sender } = await start();
    sender.outcomes.push(lostAnswer);
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat.uid);
    expect(sender.sent.map(({ mayRepeat }) => mayRepeat)).toEqual([false, true]);
    expect(sender.sent[0]?.nonce).toBe(sender.sent[1]?.nonce);
  });

  it('repeats it a second time only when the platform answers again', async () => {
    const sender = fakeSender();
    let asked = 0;
    sender.answers = async () => ++asked >= 3;
    await start(sender);
    sender.outcomes.push(lostAnswer, lostAnswer);
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat.uid);
    expect(asked).toBe(3);
    expect(sender.sent.map(({ mayRepeat }) => mayRepeat)).toEqual([false, true, true]);
  });

  it('leaves a bark alone whose answer is lost again and again, and tells the operators', async () => {
    const tellOperators = vi.fn(async () => undefined);
    const { sender } = await start(fakeSender(), { tellOperators, limits: { resendMax: 3 } });
    sender.outcomes.push(lostAnswer, lostAnswer, lostAnswer);
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat.uid);
    await until(() => expect(tellOperators).toHaveBeenCalledOnce());
    const nonce = sender.sent[0]?.nonce ?? '';
    expect(await createDeliveries(store).get(nonce)).toMatchObject({ state: 'unknown', attempt: 3 });
  });

  it('never repeats a report whose answer was lost, and tells the operators', async () => {
    const tellOperators = vi.fn(async () => undefined);
    const { sender } = await start(fakeSender(), { tellOperators });
    sender.outcomes.push(lostAnswer);
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'lo', [word(1)]);
    await empty(chat.uid);
    expect(sender.sent).toHaveLength(1);
    await until(() =>
      expect(tellOperators).toHaveBeenCalledWith('ambiguous-delivery', expect.anything(), expect.anything()),
    );
  });

  it('stays ambiguous when the repeat was surely not sent', async () => {
    const { sender } = await start();
    sender.outcomes.push(lostAnswer, () => ({
      type: 'not-sent',
      retryAfterMs: 10,
      scope: 'bot',
      reason: 'ECONNREFUSED',
    }));
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat.uid);
    expect(sender.sent.map(({ mayRepeat }) => mayRepeat)).toEqual([false, true, true]);
  });

  it('loses nothing when a courier dies between the call and its booking', async () => {
    const chat = await makeChat(chats, '1');
    await mailbox.put(chat.uid, 'hi', [alert(1), alert(2)]);
    // What a dead courier leaves behind: a batch that was begun, no wake-up, nothing booked.
    const batch = await mailbox.claim(chat.uid, 1);
    if (!batch) throw new Error('nothing to claim');
    await mailbox.begin(chat.uid, batch);
    const { sender } = await start();
    await empty(chat.uid);
    expect(sender.sent.map(({ events, mayRepeat }) => [events, mayRepeat])).toEqual([
      [[alert(1).eventId], true],
      [[alert(2).eventId], false],
    ]);
  });

  it('takes over from a courier that is gone while it was sending', async () => {
    const sender = fakeSender();
    const first = await start(sender, { limits: { closeMs: 10 } });
    sender.outcomes.push(() => new Promise<SendOutcome>(() => undefined));
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await until(() => expect(sender.sent).toHaveLength(1));
    await first.courier.close();
    // Its wake-up stays locked for some seconds; that of another process' sweep does not.
    await store.del(...(await store.keys('{sheepdog}:courier:*')));
    await start(sender);
    await empty(chat.uid);
    expect(sender.sent.map(({ mayRepeat }) => mayRepeat)).toEqual([false, true]);
  });

  it('pauses a chat that is gone, keeps what waits for a while, and goes on when it is back', async () => {
    const tellOperators = vi.fn(async () => undefined);
    const tellOwners = vi.fn(async ({ uid: _ }: { uid: string }, _reason: string) => undefined);
    const { sender, courier } = await start(fakeSender(), { tellOperators, tellOwners });
    sender.outcomes.push(() => ({ type: 'gone', reason: 'bot was blocked by the user' }));
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await until(() => expect(tellOwners).toHaveBeenCalledOnce());
    expect(tellOwners.mock.calls[0]).toMatchObject([{ uid: chat.uid }, 'bot was blocked by the user']);
    expect(tellOperators).toHaveBeenCalledOnce();
    expect(await chats.get(chat.uid)).toMatchObject({ pausedReason: 'bot was blocked by the user' });
    await post.post(chat.uid, 'hi', [alert(2)]);
    await chats.update(chat.uid, { pausedReason: undefined });
    await empty(chat.uid);
    expect(sender.sent.flatMap(({ events }) => events)).toEqual([1, 1, 2].map((n) => alert(n).eventId));
    expect(sender.sent.every(({ mayRepeat }) => !mayRepeat)).toBe(true);
    expect(courier.stats()).toMatchObject({ gone: 1, rejected: 0, messages: 2 });
  });

  it('says that a chat is closed while it is, and not any more when it is open again', async () => {
    const [closed, reopened] = await Promise.all([makeChat(chats, '1'), makeChat(chats, '2')]);
    const owner = await makeChat(chats, '3');
    await chats.update(closed.uid, { pausedReason: 'the bot was removed' });
    const words = [reopened, closed].map(
      ({ uid }): Notice => ({
        type: 'operator',
        eventId: `owner:chat-closed:${uid}`,
        code: 'chat-closed',
        args: { uid, chat: uid, why: 'removed' },
      }),
    );
    await mailbox.put(owner.uid, 'lo', words);
    const other = await makeChat(chats, '4');
    await mailbox.put(other.uid, 'lo', words.slice(0, 1));
    const { sender } = await start();
    await Promise.all([empty(owner.uid), empty(other.uid)]);
    expect(sender.sent.map(({ chat, events }) => [chat, events])).toEqual([
      [owner.uid, [`owner:chat-closed:${closed.uid}`]],
    ]);
  });

  describe('when every chat is refused', () => {
    const refused = (): SendOutcome => ({ type: 'gone', reason: 'forbidden' });
    const paused = async () => (await chats.list()).filter((chat) => chat.pausedReason !== undefined);

    it('pauses none, tells the operators once, and sends all of it when the outage is over', async () => {
      const tellOperators = vi.fn(async (_code: string, _args: object, _onceKey: string) => undefined);
      const { sender } = await start(fakeSender(), { tellOperators });
      sender.outcomes.push(...Array.from({ length: 12 }, () => refused));
      const all = await Promise.all(Array.from({ length: 8 }, (_, i) => makeChat(chats, String(i))));
      for (const { uid } of all) await post.post(uid, 'hi', [alert(1, uid)]);
      await Promise.all(all.map(({ uid }) => empty(uid)));
      expect(await paused()).toEqual([]);
      const told = tellOperators.mock.calls.filter(([code]) => code === 'everybody-refused');
      expect(new Set(told.map(([, , onceKey]) => onceKey)).size).toBe(1);
      for (const { uid } of all) expect(sender.sent.some(({ chat }) => chat === uid)).toBe(true);
    });

    it('pauses those that stay refused once another is reached', async () => {
      const sender = fakeSender();
      const alive = await makeChat(chats, '99');
      const dead = await Promise.all(Array.from({ length: 6 }, (_, i) => makeChat(chats, String(i))));
      sender.outcomes.push(
        ...Array.from(
          { length: 2_000 },
          () =>
            ({ uid }: { uid: string }) =>
              uid === alive.uid ? undefined : refused(),
        ),
      );
      await start(sender);
      for (const { uid } of dead) await post.post(uid, 'hi', [alert(1, uid)]);
      await until(() => expect(sender.sent.length).toBeGreaterThan(8));
      await post.post(alive.uid, 'hi', [alert(2)]);
      await empty(alive.uid);
      await until(async () => expect(await paused()).toHaveLength(dead.length));
    });
  });

  it('drops a bark that waited too long for a paused chat, and says so in the ledger', async () => {
    const chat = await makeChat(chats, '1');
    await chats.update(chat.uid, { pausedReason: 'kicked' });
    const { sender } = await start(fakeSender(), { limits: { pausedKeepMs: { hi: 0, lo: 60_000 } } });
    await post.post(chat.uid, 'lo', [word(1)]);
    await post.post(chat.uid, 'hi', [alert(1)]);
    await until(async () => expect(await mailbox.lanes(chat.uid)).toEqual({ hi: 0, lo: 1 }));
    const told = await createDeliveries(store).ofEvent(alert(1).eventId);
    expect(await createDeliveries(store).get(told?.batch ?? '')).toMatchObject({
      state: 'rejected',
      reason: 'waited in vain: kicked',
    });
    expect(sender.sent).toEqual([]);
  });

  it('says of a bark that it was perhaps told when it waited in vain after a lost answer', async () => {
    const chat = await makeChat(chats, '1');
    const sender = fakeSender();
    sender.outcomes.push(async () => {
      await chats.update(chat.uid, { pausedReason: 'kicked' });
      return { type: 'ambiguous', reason: 'reset' };
    });
    await start(sender, { limits: { pausedKeepMs: { hi: 0, lo: 0 } } });
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat.uid);
    const told = await createDeliveries(store).ofEvent(alert(1).eventId);
    expect(await createDeliveries(store).get(told?.batch ?? '')).toMatchObject({
      state: 'unknown',
      reason: 'waited in vain: kicked',
    });
  });

  it('follows a chat that moved and sends there', async () => {
    const { sender } = await start();
    sender.outcomes.push(() => ({ type: 'migrated', chatId: '-1001' }));
    const chat = await makeChat(chats, '-1');
    await post.post(chat.uid, 'hi', [alert(1)]);
    await empty(chat.uid);
    expect(sender.sent.map(({ chatId }) => chatId)).toEqual(['-1', '-1001']);
    expect(await chats.get(chat.uid)).toMatchObject({ address: { chatId: '-1001' } });
  });

  it('gives up a message that the platform refuses for what it says, and goes on with the next', async () => {
    const { sender } = await start(fakeSender(), { limits: { mergeMax: 1 } });
    sender.outcomes.push(() => ({ type: 'bad-content', reason: 'refused' }));
    const chat = await makeChat(chats, '1');
    await post.post(chat.uid, 'hi', [alert(1), alert(2)]);
    await empty(chat.uid);
    expect(sender.sent).toHaveLength(2);
  });

  it('finds by itself what waits when every wake-up is lost', async () => {
    const chat = await makeChat(chats, '1');
    await mailbox.put(chat.uid, 'hi', [alert(1)]);
    const { sender } = await start();
    await until(() => expect(sender.sent).toHaveLength(1));
  });

  it('ends while nothing is under way without waiting', async () => {
    const { courier } = await start();
    const began = Date.now();
    await courier.close();
    expect(Date.now() - began).toBeLessThan(900);
  });
});
