import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createAttach } from '../../src/courier/attach.ts';
import type { CourierDeps } from '../../src/courier/courier.ts';
import { createRoom } from '../../src/courier/room.ts';
import type { EditOutcome } from '../../src/courier/sender.ts';
import type { Candle } from '../../src/market/events.ts';
import type { Amendment } from '../../src/notice/amendment.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import type { ChatsRepository } from '../../src/store/chats.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import type { Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat } from './support.ts';

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 10 });
const bark = alert(1);

/** Somebody saw to a bark. */
function ack(of = bark.eventId, dueAt = 0): Amendment {
  return { type: 'amendment', eventId: `ack:${of}`, of, dueAt, what: 'ack', by: 'anna', at: 1 };
}
/** The desk's word on a bark. */
function note(of = bark.eventId): Amendment {
  const words = { state: 'made', why: 'because', unusual: [], model: 'm', madeAt: 1 } as const;
  return { type: 'amendment', eventId: `note:${of}`, of, dueAt: 0, what: 'note', note: words };
}

describe('what is added to a message', () => {
  let store: Store;
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let post: Post;
  let chat: Chat;
  let sender: ReturnType<typeof fakeSender>;

  const office = useOffice(async (opened) => {
    ({ store, chats, mailbox, post } = opened);
    chat = await makeChat(chats, '1');
    sender = fakeSender();
  });

  const start = (options: Partial<CourierDeps> = {}) =>
    office.start(sender, { ...options, limits: { sweepMs: 50, ...options.limits } });
  async function tell(...alerts: AlertNotice[]) {
    await post.post(chat.uid, 'hi', alerts);
    await until(async () => expect(await mailbox.size(chat.uid)).toBe(0));
  }
  const edited = () => until(() => expect(sender.edits.length).toBeGreaterThan(0));
  const whats = (index: number) => sender.edits[index]?.additions.map(({ what }) => what).toSorted();
  const nothingWaits = () =>
    until(async () => expect(await mailbox.amendments.waiting(chat.uid)).toEqual([]));

  it('comes with all that is due, as one change of the message that told the bark', async () => {
    await mailbox.amendments.put(chat.uid, [ack(), note()]);
    await mailbox.put(chat.uid, 'hi', [bark]);
    await start();
    await edited();
    await nothingWaits();
    expect(sender.sent).toHaveLength(1);
    expect(sender.edits).toMatchObject([{ messageId: '1', words: true, events: [bark.eventId] }]);
    expect(whats(0)).toEqual(['ack', 'note']);
  });

  it('keeps what was added before, and is repeated until the platform says that it is there', async () => {
    await start({ limits: { drawAgainMs: 20 } });
    await tell(bark);
    sender.editOutcomes.push(
      () => ({ type: 'not-sent', retryAfterMs: 20, scope: 'chat', reason: '429' }),
      () => ({ type: 'ambiguous', reason: 'reset' }),
      () => ({ type: 'gone', reason: 'forbidden' }),
    );
    await post.post(chat.uid, 'am', [ack()]);
    await until(() => expect(sender.edits).toHaveLength(4));
    await nothingWaits();
    await post.post(chat.uid, 'am', [note()]);
    await until(() => expect(whats(4)).toEqual(['ack', 'note']));
  });

  it('is left out when it is too late, when nothing told its bark, and when the message is gone', async () => {
    await mailbox.amendments.put(chat.uid, [ack('nobody:told.1')]);
    await start({ limits: { amendKeepMs: 60_000 } });
    await nothingWaits();
    await tell(bark);
    await mailbox.amendments.put(chat.uid, [ack()]);
    await mailbox.amendments.postpone(chat.uid, [ack().eventId], Date.now() - 61_000);
    await nothingWaits();
    expect(sender.edits).toEqual([]);
    sender.editOutcomes.push(() => ({ type: 'no-message', reason: 'deleted' }));
    await post.post(chat.uid, 'am', [note()]);
    await until(() => expect(sender.edits).toHaveLength(1));
    await nothingWaits();
  });

  it('survives a courier that died between the change and its record', async () => {
    await start();
    await tell(bark);
    let crashed = false;
    const [courier] = office.couriers;
    await courier?.close();
    const dying: Mailbox = {
      ...mailbox,
      amendments: {
        ...mailbox.amendments,
        async done(uid, ids) {
          if (!crashed) {
            crashed = true;
            throw new Error('dies');
          }
          await mailbox.amendments.done(uid, ids);
        },
      },
    };
    await start({ mailbox: dying });
    await post.post(chat.uid, 'am', [ack()]);
    await nothingWaits();
    expect(whats(sender.edits.length - 1)).toEqual(['ack']);
  });

  it('waits for barks: it takes no slot of the bot that is not free this moment', async () => {
    const rates = {
      telegram: { all: { intervalMs: 60_000, burst: 1 }, chat: () => ({ intervalMs: 1, burst: 5 }) },
    };
    const limiter = createLimiter(store);
    const roomFor = createRoom({ limiter, mailbox, rates });
    expect(await roomFor(chat)).toBe(0);
    expect(await roomFor(chat)).toBeGreaterThan(1_000);
    // A refusal costs the chat nothing.
    expect((await limiter.take('telegram:1', { intervalMs: 1, burst: 5 }, 0)).taken).toBe(true);
  });

  describe('of pictures', () => {
    beforeEach(() => {
      sender = fakeSender('telegram', true);
    });

    it('comes at once when nobody is asked for a note', async () => {
      await start();
      await tell(bark);
      await edited();
      expect(sender.edits[0]).toMatchObject({ additions: [{ what: 'picture' }], words: false });
    });

    it('does not come with the rest of a full hour', async () => {
      await chats.update(chat.uid, { barksPerHour: 1 });
      await start();
      await tell(bark);
      await edited();
      await tell(alert(2));
      await nothingWaits();
      expect(sender.sent.map(({ form }) => form)).toEqual(['barks', 'rest']);
      expect(sender.edits.map(({ messageId }) => messageId)).toEqual(['1']);
    });

    it('comes with several that are told in one message', async () => {
      await start();
      await tell(bark, alert(2));
      await edited();
      expect(sender.edits[0]).toMatchObject({ additions: [{ what: 'picture', of: bark.eventId }] });
      expect(sender.edits[0]?.events).toHaveLength(2);
    });

    it('is tried again when it could not be drawn, while what came with it is done; and given up when it is too late', async () => {
      const undrawn = (): EditOutcome => ({ type: 'edited', undrawn: true });
      sender.editOutcomes.push(undrawn, undrawn);
      await mailbox.amendments.put(chat.uid, [ack()]);
      await start({ limits: { drawAgainMs: 20 } });
      await tell(bark);
      await until(() => expect(sender.edits).toHaveLength(3));
      await nothingWaits();
      expect(whats(0)).toEqual(['ack', 'picture']);
      expect(sender.edits[1]).toMatchObject({ words: false });
      expect(whats(2)).toEqual(['ack', 'picture']);

      sender.editOutcomes.push(...Array.from({ length: 50 }, () => undrawn));
      const [courier] = office.couriers;
      await courier?.close();
      await start({ limits: { drawAgainMs: 20, amendKeepMs: 200 } });
      await tell(alert(2));
      await until(() => expect(sender.edits.length).toBeGreaterThan(4));
      await nothingWaits();
    });

    it('waits for the note that is expected, and comes with it', async () => {
      const asked: string[] = [];
      await start({
        afterBark: async (_, alerts, { messageId }) => {
          asked.push(...alerts.map(({ eventId }) => `${eventId} in ${messageId}`));
          return true;
        },
      });
      await tell(bark);
      await until(() => expect(asked).toEqual([`${bark.eventId} in 1`]));
      await post.post(chat.uid, 'am', [note()]);
      await edited();
      expect(whats(0)).toEqual(['note', 'picture']);
    });

    it('comes alone when the note is late, and at once when none is expected', async () => {
      await start({ limits: { noteWaitMs: 300 }, afterBark: async () => true });
      await tell(bark);
      await edited();
      expect(Date.now() - (sender.sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(250);
      const [courier] = office.couriers;
      await courier?.close();
      await start({ afterBark: async () => Promise.reject(new Error('no desk')) });
      await tell(alert(2));
      await until(() => expect(sender.edits).toHaveLength(2));
    });

    describe('that the message cannot carry', () => {
      const apart = (): EditOutcome => ({ type: 'edited', pictured: 'apart' });

      it('comes below it, with a slot of its own, when its words are said', async () => {
        sender.editOutcomes.push(apart);
        const taken: string[] = [];
        const limiter = createLimiter(store);
        await mailbox.amendments.put(chat.uid, [ack()]);
        await start({
          limiter: {
            ...limiter,
            async take(scope, ...rest) {
              taken.push(scope);
              return await limiter.take(scope, ...rest);
            },
          },
          rates: { telegram: { chat: () => ({ intervalMs: 1, burst: 5 }) } },
        });
        await tell(bark);
        await nothingWaits();
        expect(sender.attached).toEqual(['1']);
        expect(whats(0)).toEqual(['ack', 'picture']);
        const calls = sender.sent.length + sender.edits.length + sender.attached.length;
        expect(taken.filter((scope) => scope === 'telegram:1')).toHaveLength(calls);
      });

      it('is sent again when it surely was not, and the words are not', async () => {
        sender.editOutcomes.push(apart);
        sender.attachOutcomes.push(
          () => ({ type: 'not-sent', retryAfterMs: 20, scope: 'chat', reason: '429' }),
          () => ({ type: 'undrawn' }),
        );
        await start({ limits: { drawAgainMs: 20 } });
        await tell(bark);
        await nothingWaits();
        expect(sender.attached).toEqual(['1', '1', '1']);
        expect(sender.edits).toHaveLength(1);
      });

      const lost = () => ({ type: 'ambiguous', reason: 'reset' }) as const;
      const dies = () => Promise.reject(new Error('dies'));
      it.each([
        ['its answer was lost', lost],
        ['the courier died meanwhile', dies],
      ])('comes once more, as what may be a repeat, when %s; and never a third time', async (_, outcome) => {
        sender.editOutcomes.push(apart);
        sender.attachOutcomes.push(outcome, outcome);
        await start();
        await tell(bark);
        await nothingWaits();
        expect(sender.attached).toEqual(['1', '1 ↻']);
        expect(await mailbox.told.get(chat.uid, '1')).toMatchObject({ pictured: 'below' });
      });

      it('is a repeat still when the repeat was surely refused', async () => {
        sender.editOutcomes.push(apart);
        const refused = { type: 'not-sent', retryAfterMs: 20, scope: 'chat', reason: '429' } as const;
        sender.attachOutcomes.push(lost, () => refused, lost);
        await start();
        await tell(bark);
        await nothingWaits();
        expect(sender.attached).toEqual(['1', '1 ↻', '1 ↻']);
      });

      it('waits until nobody can be at it any more, and keeps no words waiting meanwhile', async () => {
        sender.editOutcomes.push(apart);
        sender.attachOutcomes.push(dies);
        await start({ limits: { takeoverMs: 60_000 } });
        await tell(bark);
        await until(() => expect(sender.attached).toEqual(['1']));
        await post.post(chat.uid, 'am', [ack()]);
        await until(() => expect(sender.edits).toHaveLength(2));
        const isLeft = {
          amendment: { what: 'picture' },
          dueAt: expect.toSatisfy((at) => at > Date.now() + 10_000),
        };
        await until(async () => expect(await mailbox.amendments.waiting(chat.uid)).toMatchObject([isLeft]));
        expect(sender.edits[1]).toMatchObject({ pictured: 'posting', words: true });
        await mailbox.amendments.postpone(chat.uid, ['picture:1'], Date.now());
        await nothingWaits();
        expect(sender.attached).toEqual(['1', '1 ↻']);
      });

      it('is left to whoever changed the message meanwhile', async () => {
        const attach = createAttach({ told: mailbox.told, book: (step) => step() });
        await mailbox.told.write(chat.uid, '1', { notices: [bark], pictured: 'apart' });
        const told = await mailbox.told.get(chat.uid, '1');
        if (!told) throw new Error('no record');
        const both = await Promise.all([attach(chat, told, sender), attach(chat, told, sender)]);
        expect(both.map(({ type }) => type).toSorted()).toEqual(['overtaken', 'sent']);
        expect(sender.attached).toEqual(['1']);
      });
    });
  });

  it('says once, an hour later, what came', async () => {
    const minute = 60_000;
    const from = Math.ceil(bark.firing.time / minute) * minute;
    const candles: Candle[] = Array.from({ length: 65 }, (_, i) => ({
      openTime: from + i * minute,
      open: bark.to.price,
      high: bark.to.price * (i === 3 ? 1.003 : 1),
      low: bark.to.price * (i === 40 ? 0.979 : 1),
      // What comes after the hour does not count.
      close: bark.to.price * (i < 60 ? 0.991 : 0.5),
      volume: 1,
      quoteVolume: 1,
      trades: 1,
      takerBuyQuoteVolume: 0,
      closed: true,
    }));
    await start({
      market: { candles: async (_, since) => candles.filter((each) => each.openTime >= since) },
    });
    await tell(bark);
    const [waiting] = await mailbox.amendments.waiting(chat.uid);
    expect(waiting).toMatchObject({ dueAt: bark.firing.time + 3_600_000, amendment: { what: 'since' } });
    expect(await mailbox.dirty()).toEqual([]);
    // The hour is over.
    vi.spyOn(Date, 'now').mockReturnValue(bark.firing.time + 3_600_000 + 1_000);
    try {
      await post.sweep();
      await edited();
    } finally {
      vi.restoreAllMocks();
    }
    const [came] = sender.edits[0]?.additions ?? [];
    const [figures] = came?.what === 'since' ? came.symbols : [];
    expect(figures?.symbol).toBe('BTCUSDT');
    expect(figures?.change).toBeCloseTo(-0.9);
    expect(figures?.low).toBeCloseTo(-2.1);
    expect(figures?.high).toBeCloseTo(0.3);
    await nothingWaits();
  });
});
