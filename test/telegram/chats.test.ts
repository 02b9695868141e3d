import { describe, expect, it } from 'vitest';
import type { ChatsRepository } from '../../src/store/chats.ts';
import type { FakeTelegram, FakeUser } from '../world/telegram.ts';
import { until, useTelegram } from './house.ts';
import { line, type StubChat } from './support.ts';

let chats: ChatsRepository;
let world: FakeTelegram;
let chat: StubChat;
let ada: FakeUser;
const { started, home, group } = useTelegram((parts) => {
  ({ chats, world, chat, ada } = parts);
});

describe('rights on Telegram', () => {
  it('knows administrators, asks once a minute, and anew when something changed', async () => {
    await started();
    chat.answer = async (asker) => line(`admin: ${await asker.isAdmin()}`);
    const boss = world.addUser();
    const traders = group({ admins: [boss] });
    for (const [who, word] of [
      [ada, 'false'],
      [boss, 'true'],
      [boss, 'true'],
    ] as const) {
      const before = traders.messages.length;
      world.say(traders, '/alerts', who);
      await world.until('an answer', () =>
        traders.messages.slice(before).find((m) => m.text === `admin: ${word}`),
      );
    }
    const asked = () => world.calls.filter(({ method }) => method === 'getChatMember').length;
    expect(asked()).toBe(2);
    traders.members.set(boss.id, 'member');
    world.setMember(traders, 'member', boss);
    world.say(traders, '/alerts now', boss);
    await until(() => expect(asked()).toBe(3));
    world.say(traders, '/alerts', boss, { anonymously: true });
    await world.until('an answer', () => traders.messages.at(-1)?.text === 'admin: true');
  });

  it('finds the channel that a person names in private, and what is missing there', async () => {
    await started();
    chat.answer = async (asker, { words }) =>
      line(JSON.stringify((await asker.findChat(words[0] ?? '')) ?? null));
    const news = world.addChat({ type: 'channel', title: 'News', username: 'news', admins: [ada] });
    world.addChat({ type: 'channel', title: 'Elsewhere', username: 'elsewhere', bot: 'left' });
    const ask = async (reference: string): Promise<unknown> => {
      const before = home().messages.length;
      world.say(home(), `/alerts ${reference}`, ada);
      const message = await world.until('an answer', () =>
        home()
          .messages.slice(before)
          .find((m) => m.byBot),
      );
      return JSON.parse(message.text.replaceAll('\u2060', ''));
    };
    expect(await ask('@news')).toEqual({
      address: { platform: 'telegram', chatId: String(news.id), threadId: '' },
      type: 'channel',
      title: 'News',
      askerIsAdmin: true,
      missing: [],
    });
    news.botMayPost = false;
    expect(await ask(String(news.id))).toMatchObject({ missing: ['Post Messages'] });
    expect(await ask('@elsewhere')).toBeNull();
    expect(await ask('@nobody_here')).toBeNull();
    expect(await ask('../../etc')).toBeNull();
  });
});

describe('comings and goings on Telegram', () => {
  const address = (id: number, threadId = '') =>
    ({ platform: 'telegram', chatId: String(id), threadId }) as const;
  const defaults = { type: 'group', title: '', locale: 'en', timezone: 'UTC', approved: true } as const;

  it('pauses a chat and its topics when the bot is put out, and wakes them when it is back', async () => {
    await started();
    const traders = group({ is_forum: true });
    const known = await Promise.all([
      chats.ensure(address(traders.id), defaults),
      chats.ensure(address(traders.id, '7'), defaults),
    ]);
    const other = await chats.ensure(address(-4), defaults);
    const paused = () => Promise.all(known.map(async ({ uid }) => (await chats.get(uid))?.pausedReason));
    world.setMember(traders, 'kicked', ada);
    await until(async () => expect(await paused()).toEqual(['the bot was removed', 'the bot was removed']));
    expect((await chats.get(other.uid))?.pausedReason).toBeUndefined();
    chat.onJoin = async () => line('hello');
    world.setMember(traders, 'member', ada);
    await world.said(traders, /hello/);
    expect(await paused()).toEqual([undefined, undefined]);
    expect(chat.joins).toHaveLength(1);
  });

  it('greets nobody in a channel', async () => {
    await started();
    const channel = world.addChat({ type: 'channel', title: 'News', bot: 'left' });
    chat.onJoin = async () => line('hello');
    world.setMember(channel, 'administrator', ada);
    world.channelPost(channel, '/price btc');
    await world.said(channel, /price/);
    expect(chat.joins).toHaveLength(1);
    expect(channel.messages.filter(({ byBot }) => byBot)).toHaveLength(1);
  });

  it('follows a group that becomes a supergroup', async () => {
    await started();
    const old = world.addChat({ type: 'group', title: 'Traders' });
    const { uid } = await chats.ensure(address(old.id), defaults);
    const moved = world.migrate(old);
    await until(async () => expect((await chats.get(uid))?.address.chatId).toBe(String(moved.id)));
  });
});
