import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Courier, createCourier } from '../../src/courier/courier.ts';
import type { EditOutcome, Sender, SendOutcome } from '../../src/courier/sender.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Amendment } from '../../src/notice/amendment.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost } from '../../src/store/post.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { alert, makeChat } from './support.ts';

const CHATS = 8;
const EVENTS = 15;

/** Mulberry32: the same faults for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a message was told when it was sent, or what was new in a change of it. */
interface Accepted {
  chat: string;
  events: string[];
  mayRepeat: boolean;
}

/** A message as it is by now. */
interface Message {
  events: Set<string>;
  /** Barks that it says were seen. */
  seen: Set<string>;
  deleted: boolean;
}

/** That somebody saw to a bark, to be added to the message that told it. */
const ack = (of: string): Amendment => ({
  type: 'amendment',
  eventId: `ack:${of}`,
  of,
  dueAt: 0,
  what: 'ack',
  by: 'anna',
  at: 1,
});

describe('the courier among faults', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());

  it.each([1, 2, 3])(
    'loses nothing, repeats nothing unmarked and keeps every order (seed %i)',
    async (seed) => {
      await redis.clear();
      const random = randomFrom(seed);
      const store = redis.connect();
      const chats = createChatsRepository(store);
      const mailbox = createMailbox(store);
      const post = createPost({ store, connection: store });
      const accepted: Accepted[] = [];
      const messages = new Map<string, Message>();
      const sender = faultySender(random, accepted, messages);
      const couriers = new Set<Courier>();
      const startCourier = async () => {
        const courier = createCourier({
          address: redis.address,
          mailbox: faultyMailbox(mailbox, random),
          chats,
          limiter: createLimiter(store),
          senders: [sender],
          post,
          clock: systemClock,
          log: silentLog(),
          rates: {},
          limits: {
            mergeMax: 3,
            resendAfterMs: 5,
            takeoverMs: 100,
            sweepMs: 50,
            lockMs: 1_000,
            stalledCheckMs: 300,
            closeMs: 200,
          },
        });
        couriers.add(courier);
        await courier.start();
      };
      await Promise.all([startCourier(), startCourier()]);

      const all = await Promise.all(Array.from({ length: CHATS }, (_, i) => makeChat(chats, String(i))));
      const expected = (uid: string) =>
        Array.from({ length: EVENTS }, (_, n) => alert(n, `${uid}-${n}`).eventId);
      await Promise.all(
        all.map(async ({ uid }) => {
          for (let n = 0; n < EVENTS; n++) {
            await post.post(uid, 'hi', [alert(n, `${uid}-${n}`)]);
            if (random() < 0.3) await post.post(uid, 'hi', [alert(n, `${uid}-${n}`)]);
            const { eventId } = alert(n, `${uid}-${n}`);
            if (n % 3 === 0) await post.post(uid, 'am', [ack(eventId)]);
          }
        }),
      );
      // One of the two ends in the middle of it, and another takes its place.
      const [first] = couriers;
      await first?.close();
      await startCourier();
      await vi.waitFor(async () => expect(await mailbox.waiting()).toEqual({ hi: 0, lo: 0 }), {
        timeout: 25_000,
        interval: 20,
      });
      const due = () => mailbox.amendments.dueCount(Date.now());
      await vi.waitFor(async () => expect(await due()).toBe(0), { timeout: 25_000, interval: 20 });
      await Promise.all([...couriers].map((courier) => courier.close()));
      await post.close();

      for (const { uid } of all) {
        const told = accepted.filter(({ chat }) => chat === uid);
        const seen = new Set<string>();
        for (const { events, mayRepeat } of told) {
          if (!mayRepeat) expect(events.filter((event) => seen.has(event))).toEqual([]);
          for (const event of events) seen.add(event);
        }
        expect([...seen]).toEqual(expected(uid));
        // What was to be added stands in the message that told the bark, unless that is gone.
        for (const event of expected(uid).filter((_, n) => n % 3 === 0)) {
          const telling = [...messages.values()].filter(({ events }) => events.has(event));
          expect(telling.some(({ seen: acked, deleted }) => deleted || acked.has(event))).toBe(true);
        }
      }
    },
  );
});

/** Takes most messages; some are refused, some get lost on the way, of some only the answer. One lost answer a batch. */
function faultySender(random: () => number, accepted: Accepted[], messages: Map<string, Message>): Sender {
  const doubted = new Set<string>();
  return {
    platform: 'telegram',
    pictures: true,
    answers: async () => true,
    async send(chat, notices, { nonce, mayRepeat }): Promise<SendOutcome> {
      const luck = random();
      if (luck < 0.1) return { type: 'not-sent', retryAfterMs: 5, scope: 'chat', reason: 'refused' };
      const doubt = luck < 0.3 && !doubted.has(nonce);
      if (doubt) doubted.add(nonce);
      if (doubt && luck < 0.2) return { type: 'ambiguous', reason: 'lost on the way' };
      const events = notices.map(({ eventId }) => eventId);
      accepted.push({ chat: chat.uid, events, mayRepeat });
      messages.set(nonce, { events: new Set(events), seen: new Set(), deleted: false });
      return doubt ? { type: 'ambiguous', reason: 'answer lost' } : { type: 'sent', messageId: nonce };
    },
    async edit(chat, messageId, { notices, additions, mayRepeat }): Promise<EditOutcome> {
      const message = messages.get(messageId);
      if (!message) throw new Error('there never was such a message');
      const luck = random();
      if (luck < 0.1) return { type: 'not-sent', retryAfterMs: 5, scope: 'chat', reason: 'refused' };
      if (luck < 0.2) return { type: 'ambiguous', reason: 'lost on the way' };
      // A person deletes it, perhaps one whose change was taken and is not known to be.
      message.deleted ||= luck < 0.25;
      if (message.deleted) return { type: 'no-message', reason: 'deleted' };
      const fresh = notices.map(({ eventId }) => eventId).filter((event) => !message.events.has(event));
      accepted.push({ chat: chat.uid, events: fresh, mayRepeat });
      for (const event of fresh) message.events.add(event);
      message.seen = new Set(additions.flatMap(({ what, of }) => (what === 'ack' ? [of] : [])));
      if (luck > 0.35) return { type: 'edited' };
      return { type: 'ambiguous', reason: 'answer lost' };
    },
  };
}

/** A mailbox whose steps sometimes fail before or after they were carried out, as when a connection breaks. */
function faultyMailbox(mailbox: Mailbox, random: () => number): Mailbox {
  const shaky =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const luck = random();
      if (luck < 0.02) throw new Error('broke before the step');
      const result = await step(...args);
      if (luck < 0.04) throw new Error('broke after the step');
      return result;
    };
  return {
    ...mailbox,
    claim: shaky(mailbox.claim),
    begin: shaky(mailbox.begin),
    delivered: shaky(mailbox.delivered),
    notDelivered: shaky(mailbox.notDelivered),
    settle: shaky(mailbox.settle),
    joined: shaky(mailbox.joined),
    joining: shaky(mailbox.joining),
    told: { ...mailbox.told, write: shaky(mailbox.told.write) },
    amendments: { ...mailbox.amendments, done: shaky(mailbox.amendments.done) },
  };
}
