import { beforeEach } from 'vitest';
import { type Console, createConsole } from '../../src/console/console.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { Pictures } from '../../src/notice/picture.ts';
import type { FeedHealth } from '../../src/store/market.ts';
import type { Store } from '../../src/store/redis.ts';
import { ManualClock } from '../support/clock.ts';
import { useRedis } from '../support/each-test.ts';
import { NO_PICTURES } from '../support/pictures.ts';
import type { TestRedis } from '../support/redis.ts';
import { storedChat } from '../support/stored-chat.ts';
import { StubChat } from './support.ts';

export const NOW = 1_790_000_000_000;

/** The console's one chat. */
export const CHAT = storedChat({
  address: { platform: 'console', chatId: 'console', threadId: '' },
  title: 'Console',
});

/** A process that lives and is ready. */
export const PROBE = { alive: () => true, ready: async () => ({ ready: true, reasons: [] }) };

/** What the console shows of; a test changes it at any time. */
export interface Behind {
  pictures: Pictures;
  health: FeedHealth | undefined;
  briefs: Map<string, Brief>;
}

/** What each test has of its own, on the Redis of its file. */
export interface Parts {
  redis: TestRedis;
  store: Store;
  console: Console;
  chat: StubChat;
  behind: Behind;
}

/** Opens a console for each test of a file, and closes it. */
export function useConsole(opened: (parts: Parts) => void): void {
  let redis: TestRedis;
  let store: Store;
  useRedis((started) => {
    redis = started;
    store = redis.connect();
  });
  beforeEach(async () => {
    const chat = new StubChat();
    const behind: Behind = { pictures: NO_PICTURES, health: undefined, briefs: new Map() };
    const console = await createConsole({
      host: '127.0.0.1',
      port: 0,
      chat,
      pictures: { draw: (picture) => behind.pictures.draw(picture) },
      market: { health: async () => behind.health, briefs: async () => behind.briefs },
      store,
      label: 'simulated',
      health: PROBE,
      log: silentLog(),
      clock: new ManualClock(NOW),
      everyMs: 20,
    });
    opened({ redis, store, console, chat, behind });
    return () => console.close();
  });
}
