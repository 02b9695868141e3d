import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTellOwners } from '../../src/clerk/owners.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import { createRulesRepository, type RulesRepository } from '../../src/store/rules.ts';
import { makeChat } from '../courier/support.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { makeRule } from '../support/samples.ts';

describe('those who set the rules of a chat', () => {
  let redis: TestRedis;
  let chats: ChatsRepository;
  let rules: RulesRepository;
  let mailbox: Mailbox;
  let post: Post;
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    const store = redis.connect();
    chats = createChatsRepository(store);
    rules = createRulesRepository(store);
    mailbox = createMailbox(store);
    post = createPost({ store, connection: store });
    return () => post.close();
  });

  it('are told in private what became of it, once; not who cannot be reached or hears of it anyway', async () => {
    const channel = await makeChat(chats, '-100');
    await chats.update(channel.uid, { type: 'channel' });
    const [anna, operator] = await Promise.all([makeChat(chats, '1'), makeChat(chats, '3')]);
    const bert = await makeChat(chats, 'user:5', 'discord');
    const setBy = ['telegram:1', 'telegram:1', 'telegram:2', 'telegram:3', 'telegram:-100', 'discord:5'];
    for (const [i, createdBy] of setBy.entries()) {
      await rules.save(makeRule({ id: `abc23${i + 2}`, chat: channel.uid, createdBy }), 200);
    }
    const tell = createTellOwners({
      operators: new Set(['telegram:3']),
      rules,
      chats,
      post,
    });
    const there = await chats.get(channel.uid);
    if (!there) throw new Error('no chat');
    for (let i = 0; i < 2; i++)
      await tell(there, 'chat-paused', { chat: 'news', reason: 'no rights' }, 'once');

    for (const { uid } of [anna, bert]) {
      const batch = await mailbox.claim(uid, 10);
      expect(batch?.notices).toMatchObject([
        { type: 'operator', code: 'chat-paused', args: { chat: 'news', reason: 'no rights' } },
      ]);
    }
    for (const { uid } of [channel, operator]) expect(await mailbox.size(uid)).toBe(0);
  });
});
