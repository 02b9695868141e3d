import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createChatsRepository } from '../../src/store/chats.ts';
import { keys } from '../../src/store/keys.ts';
import { createPost, type Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { makeChat, word } from '../courier/support.ts';
import { wordsOf } from '../world/discord.ts';
import { startWorld, type World } from './house.ts';

describe('a message that is refused for its markup', () => {
  let world: World;
  let store: Store;
  let post: Post;
  let watch: Redis;
  /** What Redis was told, line by line. */
  const heard: string[] = [];
  beforeAll(async () => {
    world = await startWorld();
    store = world.redis.connect();
    post = createPost({ store, connection: store });
    await world.startSheepdog();
    const { address } = world.redis;
    watch = await new Redis(address.type === 'socket' ? address.path : '').monitor();
    watch.on('monitor', (_time: string, command: readonly string[]) => heard.push(command.join(' ')));
  });
  afterAll(async () => {
    watch.disconnect();
    await post.close();
    await world.stop();
  });

  /** How many calls were taken from the limit of a chat up to now. */
  const callsOf = (scope: string) =>
    heard.filter((line) => line.startsWith(`SET ${keys.limit(scope)} `)).length;
  const tell = async (platform: 'telegram' | 'discord', chatId: string) => {
    const { uid } = await makeChat(createChatsRepository(store), chatId, platform);
    await post.post(uid, 'lo', [word(1)]);
  };

  it('counts twice on Telegram: once as it stands, once as bare words', async () => {
    const { telegram } = world;
    const there = telegram.privateChat(telegram.addUser());
    const chatId = String(there.id);
    const error = { error_code: 400, description: "Bad Request: can't parse entities" };
    const when = ({ chat_id }: { chat_id?: unknown }) => String(chat_id) === chatId;
    telegram.fault({ method: 'sendMessage', kind: 'refuse', when, error });
    await tell('telegram', chatId);
    expect((await telegram.said(there)).parseMode).toBeUndefined();
    await vi.waitFor(() => expect(callsOf(`telegram:${chatId}`)).toBe(2));
  });

  it('counts twice on Discord', async () => {
    const { discord } = world;
    const channel = discord.addChannel(discord.guild, { name: 'bare' });
    const respond = { status: 400, body: { message: 'Invalid Form Body', code: 50035 } };
    discord.fault({ path: new RegExp(`/channels/${channel.id}/messages$`), respond });
    await tell('discord', channel.id);
    expect(wordsOf(await discord.posted(channel))).not.toBe('');
    await vi.waitFor(() => expect(callsOf(`discord:${channel.id}`)).toBe(2));
  });
});
