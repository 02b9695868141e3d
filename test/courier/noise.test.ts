import { beforeEach, describe, expect, it, vi } from 'vitest';
import { pathOf } from '../../src/alerts/candle-path.ts';
import { createEngine } from '../../src/alerts/engine.ts';
import { readerAlong } from '../../src/alerts/path-reader.ts';
import { presentNotices } from '../../src/chat/present/present.ts';
import { type CourierDeps, createCourier } from '../../src/courier/courier.ts';
import { messageToJoin } from '../../src/courier/join.ts';
import type { CourierLimits } from '../../src/courier/limits.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Candle } from '../../src/market/events.ts';
import type { AlertNotice, Notice } from '../../src/notice/notice.ts';
import { plainText } from '../../src/notice/text.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createDeliveries } from '../../src/store/deliveries.ts';
import { keys } from '../../src/store/keys.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import type { Told } from '../../src/store/told.ts';
import { recorded, recordedCandles } from '../alerts/recorded.ts';
import { makeRule } from '../alerts/rules.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat, moving } from './support.ts';

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 10 });
const FALLING = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'BNBUSDT', 'ADAUSDT'];

describe('the peace of a chat', () => {
  let redis: TestRedis;
  let store: Store;
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let post: Post;
  let chat: Chat;
  let sender: ReturnType<typeof fakeSender>;

  const office = useOffice(async (opened) => {
    ({ redis, store, chats, mailbox, post } = opened);
    chat = await makeChat(chats, '1');
    sender = fakeSender();
  });

  const start = (limits: Partial<CourierLimits> = {}, options: Partial<CourierDeps> = {}) =>
    office.start(sender, { ...options, limits });
  /** Tells the chat one alert, and waits until it is told. */
  async function bark(...alerts: AlertNotice[]) {
    await post.post(chat.uid, 'hi', alerts);
    await until(async () => expect(await mailbox.size(chat.uid)).toBe(0));
  }
  const symbols = (notices: readonly Notice[] = []) =>
    notices.flatMap((notice) => (notice.type === 'alert' ? [notice.firing.symbol] : []));

  it('barks at the first of a move, and writes the others of the same way into that message', async () => {
    await start();
    for (const [i, symbol] of FALLING.slice(0, 3).entries()) await bark(moving(symbol, -1 - i / 10));
    expect(sender.sent.map(({ events }) => events)).toEqual([[moving('BTCUSDT', -1).eventId]]);
    expect(sender.edits.map(({ messageId, form, notices }) => [messageId, form, symbols(notices)])).toEqual([
      ['1', 'barks', ['BTCUSDT', 'ETHUSDT']],
      ['1', 'barks', ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']],
    ]);
    // Each event is found in its message.
    const ledger = createDeliveries(store);
    const where = await ledger.ofEvent(moving('SOLUSDT', -1).eventId);
    expect(where).toMatchObject({ chat: chat.uid, messageId: '1' });
    expect(await ledger.get(where?.batch ?? '')).toMatchObject({ state: 'sent', messageId: '1' });
  });

  it('tells what is too late as a digest, and as no move of the market nor rest of an hour', async () => {
    await chats.update(chat.uid, { barksPerHour: 1 });
    const late = (n: number) =>
      FALLING.map((symbol) => ({ ...moving(symbol, -1, n), decidedAt: Date.now() - 2 * 3_600_000 }));
    await start();
    await bark(...late(1));
    await bark(moving('BTCUSDT', -1, 2));
    await bark(...late(3));
    const told = sender.sent.map(({ form, notices: [first] }) => [form, first?.type]);
    expect(told).toEqual([
      ['barks', 'digest'],
      ['barks', 'alert'],
      ['barks', 'digest'],
    ]);
  });

  it('tells five symbols, or three in ten of the chat’s, as one move of the market', async () => {
    await start();
    for (const symbol of FALLING.slice(0, 5)) await bark(moving(symbol, -1));
    expect(sender.edits.map(({ form }) => form)).toEqual(['barks', 'barks', 'barks', 'wide']);
    await redis.clear();
    chat = await makeChat(chats, '1');
    // Of 20 symbols, five are not the market yet.
    const rules = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`r${i}`, `S${i}USDT`]));
    await store.hset(keys.chatRules(chat.uid), rules);
    sender.edits.length = 0;
    for (const symbol of FALLING) await bark(moving(symbol, -1));
    expect(sender.edits.map(({ form }) => form)).toEqual(['barks', 'barks', 'barks', 'barks', 'wide']);
  });

  it('barks by itself at the other way, at another figure, at a level and at a second rule of a symbol', async () => {
    await start();
    const level = { ...moving('SOLUSDT', -1) };
    await bark(moving('BTCUSDT', -1));
    await bark(moving('ETHUSDT', 1));
    await bark({ ...moving('XRPUSDT', 3), rule: { ...moving('XRPUSDT', 3).rule, kind: 'volume' } });
    await bark({ ...level, rule: { ...level.rule, kind: 'price', direction: 'down' } });
    await bark({ ...moving('BTCUSDT', -1), ...secondRule('BTCUSDT', -2) });
    expect(sender.sent).toHaveLength(5);
    expect(sender.edits).toEqual([]);
  });

  it('writes the rebound of a move of the whole market into its message, for a quarter of an hour', async () => {
    await start();
    await bark(...FALLING.slice(0, 5).map((symbol) => moving(symbol, -1)));
    await bark(moving('BTCUSDT', 1.5, 2));
    await bark(moving('ETHUSDT', -1.2, 2));
    expect(sender.sent).toHaveLength(1);
    expect(sender.edits.at(-1)).toMatchObject({ messageId: '1', form: 'wide' });
    // Who had no part in it barks when it goes a way that none of them goes.
    for (const symbol of FALLING.slice(1, 5)) await bark(moving(symbol, 2, 3));
    await bark(moving('ADAUSDT', -1));
    expect(sender.sent).toHaveLength(2);
  });

  it('takes no rebound of one symbol, nor one that comes later, for the same move', () => {
    const limits = { joinWithinMs: 300_000, joinAtMostMs: 900_000 };
    const told = (form: 'wide' | 'barks'): Told => ({
      messageId: '1',
      revision: 1,
      form,
      firstAt: 0,
      lastAt: 40_000,
      notices: FALLING.map((symbol) => moving(symbol, -1)),
      additions: [],
      pictured: undefined,
      marked: false,
      closed: false,
    });
    const joins = (form: 'wide' | 'barks', value: number, minute: number) =>
      messageToJoin(moving('BTCUSDT', value, 2), [told(form)], minute * 60_000, limits) !== undefined;
    expect([joins('wide', 1.5, 7), joins('wide', -2, 15), joins('wide', 1.5, 16)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([joins('barks', -2, 5), joins('barks', -2, 7), joins('barks', 1.5, 5)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('joins no message that tells of both ways', async () => {
    await start();
    await bark(moving('BTCUSDT', -1), moving('SOLUSDT', 1));
    await bark(moving('ETHUSDT', -1));
    expect(sender.sent).toHaveLength(2);
    expect(sender.edits).toEqual([]);
  });

  it('takes a firing of the same rule as its newest value, which says how many it stands for', async () => {
    await start();
    for (const n of [1, 2, 3]) await bark(moving('BTCUSDT', -n, n));
    expect(sender.sent).toHaveLength(1);
    const told = await mailbox.told.get(chat.uid, '1');
    expect(told?.notices).toMatchObject([{ firing: { episode: 3 }, earlier: 2 }]);
  });

  it('joins nothing that was told too long ago', async () => {
    await start({ joinWithinMs: 0 });
    await bark(moving('BTCUSDT', -1));
    await until(async () => {
      const { now } = await mailbox.told.recent(chat.uid);
      expect(now).toBeGreaterThan((await mailbox.told.get(chat.uid, '1'))?.lastAt ?? now);
    });
    await bark(moving('ETHUSDT', -1));
    expect(sender.sent).toHaveLength(2);
  });

  it('barks anew when the message is gone, and repeats a change whose answer was lost', async () => {
    await start();
    await bark(moving('BTCUSDT', -1));
    sender.editOutcomes.push(() => ({ type: 'ambiguous', reason: 'reset' }));
    await bark(moving('ETHUSDT', -1));
    expect(sender.edits.map(({ events }) => events.length)).toEqual([2, 2]);
    sender.editOutcomes.push(() => ({ type: 'no-message', reason: 'deleted' }));
    await bark(moving('SOLUSDT', -1));
    expect(sender.sent.map(({ events, mayRepeat }) => [events, mayRepeat])).toEqual([
      [[moving('BTCUSDT', -1).eventId], false],
      [[moving('SOLUSDT', -1).eventId], false],
    ]);
  });

  it('sends what of a batch joins nothing as one message after the change', async () => {
    await start();
    await bark(moving('BTCUSDT', -1));
    await bark(moving('ETHUSDT', -1), moving('SOLUSDT', 1), moving('XRPUSDT', 1));
    expect(symbols(sender.edits[0]?.notices)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(symbols(sender.sent[1]?.notices)).toEqual(['SOLUSDT', 'XRPUSDT']);
    expect(sender.sent).toHaveLength(2);
  });

  describe('after the hour’s messages are used up', () => {
    beforeEach(async () => {
      await chats.update(chat.uid, { barksPerHour: 2 });
      await start();
    });
    /** The n-th alert of a rule of its own, not far beyond its threshold. */
    const mild = (n: number) => ({ ...alert(n), firing: { ...alert(n).firing, value: 2.5 } });

    it('gathers the rest in one message without a sound', async () => {
      for (const n of [1, 2, 3, 4, 5]) await bark(mild(n));
      expect(sender.sent.map(({ silent, form }) => [silent, form])).toEqual([
        [false, 'barks'],
        [false, 'barks'],
        [true, 'rest'],
      ]);
      expect(sender.edits.map(({ messageId, form, notices }) => [messageId, form, notices.length])).toEqual([
        ['3', 'rest', 2],
        ['3', 'rest', 3],
      ]);
    });

    it('still barks at extremes, up to as many again', async () => {
      for (const n of [1, 2]) await bark(mild(n));
      for (const n of [10, 11, 12]) await bark(alert(n));
      expect(sender.sent.map(({ form }) => form)).toEqual(['barks', 'barks', 'barks', 'barks', 'rest']);
    });
  });
});

/** What `move 1% 5m` would have told along candles, as the feed tells it. */
function movesOf(symbol: string, candles: readonly Candle[]): AlertNotice[] {
  const id = `move-${symbol}`;
  const move = { kind: 'move', direction: 'either', threshold: 1, rearm: 0.7, window: '5m' } as const;
  const engine = createEngine();
  engine.add(makeRule({ id, symbol, ...move, cooldownMs: 300_000 }), undefined);
  const path = pathOf(candles);
  const read = readerAlong(path);
  return Array.from(path.times, (time, point) => engine.tick(symbol, time, point, (key) => read(key, point)))
    .flat()
    .flatMap(({ firing }) => (firing ? [firing] : []))
    .map((firing) => {
      const told = moving(symbol, firing.value, firing.episode);
      const price = path.prices[path.times.findLastIndex((time) => time <= firing.time)] ?? 0;
      const from = { price: price / (1 + firing.value / 100), time: firing.time - 120_000 };
      return { ...told, firing: { ...told.firing, ...firing }, from, to: { price, time: firing.time } };
    });
}

describe.skipIf(!recorded)('2025-06-21 21:24–21:32Z, nine rules in one chat', () => {
  it('is one message, changed as the others follow', async () => {
    const redis = await startTestRedis();
    const store = redis.connect();
    const chats = createChatsRepository(store);
    const mailbox = createMailbox(store);
    const post = createPost({ store, connection: store });
    const sender = fakeSender();
    const courier = createCourier({
      address: redis.address,
      mailbox,
      chats,
      limiter: createLimiter(store),
      senders: [sender],
      post,
      clock: systemClock,
      log: silentLog(),
      rates: {},
    });
    await courier.start();
    try {
      const chat = await makeChat(chats, '1');
      const candles = recordedCandles('1m-2025-06-21_24-9symbols.csv.gz');
      expect(candles.size).toBe(9);
      const [from, until_] = [Date.UTC(2025, 5, 21, 21, 24), Date.UTC(2025, 5, 21, 21, 32)];
      const barks = [...candles]
        .flatMap(([symbol, ofSymbol]) =>
          movesOf(
            symbol,
            ofSymbol.filter(({ openTime }) => openTime < until_),
          ),
        )
        .filter(({ firing }) => firing.time >= from)
        .sort((a, b) => a.firing.time - b.firing.time);
      expect(new Set(barks.map(({ firing }) => firing.symbol)).size).toBe(8);
      for (const each of barks) {
        await post.post(chat.uid, 'hi', [each]);
        await until(async () => expect(await mailbox.size(chat.uid)).toBe(0));
      }
      expect(sender.sent).toHaveLength(1);
      expect(sender.edits).toHaveLength(barks.length - 1);
      const last = sender.edits.at(-1);
      expect(last?.form).toBe('wide');
      const { text } = presentNotices(last?.notices ?? [], chat, false, false, () => 0.01, last);
      const [title = '', ...rows] = plainText(text).split('\n');
      // Six of them are told of by their rebound now, which fell to the end of the cooldown; two fell on.
      expect(title).toMatch(/^🌊 8 symbols −1 % … −2.\d+ % · 7 min$/u);
      const told = rows.flatMap(
        (row) => /^• [A-Z0-9]+ ([+−])[\d.]+ % · [\d,.]+ → [\d,.]+ #/.exec(row)?.[1] ?? [],
      );
      expect(told.toSorted()).toEqual(['+', '+', '+', '+', '+', '+', '−', '−']);
    } finally {
      await courier.close();
      await post.close();
      await redis.stop();
    }
  });
});

/** Another rule on a symbol. */
function secondRule(symbol: string, value: number): Pick<AlertNotice, 'eventId' | 'rule' | 'firing'> {
  const { rule, firing } = moving(symbol, value);
  const eventId = `second:${symbol}.1`;
  return { eventId, rule: { ...rule, id: 'second' }, firing: { ...firing, eventId, ruleId: 'second' } };
}
