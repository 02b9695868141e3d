import { beforeEach, describe, expect, it } from 'vitest';
import { createTellOwners } from '../../src/clerk/owners.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { createMailbox, type Mailbox } from '../../src/store/mailbox.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import { createRulesRepository, type RulesRepository } from '../../src/store/rules.ts';
import { makeChat } from '../courier/support.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { makeRule } from '../support/samples.ts';

describe('those who set the rules of a chat', () => {
  let redis: TestRedis;
  let chats: ChatsRepository;
  let rules: RulesRepository;
  let mailbox: Mailbox;
  let post: Post;
  useRedis((opened) => {
    redis = opened;
  });
  beforeEach(async () => {
    const store = redis.connect();
    chats = createChatsRepository(store);
    rules = createRulesRepository(store);
    mailbox = createMailbox(store);
    post = createPost({ store, connection: store });
    return () => post.close();
  });

  it.each([
    ['the bot was removed', 'removed'],
    ['Forbidden: bot was kicked from the supergroup chat', 'removed'],
    ['removed from the server', 'removed'],
    ['channel deleted', 'deleted'],
    ['Bad Request: group chat was deactivated', 'deleted'],
    ['unknown channel (10003)', 'deleted'],
    ['Bad Request: need administrator rights in the channel chat', 'rights'],
    ['no permission to post in the channel (50013)', 'rights'],
    ['no access to the channel (50001)', 'rights'],
    ['the thread is archived (50083)', 'unknown'],
  ])('are told of “%s” that it is %s', async (reason, why) => {
    const channel = await makeChat(chats, '-100');
    const anna = await makeChat(chats, '1');
    await rules.save(makeRule({ chat: channel.uid, createdBy: 'telegram:1' }), 200);
    await createTellOwners({ operators: new Set(), rules, chats, post, clock: systemClock })(channel, reason);
    expect((await mailbox.claim(anna.uid, 1))?.notices).toMatchObject([{ args: { why } }]);
  });

  it('are told in private what became of it, once; not who cannot be reached or hears of it anyway', async () => {
    let now = Date.UTC(2026, 10, 24, 12);
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
      clock: { ...systemClock, now: () => now },
    });
    const there = await chats.get(channel.uid);
    if (!there) throw new Error('no chat');
    // Noticed by the courier and by the platform's own word.
    await tell(there, 'Forbidden: bot was kicked from the channel chat');
    await tell({ ...there, address: { ...there.address, threadId: '7' } }, 'the bot was removed');

    for (const { uid } of [anna, bert]) {
      const batch = await mailbox.claim(uid, 10);
      expect(batch?.notices).toMatchObject([
        { type: 'operator', code: 'chat-closed', args: { chat: 'chat -100', why: 'removed' } },
      ]);
    }
    now += 3_600_000;
    await tell(there, 'the bot was removed');
    expect(await mailbox.size(anna.uid)).toBe(2);
    for (const { uid } of [channel, operator]) expect(await mailbox.size(uid)).toBe(0);
  });
});
