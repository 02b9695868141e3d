import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Courier, createCourier } from '../../src/courier/courier.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createLimiter } from '../../src/store/limiter.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { createTelegramSender } from '../../src/telegram/sender.ts';
import { alert, makeChat } from '../courier/support.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FakeChat, type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';
import { stubChat } from './support.ts';

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { interval: 10 });

describe('from the mailbox to Telegram', () => {
  let redis: TestRedis;
  let store: Store;
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let post: Post;
  let world: FakeTelegram;
  let courier: Courier;

  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    chats = createChatsRepository(store);
    mailbox = createMailbox(store);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    world = await startFakeTelegram();
    post = createPost({ store, connection: store });
    courier = createCourier({
      address: redis.address,
      mailbox,
      chats,
      limiter: createLimiter(store),
      senders: [createTelegramSender({ ...world, chat: stubChat(), timeoutSeconds: 2 })],
      post,
      clock: systemClock,
      log: silentLog(),
      limits: { resendAfterMs: 20 },
    });
    await courier.start();
  });
  afterEach(async () => {
    await courier.close();
    await post.close();
    await world.stop();
  });

  /** A private chat on both sides. */
  async function newChat(): Promise<{ there: FakeChat; uid: string }> {
    const there = world.privateChat(world.addUser());
    const { uid } = await makeChat(chats, String(there.id));
    return { there, uid };
  }

  it('is quick: 50 chats within the rates of Telegram', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, newChat));
    const began = Date.now();
    await Promise.all(all.map(({ uid }) => post.post(uid, 'hi', [alert(1)])));
    await Promise.all(all.map(({ there }) => world.said(there)));
    // 25 a second for the whole bot are two seconds; one chat a second would be fifty.
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  it('obeys a 429 for that chat and keeps its order', async () => {
    const [busy, other] = await Promise.all([newChat(), newChat()]);
    world.fault({
      method: 'sendMessage',
      kind: 'refuse',
      when: ({ chat_id }) => chat_id === String(busy.there.id),
      error: {
        error_code: 429,
        description: 'Too Many Requests: retry after 1',
        parameters: { retry_after: 1 },
      },
    });
    await post.post(busy.uid, 'hi', [alert(1)]);
    const refused = await world.waitFor('sendMessage');
    await post.post(busy.uid, 'hi', [alert(2)]);
    await post.post(other.uid, 'hi', [alert(3)]);
    const quick = await world.said(other.there);
    const first = await world.said(busy.there, /\.1$/);
    expect(quick.at).toBeLessThan(first.at);
    expect(first.at - refused.at).toBeGreaterThanOrEqual(1_000);
    await world.said(busy.there, /\.2$/);
    expect(busy.there.messages.map(({ text }) => text)).toEqual([alert(1).eventId, alert(2).eventId]);
  });

  it('sends a bark again, marked, when the answer was lost', async () => {
    const { there, uid } = await newChat();
    world.fault({ method: 'sendMessage', kind: 'lose' });
    await post.post(uid, 'hi', [alert(1)]);
    await world.said(there, /↻ may repeat/);
    await until(async () => expect(await mailbox.size(uid)).toBe(0));
    expect(there.messages).toHaveLength(2);
  });

  it('follows a group that moved while nobody listened', async () => {
    const group = world.addChat({ type: 'group', title: 'Traders' });
    const { uid } = await makeChat(chats, String(group.id));
    const moved = world.migrate(group, true);
    await post.post(uid, 'hi', [alert(1)]);
    await world.said(moved);
    expect((await chats.get(uid))?.address.chatId).toBe(String(moved.id));
  });

  it('pauses a chat whose person blocked the bot', async () => {
    const { there, uid } = await newChat();
    there.members.set(world.state.me.id, 'kicked');
    await post.post(uid, 'hi', [alert(1)]);
    await until(async () => expect((await chats.get(uid))?.pausedReason).toMatch(/blocked by the user/));
  });
});
