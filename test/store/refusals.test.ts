import { beforeEach, describe, expect, it } from 'vitest';
import type { Chat } from '../../src/store/chat-model.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { makeChat } from '../courier/support.ts';
import { useRedis } from '../support/each-test.ts';

const HOUR_MS = 3_600_000;

describe('refusals', () => {
  let store: Store;
  let chats: ChatsRepository;
  /** The same in another process. */
  let elsewhere: ChatsRepository;
  let all: Chat[];

  useRedis((redis) => {
    store = redis.connect();
    chats = createChatsRepository(store);
    elsewhere = createChatsRepository(redis.connect());
  });
  beforeEach(async () => {
    all = await Promise.all(Array.from({ length: 12 }, (_, i) => makeChat(chats, String(i))));
  });

  const refuse = (chat: Chat, { by = chats, tookMs = 0, waits = [HOUR_MS] } = {}) =>
    by.refusals.refused(chat, { reason: `no ${chat.title}`, tookMs }, waits);
  const again = async ({ uid }: Chat) => {
    const chat = await chats.get(uid);
    if (!chat) throw new Error(`no chat ${uid}`);
    return chat;
  };
  const paused = async () =>
    (await Promise.all(all.map(again))).filter(({ pausedReason }) => pausedReason !== undefined);
  const [five, others] = [() => all.slice(0, 5), () => all.slice(5)];

  describe('in a row', () => {
    it('are believed four times and not the fifth, whichever process hears of each', async () => {
      const [last, ...four] = five().toReversed();
      for (const [i, chat] of four.entries()) {
        expect(await refuse(chat, { by: i % 2 === 0 ? chats : elsewhere })).toBe('paused');
      }
      expect(await paused()).toHaveLength(4);
      expect(last && (await refuse(last, { by: elsewhere }))).toBe('outage');
      expect(await paused()).toEqual([]);
      for (const chat of others()) expect(await refuse(chat)).toBe('outage');
      expect(await paused()).toEqual([]);
    });

    it('leave no chat paused when processes hear of them at once', async () => {
      await Promise.all(all.map((chat, i) => refuse(chat, { by: i % 2 === 0 ? chats : elsewhere })));
      expect(await paused()).toEqual([]);
    });

    it('begin anew whenever any process reached somebody', async () => {
      const [alive, ...dead] = all;
      for (const [i, chat] of dead.entries()) {
        expect(await refuse(chat)).toBe('paused');
        if (i % 4 === 3) await elsewhere.refusals.reached(alive ?? chat);
      }
      expect(await paused()).toHaveLength(dead.length);
    });

    it('are of one platform each', async () => {
      for (const [i, chat] of all.slice(0, 8).entries()) {
        const platform = i % 2 === 0 ? 'telegram' : 'discord';
        expect(await refuse({ ...chat, address: { ...chat.address, platform } })).toBe('paused');
      }
    });

    it('are believed after an outage once somebody was reached, if they were tried since then', async () => {
      for (const chat of five()) await refuse(chat);
      const [first, second] = five();
      const [alive] = others();
      if (!first || !second || !alive) throw new Error('too few chats');
      await chats.refusals.reached(alive);
      expect(await refuse(first, { by: elsewhere })).toBe('doubted');
      await store.set(keys.refused('telegram', 'reached'), Date.now() - 10_000);
      expect(await refuse(first, { tookMs: HOUR_MS, by: elsewhere })).toBe('doubted');
      expect(await paused()).toEqual([]);
      expect(await refuse(first, { by: elsewhere })).toBe('paused');
      expect(await refuse(second)).toBe('paused');
      expect((await paused()).map(({ uid }) => uid)).toEqual([first.uid, second.uid]);
    });

    it('are forgotten after a while, and nothing is written as long as nobody is refused', async () => {
      const [alive] = all;
      const row = () => store.keys(keys.refused('telegram', 'row').replace('row', '*'));
      if (alive) await chats.refusals.reached(alive);
      expect(await row()).toEqual([]);
      for (const chat of five()) await refuse(chat);
      if (alive) await chats.refusals.reached(alive);
      for (const chat of others().slice(0, 2)) await refuse(chat);
      expect(await row()).toHaveLength(3);
      for (const key of await row()) expect(await store.pttl(key)).toBeGreaterThan(HOUR_MS);
    });
  });

  describe('of one chat', () => {
    const waits = [0, 0, HOUR_MS, 0];

    it('let it be tried after one wait after the other, and never any more after the last', async () => {
      const [chat] = all;
      if (!chat) throw new Error('no chat');
      expect(await refuse(chat, { waits })).toBe('paused');
      expect(await refuse(chat, { waits })).toBe('stays-paused');
      const before = Date.now();
      expect(await refuse(chat, { waits })).toBe('stays-paused');
      const tryAt = (await again(chat)).tryAt ?? 0;
      expect(tryAt - before).toBeGreaterThanOrEqual(HOUR_MS - 1_000);
      // Not due: it is the same refusal once more.
      expect(await refuse(chat, { waits })).toBe('stays-paused');
      expect((await again(chat)).tryAt).toBe(tryAt);
      await store.hset(keys.chat(chat.uid), 'tryAt', '1');
      expect(await refuse(chat, { waits })).toBe('stays-paused');
      expect(await refuse(chat, { waits })).toBe('stays-paused');
      expect(await again(chat)).toMatchObject({ pausedReason: 'no chat 0' });
      expect(await again(chat)).not.toHaveProperty('tryAt');
    });

    it('are no row, and end when it takes a message', async () => {
      const [chat] = all;
      if (!chat) throw new Error('no chat');
      for (let i = 0; i < 4; i++) await refuse(chat, { waits });
      for (const other of all.slice(1, 4)) expect(await refuse(other)).toBe('paused');
      expect(await elsewhere.refusals.reached(await again(chat))).toBe(true);
      expect(await again(chat)).toEqual(chat);
      expect(await refuse(chat, { waits })).toBe('paused');
    });

    it('are nothing to a chat that is closed for another reason, or opened by somebody', async () => {
      const [chat] = all;
      if (!chat) throw new Error('no chat');
      await refuse(chat, { waits });
      await chats.update(chat.uid, { pausedReason: 'the bot was removed' });
      const closed = await again(chat);
      expect(closed).not.toHaveProperty('tryAt');
      expect(await refuse(chat, { waits })).toBe('stays-paused');
      expect(await chats.refusals.reached(closed)).toBe(false);
      expect(await again(chat)).toEqual(closed);
      await chats.update(chat.uid, { pausedReason: undefined });
      expect(await again(chat)).toEqual(chat);
    });
  });
});
