import { afterEach, beforeEach, expect, vi } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import type { Store } from '../../src/store/redis.ts';
import { createTelegram, type Telegram, type TelegramOptions } from '../../src/telegram/telegram.ts';
import { useRedis } from '../support/each-test.ts';
import { NO_PICTURES } from '../support/pictures.ts';
import type { TestRedis } from '../support/redis.ts';
import { type FakeChat, type FakeTelegram, type FakeUser, startFakeTelegram } from '../world/telegram.ts';
import { type StubChat, stubChat } from './support.ts';

/** Waits until a check holds. */
export const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { interval: 10 });

/** What each test has of its own. */
export interface Parts {
  store: Store;
  chats: ChatsRepository;
  world: FakeTelegram;
  chat: StubChat;
  ada: FakeUser;
}

/** Opens a fake Telegram with a real Redis and a chat room of words for each test of a file, and ends what it started. */
export function useTelegram(opened: (parts: Parts) => void): {
  /** Starts the role; it may not be up yet. */
  start(options?: Partial<TelegramOptions>): Promise<Telegram>;
  /** Starts the role and waits until it is up. */
  started(options?: Partial<TelegramOptions>): Promise<Telegram>;
  stopAll(): Promise<void>;
  /** The private chat with Ada. */
  home(): FakeChat;
  /** A supergroup that Ada is a member of, changed as a test needs it. */
  group(more?: object): FakeChat;
} {
  let redis: TestRedis;
  let parts: Parts;
  const running: Telegram[] = [];

  useRedis((started) => {
    redis = started;
  });
  beforeEach(async () => {
    const store = redis.connect();
    const world = await startFakeTelegram();
    parts = { store, chats: createChatsRepository(store), world, chat: stubChat(), ada: world.addUser() };
    opened(parts);
  });
  const stopAll = async () => {
    await Promise.all(running.splice(0).map((telegram) => telegram.stop()));
  };
  afterEach(async () => {
    await stopAll();
    await parts.world.stop();
  });

  async function start(options: Partial<TelegramOptions> = {}) {
    const { store, chats, chat, world } = parts;
    const telegram = createTelegram({
      token: world.token,
      apiRoot: world.apiRoot,
      store,
      chats,
      chat,
      pictures: NO_PICTURES,
      log: silentLog(),
      clock: systemClock,
      ...options,
      timings: { retryMs: 50, refusedMs: 100, lockTtlMs: 600, pollSeconds: 5, ...options.timings },
    });
    running.push(telegram);
    await telegram.start();
    return telegram;
  }

  return {
    start,
    async started(options = {}) {
      const telegram = await start(options);
      await until(() => expect(telegram.isUp()).toBe(true));
      return telegram;
    },
    stopAll,
    home: () => parts.world.privateChat(parts.ada),
    group: (more = {}) =>
      parts.world.addChat({
        type: 'supergroup',
        title: 'Traders',
        admins: [parts.world.addUser()],
        members: [parts.ada],
        ...more,
      }),
  };
}
