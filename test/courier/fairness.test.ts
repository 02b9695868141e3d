import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Courier, type CourierDeps, createCourier } from '../../src/courier/courier.ts';
import { createPauses } from '../../src/courier/pauses.ts';
import { chatScope, RATES } from '../../src/courier/rates.ts';
import { createRoom } from '../../src/courier/room.ts';
import { createSlots } from '../../src/courier/slots.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { delay } from '../../src/kit/duration.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Amendment } from '../../src/notice/amendment.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { keys } from '../../src/store/keys.ts';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { alert, fakeSender, makeChat, type Sent, word } from './support.ts';

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

describe('the courier between chats', () => {
  let redis: TestRedis;
  let store: Store;
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let limiter: Limiter;
  let post: Post;
  let courier: Courier | undefined;

  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    chats = createChatsRepository(store);
    mailbox = createMailbox(store);
    limiter = createLimiter(store);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    post = createPost({ store, connection: store });
  });
  afterEach(async () => {
    await courier?.close();
    await post.close();
  });

  async function start(sender: ReturnType<typeof fakeSender>, options: Partial<CourierDeps>): Promise<void> {
    courier = createCourier({
      address: redis.address,
      mailbox,
      chats,
      limiter,
      senders: [sender],
      post,
      clock: systemClock,
      log: silentLog(),
      ...options,
    });
    await courier.start();
  }
  const make = (count: number, from: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const { uid } = await makeChat(chats, String(from + i));
        const chat = await chats.update(uid, { barksPerHour: 100_000 });
        if (!chat) throw new Error('no chat');
        return chat;
      }),
    );
  const nothingWaits = () => until(async () => expect(await mailbox.waiting()).toEqual({ hi: 0, lo: 0 }));
  const rates = (intervalMs: number) => ({
    telegram: { all: { intervalMs, burst: 1 }, chat: () => ({ intervalMs: 1, burst: 9 }) },
  });

  it('gives reports a fifth of the rate while barks wait, and all of it after them', async () => {
    const [barking, reporting] = await Promise.all([make(20, 1), make(20, 100)]);
    for (const { uid } of reporting) await mailbox.put(uid, 'lo', [{ ...word(1), eventId: `report:${uid}` }]);
    for (const { uid } of barking) {
      await mailbox.put(
        uid,
        'hi',
        Array.from({ length: 3 }, (_, n) => alert(n, `${uid}-${n}`)),
      );
    }
    const sender = fakeSender();
    await start(sender, { rates: rates(15), limits: { mergeMax: 1 } });
    await nothingWaits();
    const isReport = ({ silent }: Sent) => silent;
    const lastBark = sender.sent.findLastIndex((sent) => !isReport(sent));
    const meanwhile = sender.sent.slice(0, lastBark).filter(isReport).length;
    expect(meanwhile).toBeLessThanOrEqual(Math.ceil(lastBark / 5) + 2);
    expect(sender.sent.filter(isReport)).toHaveLength(reporting.length);
    expect(sender.sent).toHaveLength(80);
  });

  it('does not let a bark wait with the wake-up of a report', async () => {
    const chat = await makeChat(chats, '1');
    // Barks wait elsewhere, and the reports' share is used up for a minute.
    await store.zadd(keys.dirty('hi'), Date.now(), 'somebody');
    await limiter.penalise('telegram:reports', { intervalMs: 75, burst: 1 }, 60_000);
    const sender = fakeSender();
    // Nobody looks over the mailboxes: what is measured is the wake-up.
    await start(sender, { rates: rates(15), post: { ...post, sweep: async () => 0 } });
    await post.post(chat.uid, 'lo', [word(1)]);
    await until(async () => expect(await store.zcard('{sheepdog}:courier:delayed')).toBe(1));
    await post.post(chat.uid, 'hi', [alert(1)]);
    await until(() => expect(sender.sent.map(({ events }) => events)).toEqual([[alert(1).eventId]]));
    await until(async () => expect(await mailbox.lanes(chat.uid)).toEqual({ hi: 0, lo: 1 }));
  });

  it('lets nobody notice that one chat is told of thousands of things', async () => {
    const sender = fakeSender();
    const send = sender.send;
    sender.send = async (...args) => {
      await delay(3);
      return await send(...args);
    };
    await start(sender, {
      rates: { telegram: { all: { intervalMs: 3, burst: 1 }, chat: () => ({ intervalMs: 30, burst: 3 }) } },
    });
    const [hot, ...others] = await make(21, 1);
    if (!hot) throw new Error('no chat');

    const tellOthers = async (round: number): Promise<number> => {
      const asked = new Map<string, number>();
      for (let n = 0; n < 8; n++) {
        for (const { uid } of others) {
          const bark = alert(n, `${uid}-${round}-${n}`);
          asked.set(bark.eventId, Date.now());
          await post.post(uid, 'hi', [bark]);
        }
        await delay(40);
      }
      const arrived = () => sender.sent.filter(({ chat }) => chat !== hot.uid);
      const late = () =>
        arrived().flatMap(({ events, at }) => events.map((event) => at - (asked.get(event) ?? Number.NaN)));
      await until(() => expect(late().filter(Number.isFinite)).toHaveLength(asked.size));
      return (
        late()
          .filter(Number.isFinite)
          .toSorted((a, b) => a - b)[Math.floor(asked.size * 0.99)] ?? 0
      );
    };

    const calm = await tellOthers(1);
    const noise = Array.from({ length: 3_000 }, (_, n) => alert(n, `hot${n}`));
    await post.post(hot.uid, 'hi', noise);
    const besideHot = await tellOthers(2);
    expect(await mailbox.size(hot.uid)).toBeGreaterThan(500);
    // A busy machine stretches both; waiting behind the hot chat would take many seconds.
    expect(besideHot).toBeLessThan(Math.max(2 * calm, calm + 500));
  });

  it('does not look at ever more messages for each bark of a chat that is told of everything', async () => {
    const [hot] = await make(1, 1);
    if (!hot) throw new Error('no chat');
    let looks = 0;
    const told = {
      ...mailbox.told,
      get: async (...args: Parameters<Mailbox['told']['get']>) => {
        looks += 1;
        return await mailbox.told.get(...args);
      },
    };
    const barks = Array.from({ length: 60 }, (_, n) => alert(n, `hot${n}`));
    await mailbox.put(hot.uid, 'hi', barks);
    const sender = fakeSender();
    await start(sender, { mailbox: { ...mailbox, told }, rates: {}, limits: { mergeMax: 1 } });
    await until(() => expect(sender.sent).toHaveLength(60));
    expect(looks).toBeLessThanOrEqual(60 * 20);
  });

  it('changes messages of one chat only with what is left over by the barks of others', async () => {
    const [hot, ...others] = await make(41, 1);
    if (!hot) throw new Error('no chat');
    const sender = fakeSender();
    /** Whose turn it was: `bark` of another chat, or `change` in the hot one. */
    const turns: ('bark' | 'change')[] = [];
    const { send, edit } = sender;
    sender.send = async (...args) => {
      if (args[0].uid !== hot.uid) turns.push('bark');
      return await send(...args);
    };
    sender.edit = async (...args) => {
      turns.push('change');
      return await edit(...args);
    };
    // Messages of the hot chat that were told, and are all to be changed.
    for (let n = 0; n < 40; n++) {
      const bark = alert(n, `told${n}`);
      await mailbox.put(hot.uid, 'hi', [bark]);
      const batch = await mailbox.claim(hot.uid, 1);
      const begun = batch && (await mailbox.begin(hot.uid, batch));
      if (!begun) throw new Error('nothing to tell');
      const { eventId: of } = bark;
      const ack: Amendment = {
        type: 'amendment',
        eventId: `ack:${of}`,
        of,
        dueAt: 0,
        what: 'ack',
        by: 'a',
        at: n,
      };
      await mailbox.delivered(hot.uid, begun, { messageId: `m${n}` }, { told: [bark], amendments: [ack] });
    }
    await mailbox.settle(hot.uid);
    for (const { uid } of others) {
      await mailbox.put(
        uid,
        'hi',
        Array.from({ length: 3 }, (_, n) => alert(n, `${uid}-${n}`)),
      );
    }
    await start(sender, { rates: rates(15), limits: { mergeMax: 1 } });
    await until(() => expect(turns).toHaveLength(160));
    const lastBark = turns.lastIndexOf('bark');
    const meanwhile = turns.slice(0, lastBark).filter((turn) => turn === 'change').length;
    expect(meanwhile).toBeLessThanOrEqual(12);
  });

  it('leaves the last slot to a chat that is told little, whatever waits for another', async () => {
    const [hot, busy, calm, later] = await make(4, 1);
    if (!hot || !busy || !calm || !later) throw new Error('no chat');
    const slotFor = createSlots({
      limiter,
      mailbox,
      rates: {
        telegram: { all: { intervalMs: 60_000, burst: 1 }, chat: () => ({ intervalMs: 1, burst: 9 }) },
      },
      limits: { horizonMs: 2_000, waitInPlaceMs: 100, mergeMax: 10 },
    });
    const next = { lane: 'hi', waiting: 1, granted: undefined } as const;
    expect(await slotFor(hot, { ...next, waiting: 11 })).toBeUndefined();
    // The rate is used up now, but for the slot that is kept.
    expect(await slotFor(busy, { ...next, waiting: 11 })).toMatchObject({ type: 'again' });
    expect(await slotFor(busy, { ...next, lane: 'lo' })).toMatchObject({ type: 'again' });
    expect(await slotFor(calm, next)).toBeUndefined();
    expect(await slotFor(later, next)).toMatchObject({ type: 'again' });
  });

  it('gives a change no slot that is not free this moment, and books none ahead', async () => {
    const [hot, calm] = await make(2, 1);
    if (!hot || !calm) throw new Error('no chat');
    const all = { intervalMs: 1_500, burst: 1 };
    const telegram = { all, chat: () => ({ intervalMs: 1, burst: 9 }) };
    const roomFor = createRoom({ limiter, mailbox, rates: { telegram } });
    await limiter.take('telegram', all, 0);
    for (let n = 0; n < 3; n++) expect(await roomFor(hot)).toBeGreaterThan(0);
    const limits = { horizonMs: 2_000, waitInPlaceMs: 100, mergeMax: 10 };
    const slotFor = createSlots({ limiter, mailbox, rates: { telegram }, limits });
    expect(await slotFor(calm, { lane: 'hi', waiting: 1, granted: undefined })).toBeUndefined();
  });

  it('counts a chat that wrote much of late among those that leave the last slot', async () => {
    const [hot, calm] = await make(2, 1);
    if (!hot || !calm) throw new Error('no chat');
    const all = { intervalMs: 60_000, burst: 1 };
    const rate = { intervalMs: 60_000, burst: 5 };
    const slotFor = createSlots({
      limiter,
      mailbox,
      rates: { telegram: { all, chat: () => rate } },
      limits: { horizonMs: 2_000, waitInPlaceMs: 100, mergeMax: 10 },
    });
    const next = { lane: 'hi', waiting: 1, granted: undefined } as const;
    for (let n = 0; n < 3; n++) await limiter.take(chatScope(hot.address), rate, 0);
    await limiter.take('telegram', all, 0);
    expect(await slotFor(hot, next)).toMatchObject({ type: 'again' });
    expect(await slotFor(calm, next)).toBeUndefined();
  });

  it('lets some slots pass between two messages to one chat, whatever burst it has', async () => {
    const [hot, other] = await make(2, 1);
    if (!hot || !other) throw new Error('no chat');
    const sender = fakeSender();
    await mailbox.put(
      hot.uid,
      'hi',
      Array.from({ length: 3 }, (_, n) => alert(n, `hot${n}`)),
    );
    await start(sender, { rates: rates(40), limits: { mergeMax: 1 } });
    await until(() => expect(sender.sent).toHaveLength(3));
    const [first, second, third] = sender.sent.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(190);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(190);
  });

  it.each(['telegram', 'discord'] as const)(
    'books of %s no more than its rate, however many wait',
    async (platform) => {
      const waiting = await Promise.all(
        Array.from({ length: 400 }, (_, n) => makeChat(chats, String(1 + n), platform)),
      );
      const limits = { horizonMs: 2_000, waitInPlaceMs: 0, mergeMax: 10 };
      const slotFor = createSlots({ limiter, mailbox, rates: RATES, limits });
      const answers = await Promise.all(
        waiting.map((chat) => slotFor(chat, { lane: 'hi', waiting: 1, granted: undefined })),
      );
      const refused = answers.filter((answer) => answer !== undefined && answer.slot === undefined);
      expect(refused.length).toBeGreaterThan(100);
    },
  );

  it.each([
    ['telegram', 'group', 60_000, 20],
    ['telegram', 'channel', 60_000, 20],
    ['discord', 'channel', 5_000, 5],
  ] as const)('never has more of a %s %s within %d ms than it takes: %d', (platform, type, ms, most) => {
    const { burst, intervalMs } = RATES[platform]?.chat(type) ?? { burst: Number.NaN, intervalMs: 1 };
    // A full burst, and what grows back meanwhile (the last instant is the next window's).
    expect(burst + Math.ceil(ms / intervalMs) - 1).toBeLessThanOrEqual(most);
  });

  it('holds back granted slots too when the whole platform must rest', async () => {
    const chat = await makeChat(chats, '1');
    const limits = { horizonMs: 2_000, waitInPlaceMs: 100, mergeMax: 10 };
    const slotFor = createSlots({ limiter, mailbox, rates: rates(10), limits });
    const granted = await limiter.now();
    expect(await slotFor(chat, { lane: 'hi', waiting: 1, granted: granted })).toBeUndefined();
    await createPauses({ limiter, rates: rates(10), clock: systemClock }).rest(chat, 60_000);
    expect(await slotFor(chat, { lane: 'hi', waiting: 1, granted: granted })).toMatchObject({
      type: 'again',
    });
  });

  it('sends no burst after a stall, whatever slots it missed', async () => {
    const chat = await makeChat(chats, '1');
    const limits = { horizonMs: 2_000, waitInPlaceMs: 100, mergeMax: 10 };
    const slotFor = createSlots({ limiter, mailbox, rates: rates(1_000), limits });
    const missed = (await limiter.now()) - 1_000;
    const answers = [];
    for (let i = 0; i < 20; i++)
      answers.push(await slotFor(chat, { lane: 'hi', waiting: 1, granted: missed }));
    expect(answers.filter((answer) => answer === undefined).length).toBeLessThanOrEqual(5);
  });

  it('makes nothing up for slots that were missed by far', async () => {
    const chat = await makeChat(chats, '1');
    const slotFor = createSlots({
      limiter,
      mailbox,
      rates: rates(5_000),
      limits: { horizonMs: 2_000, waitInPlaceMs: 100, mergeMax: 10 },
    });
    const now = await limiter.now();
    await limiter.take('telegram', { intervalMs: 5_000, burst: 1 }, 0);
    expect(await slotFor(chat, { lane: 'hi', waiting: 11, granted: now + 500 })).toMatchObject({
      type: 'again',
      slot: now + 500,
    });
    expect(await slotFor(chat, { lane: 'hi', waiting: 11, granted: now - 500 })).toBeUndefined();
    expect(await slotFor(chat, { lane: 'hi', waiting: 11, granted: now - 3_000 })).toMatchObject({
      type: 'again',
    });
  });
});
