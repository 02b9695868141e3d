import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChatsRepository } from '../../src/store/chats.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import { alert, makeChat } from '../courier/support.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { type Crew, startCrew } from './crew.ts';
import { type Platform, startPlatform } from './platform.ts';
import { createRandom } from './random.ts';

describe('couriers with the times of production', () => {
  let redis: RedisServer;
  let platform: Platform;
  let crew: Crew;
  let post: Post;
  beforeEach(async () => {
    redis = await startRedisServer();
    platform = await startPlatform({
      random: createRandom(1),
      kill: (number) => crew.kill(number),
      forbidden: () => undefined,
    });
    platform.hostile = false;
    crew = await startCrew({
      size: 2,
      redisSocket: redis.socketPath,
      apiRoot: platform.apiRoot,
      restMs: () => 60_000,
      patient: true,
    });
    const store = redis.connect();
    post = createPost({ store, connection: store });
  });
  afterEach(async () => {
    await crew.stop();
    await post.close();
    await platform.close();
    await redis.stop();
  });

  async function bark(chatId: string): Promise<void> {
    const chat = await makeChat(createChatsRepository(redis.connect()), chatId);
    await post.post(chat.uid, 'hi', [alert(1, chat.uid)]);
  }
  const copies = (chatId: string) => platform.chat(chatId).taken;

  it('take over within 12 s from one that was killed while it was sending', { timeout: 60_000 }, async () => {
    platform.befall({ kind: 'kill', when: 'during' });
    await bark('1');
    await vi.waitFor(() => expect(copies('1')).toHaveLength(2), { timeout: 30_000, interval: 50 });
    expect(copies('1').map(({ marked }) => marked)).toEqual([false, true]);
    const [first, second] = copies('1');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(15_000);
  });

  it('finish what is under way when they are told to end, and repeat nothing', async () => {
    platform.befall({ kind: 'slow', ms: 1_000 });
    await bark('1');
    await vi.waitFor(() => expect(copies('1')).toHaveLength(1), { timeout: 10_000 });
    const at = Date.now();
    expect(await crew.stop()).toEqual([0, 0]);
    expect(Date.now() - at).toBeLessThan(9_000);
    const dirty = await redis.connect().zcard('sheepdog:dirty');
    expect(dirty).toBe(0);
    expect(copies('1').map(({ marked }) => marked)).toEqual([false]);
  });
});
