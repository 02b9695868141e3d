import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/chat/commands/index.ts';
import { commandPayloads } from '../../src/discord/commands.ts';
import type { Discord } from '../../src/discord/discord.ts';
import { createLog } from '../../src/kit/log.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { checkCommands } from '../world/discord/rules.ts';
import { type FakeChannel, type FakeDiscord, startFakeDiscord, wordsOf } from '../world/discord.ts';
import { DEFINITIONS, type StubChat, say, startBot, stubChat } from './support.ts';

/** Longer than a test may take: who waits so long before he leaves is not done in time. */
const NEVER_MS = 600_000;

describe('being on Discord', () => {
  let redis: TestRedis;
  let world: FakeDiscord;
  let chat: StubChat;
  let chats: ChatsRepository;
  let bots: Discord[];
  const start = async (more: Parameters<typeof startBot>[3] = {}) => {
    const bot = await startBot(world, redis, chat, more);
    bots.push(bot);
    return bot;
  };
  const startReady = async (more: Parameters<typeof startBot>[3] = {}) => {
    const bot = await start(more);
    await vi.waitFor(() => expect(bot.isUp()).toBe(true), { interval: 5 });
    await world.waitFor('registered commands', () => world.state.commandWrites > 0);
    return bot;
  };
  const known = (channel: FakeChannel) =>
    chats.ensure(
      { platform: 'discord', chatId: channel.id, threadId: '' },
      { type: 'group', title: channel.name, locale: 'en', timezone: 'UTC', approved: true },
    );
  const reasonOf = async (uid: string) => (await chats.get(uid))?.pausedReason;

  useRedis((opened) => {
    redis = opened;
  });
  beforeEach(async () => {
    world = await startFakeDiscord();
    chat = stubChat();
    chats = createChatsRepository(redis.connect());
    bots = [];
  });
  afterEach(async () => {
    await Promise.all(bots.map((bot) => bot.stop()));
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  it('asks for nothing but servers and channels', async () => {
    await startReady();
    expect(world.gateway.intents).toEqual([1]);
  });

  it('opens as many connections as Discord recommends, and is up when all are', async () => {
    await world.stop();
    world = await startFakeDiscord({ shards: 2 });
    const bot = await start();
    await vi.waitFor(() => expect(bot.isUp()).toBe(true), { interval: 5 });
    expect(world.gateway.connected).toBe(2);
  });

  it('registers its commands once, in every language, and again only when they changed', async () => {
    const first = await startReady();
    expect(world.state.commands.map(({ name }) => name)).toEqual(['analyze', 'subscribe', 'settings']);
    const [analyze, subscribe] = world.state.commands;
    expect(analyze?.description_localizations).toEqual({
      'en-US': 'What the AI makes of a symbol',
      ko: 'What the AI makes of a symbol (ko)',
      ja: 'What the AI makes of a symbol (ja)',
      'zh-CN': 'What the AI makes of a symbol (zh)',
      'zh-TW': 'What the AI makes of a symbol (zh)',
    });
    expect(analyze?.default_member_permissions).toBeNull();
    expect(subscribe?.default_member_permissions).toBeNull();
    expect(subscribe?.options?.map(({ name, type }) => [name, type])).toEqual([
      ['symbol', 3],
      ['kind', 3],
      ['channel', 7],
    ]);
    await first.stop();

    const second = await start();
    await vi.waitFor(() => expect(second.isUp()).toBe(true), { interval: 5 });
    await world.answered(world.command('analyze'));
    expect(world.state.commandWrites).toBe(1);
    await second.stop();

    chat = { ...stubChat(), commands: DEFINITIONS.slice(0, 1) };
    await start();
    await world.waitFor('the second registration', () => world.state.commandWrites === 2);
    expect(world.state.commands).toHaveLength(1);
  });

  it('tries to register again when Discord did not take it', async () => {
    world.fault({ method: 'PUT', path: /commands$/, times: 4, respond: { status: 500, body: '' } });
    await startReady();
    expect(world.state.commands).toHaveLength(3);
  });

  it('offers only what Discord accepts, of the real commands too', () => {
    const real = COMMANDS.map(({ definition }) => definition);
    for (const definitions of [DEFINITIONS, real]) {
      expect(() => checkCommands(commandPayloads(definitions))).not.toThrow();
    }
  });

  it('comes back after the gateway closes, with the same session, and misses nothing meanwhile', async () => {
    const bot = await startReady();
    world.gateway.drop(4000);
    await vi.waitFor(() => expect(bot.isUp()).toBe(false), { interval: 5 });
    const asked = world.command('analyze');
    expect(wordsOf(await world.answered(asked))).toBe('woof');
    expect(world.gateway.resumes).toBe(1);
    expect(bot.isUp()).toBe(true);
  });

  it('begins anew when the gateway has forgotten its session', async () => {
    const bot = await startReady();
    world.gateway.forgetSessions();
    world.gateway.askToReconnect();
    await world.waitFor('a second identify', () => world.gateway.intents.length === 2);
    await vi.waitFor(() => expect(bot.isUp()).toBe(true), { interval: 5 });
    expect(wordsOf(await world.answered(world.command('analyze')))).toBe('woof');
  });

  it('keeps trying while Discord is down, and says it is not up', async () => {
    world.fault({ path: /gateway\/bot$/, times: 6, respond: { status: 503, body: '' } });
    const bot = await start();
    expect(bot.isUp()).toBe(false);
    await vi.waitFor(() => expect(bot.isUp()).toBe(true), { interval: 5 });
  });

  it('does not hammer Discord with a token that it refuses, and never logs it', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'trace', secrets: [], write: (line) => void lines.push(line) });
    const wrong = 'x'.repeat(24) + world.token.slice(24);
    const bot = await start({ token: wrong, log });
    await vi.waitFor(() => expect(lines.join('')).toMatch(/DISCORD_TOKEN/), { interval: 5 });
    expect(bot.isUp()).toBe(false);
    expect(world.state.requests).toHaveLength(1);
    expect(lines.join('')).not.toContain(wrong);
  });

  it('stays away when the gateway closes for good', async () => {
    const bot = await startReady({ stopWithinMs: NEVER_MS });
    world.gateway.drop(4014);
    await vi.waitFor(() => expect(bot.isUp()).toBe(false), { interval: 5 });
    await bot.stop();
    expect(world.gateway.intents).toHaveLength(1);
  });

  it('lets a running command finish before it leaves', async () => {
    const bot = await startReady();
    const work = Promise.withResolvers<void>();
    chat.onCommand = async () => {
      await work.promise;
      return say('in time');
    };
    const asked = world.command('analyze');
    await world.waitFor('the work to begin', () => chat.calls.length === 1 || asked.acknowledgedAt);
    const stopped = bot.stop();
    work.resolve();
    await stopped;
    expect(asked.original?.content).toBe('in time');
    expect(world.gateway.connected).toBe(0);
  });

  it('leaves at once when nothing runs', async () => {
    const bot = await startReady({ stopWithinMs: NEVER_MS });
    await bot.stop();
    await bot.stop();
  });

  it('pauses the chat of a deleted channel and of its threads, and no other', async () => {
    const doomed = world.addChannel(world.guild, { name: 'doomed' });
    const inside = await known(world.addThread(doomed, 'inside'));
    const thread = world.addThread(world.channel, 'thread');
    const [gone, gonethread, stays] = [await known(doomed), await known(thread), await known(world.channel)];
    await startReady();
    world.deleteChannel(doomed);
    world.deleteChannel(thread);
    await vi.waitFor(async () => {
      expect(await reasonOf(gone.uid)).toBe('channel deleted');
      expect(await reasonOf(inside.uid)).toBe('channel deleted');
      expect(await reasonOf(gonethread.uid)).toBe('thread deleted');
    });
    expect(await reasonOf(stays.uid)).toBeUndefined();
  });

  it('pauses every chat of a server that threw it out, and wakes them when it is back', async () => {
    const stored = await known(world.channel);
    await startReady();
    world.removeGuild(world.guild);
    await vi.waitFor(async () => expect(await reasonOf(stored.uid)).toBe('removed from the server'));

    world.state.guilds.set(world.guild.id, world.guild);
    world.state.channels.set(world.channel.id, world.channel);
    world.gateway.dispatch('GUILD_CREATE', {
      id: world.guild.id,
      name: 'Kennel',
      roles: [],
      members: [],
      channels: [{ id: world.channel.id, type: 0, name: 'general' }],
    });
    await vi.waitFor(() => expect(chat.joins).toHaveLength(1));
    expect(chat.joins[0]?.address.chatId).toBe(world.channel.id);
    expect(world.state.messages).toEqual([]);
  });

  it('pauses nothing when a server is merely unavailable', async () => {
    const stored = await known(world.channel);
    const other = await known(world.addChannel(world.guild, { name: 'other' }));
    await startReady();
    world.removeGuild(world.guild, true);
    world.deleteChannel({ ...world.channel, id: other.address.chatId });
    await vi.waitFor(async () => expect(await reasonOf(other.uid)).toBe('channel deleted'));
    expect(await reasonOf(stored.uid)).toBeUndefined();
  });
});
