import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Courier, type CourierDeps, createCourier } from '../../src/courier/courier.ts';
import type { Sender } from '../../src/courier/sender.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

/** What couriers work on: a store that is empty before each test. */
export interface Office {
  redis: TestRedis;
  store: Store;
  chats: ChatsRepository;
  mailbox: Mailbox;
  post: Post;
}

/**
 * An office for the tests of a file, handed to `open` before each of them. Couriers started in it know no pace and wait
 * for nothing long; they end with their test.
 */
export function useOffice(open: (office: Office) => void | Promise<void>) {
  let redis: TestRedis;
  let office: Office;
  const couriers: Courier[] = [];
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    const store = redis.connect();
    office = {
      redis,
      store,
      chats: createChatsRepository(store),
      mailbox: createMailbox(store),
      post: createPost({ store, connection: store }),
    };
    await open(office);
  });
  afterEach(async () => {
    await Promise.all(couriers.splice(0).map((courier) => courier.close()));
    await office.post.close();
  });
  return {
    couriers,
    async start(sender: Sender, options: Partial<CourierDeps> = {}): Promise<Courier> {
      const { store, redis: _, ...parts } = office;
      const courier = createCourier({
        address: redis.address,
        ...parts,
        limiter: createLimiter(store),
        senders: [sender],
        clock: systemClock,
        log: silentLog(),
        rates: {},
        ...options,
        limits: {
          resendAfterMs: 20,
          takeoverMs: 100,
          sweepMs: 100,
          pausedRecheckMs: { hi: 50, lo: 50 },
          closeMs: 1_000,
          ...options.limits,
        },
      });
      couriers.push(courier);
      await courier.start();
      return courier;
    },
  };
}
