import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { createLog, silentLog } from '../../src/kit/log.ts';
import { type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { createTelegram, type Telegram, type TelegramOptions } from '../../src/telegram/telegram.ts';
import { makePicture } from '../charts/support.ts';
import { drawnPicture, NO_PICTURES, PNG, stubPictures } from '../support/pictures.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FakeTelegram, type FakeUser, startFakeTelegram } from '../world/telegram.ts';
import { line, type StubChat, stubChat } from './support.ts';

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });

describe('Telegram', () => {
  let redis: TestRedis;
  let store: Store;
  let chats: ChatsRepository;
  let world: FakeTelegram;
  let chat: StubChat;
  let ada: FakeUser;
  const running: Telegram[] = [];

  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    chats = createChatsRepository(store);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    world = await startFakeTelegram();
    chat = stubChat();
    ada = world.addUser();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((telegram) => telegram.stop()));
    await world.stop();
  });

  async function start(options: Partial<TelegramOptions> = {}) {
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
  async function started(options: Partial<TelegramOptions> = {}) {
    const telegram = await start(options);
    await until(() => expect(telegram.isUp()).toBe(true));
    return telegram;
  }
  /** The private chat with Ada. */
  const home = () => world.privateChat(ada);
  const group = (more: object = {}) =>
    world.addChat({
      type: 'supergroup',
      title: 'Traders',
      admins: [world.addUser()],
      members: [ada],
      ...more,
    });

  describe('pictures', () => {
    const shown = (words: string) => ({ ...line(words), picture: makePicture() });

    it('come as a photo with its words; the second chat gets what Telegram has already', async () => {
      const drawn = drawnPicture();
      await started({ pictures: stubPictures(async () => drawn) });
      chat.answer = async () => shown('BTCUSDT 65,000');
      world.say(home(), '/chart btc', ada);
      const first = await world.said(home(), /65,000/);
      expect(first.photo?.bytes).toEqual(PNG);
      const traders = group();
      world.say(traders, '/chart btc', ada);
      const second = await world.said(traders, /65,000/);
      expect(second.photo?.fileId).toBe(first.photo?.fileId);
      expect(world.state.files.size).toBe(1);
    });

    it('follow words that are too long to stand under them, each counted as a message', async () => {
      const counted: string[] = [];
      const spend = {
        call: async ({ chatId }: { chatId: string }) => void counted.push(chatId),
        refused: async () => undefined,
      };
      await started({ pictures: stubPictures(), spend });
      chat.answer = async () => shown('word '.repeat(300));
      world.say(home(), '/analyze btc', ada);
      const photo = await world.until('the photo', () => home().messages.find((each) => each.photo));
      const text = await world.said(home(), /word word/);
      expect(text.photo).toBeUndefined();
      expect(photo).toMatchObject({ text: '', id: text.id + 1 });
      expect(counted).toEqual([String(home().id), String(home().id)]);
    });

    it('that are late follow their words, which do not wait', async () => {
      const late = Promise.withResolvers<ReturnType<typeof drawnPicture>>();
      await started({ pictures: stubPictures(() => late.promise) });
      chat.answer = async () => shown('the words');
      world.say(home(), '/analyze btc', ada);
      expect((await world.said(home(), /the words/)).photo).toBeUndefined();
      late.resolve(drawnPicture());
      await world.until('the photo', () => home().messages.some((each) => each.photo));
    });

    it('that fail, or that a chat does not take, leave the words', async () => {
      const failing = async () => {
        throw new Error('no ink');
      };
      await started({ pictures: stubPictures(failing) });
      chat.answer = async () => shown('bare words');
      world.say(home(), '/chart btc', ada);
      expect((await world.said(home(), /bare words/)).photo).toBeUndefined();
      await Promise.all(running.splice(0).map((telegram) => telegram.stop()));

      await started({ pictures: stubPictures() });
      world.fault({
        method: 'sendPhoto',
        kind: 'refuse',
        error: { error_code: 400, description: 'Bad Request: not enough rights to send photos to the chat' },
      });
      const traders = group();
      world.say(traders, '/chart btc', ada);
      expect((await world.said(traders, /bare words/)).photo).toBeUndefined();
    });

    it('take the place of one another, and make room for no words: these come below', async () => {
      await started({ pictures: stubPictures() });
      const buttons = [[{ label: '1 hr', action: 'v1:chart:BTCUSDT:1h' }]];
      chat.answer = async () => ({ ...shown('15 min'), buttons });
      world.say(home(), '/chart btc', ada);
      const message = await world.said(home(), /15 min/);
      const before = message.photo?.fileId;
      chat.onPress = async () => ({ ...shown('1 hr'), buttons, replace: true });
      world.press(message, 'v1:chart:BTCUSDT:1h', ada);
      await world.until('the change', () => message.text === '1 hr' && message.photo?.fileId !== before);
      chat.onPress = async () => ({ ...line('only words'), replace: true });
      world.press(message, 'v1:chart:BTCUSDT:1h', ada);
      expect((await world.said(home(), /only words/)).id).not.toBe(message.id);
      expect(message.text).toBe('1 hr');
    });
  });

  describe('commands', () => {
    it('answers in private, in a group to the message, in the topic, and below a channel post', async () => {
      await started();
      const forum = group({ is_forum: true });
      const topic = world.addTopic(forum);
      const channel = world.addChat({ type: 'channel', title: 'News', username: 'news' });
      world.say(home(), '/price btc', ada);
      world.say(forum, `/Price@${world.botName.toUpperCase()} eth`, ada, { thread: topic });
      world.channelPost(channel, '/price sol');
      expect(await world.said(home())).toMatchObject({ text: 'price(btc)', parseMode: 'HTML' });
      expect(await world.said(forum)).toMatchObject({ text: 'price(eth)', threadId: topic });
      expect(await world.said(channel)).toMatchObject({ text: 'price(sol)' });
      const inGroup = await world.waitFor('sendMessage', ({ chat_id }) => chat_id === String(forum.id));
      expect(inGroup.payload).toHaveProperty('reply_parameters.allow_sending_without_reply', true);
      expect(inGroup.payload).toHaveProperty('link_preview_options.is_disabled', true);
      expect(chat.asked.map(({ asker }) => [asker.chatType, asker.userId])).toEqual([
        ['private', String(ada.id)],
        ['group', String(ada.id)],
        ['channel', undefined],
      ]);
    });

    it('says nothing when there is nothing to say, and goes on after a failure', async () => {
      await started();
      chat.answer = async (_, { name }) => {
        if (name === 'fail') throw new Error('a fault of ours');
        return name === 'price' ? line('still here') : undefined;
      };
      for (const text of ['/nothing', '/fail', '/price@SomeOtherBot', 'hello', '/price'])
        world.say(home(), text, ada);
      await world.said(home(), /still here/);
      expect(chat.asked.map(({ call }) => call.name)).toEqual(['nothing', 'fail', 'price']);
      expect(home().messages.filter(({ byBot }) => byBot)).toHaveLength(1);
    });

    it('answers an update once, however often it is delivered', async () => {
      await started();
      const update = world.say(home(), '/price btc', ada);
      await world.said(home());
      world.redeliver(update);
      world.say(home(), '/price eth', ada);
      await world.said(home(), /eth/);
      expect(chat.asked).toHaveLength(2);
    });

    it('keeps one person’s order and lets nobody wait for another', async () => {
      await started();
      const slow = Promise.withResolvers<void>();
      chat.answer = async (_, { words }) => {
        if (words[0] === 'slow') await slow.promise;
        return line(words.join());
      };
      const traders = group();
      const bob = world.addUser({ first_name: 'Bob' });
      world.say(traders, '/analyze slow', ada);
      world.say(traders, '/price after', ada);
      world.say(traders, '/price quick', bob);
      await world.said(traders, /quick/);
      slow.resolve();
      await world.said(traders, /after/);
      expect(traders.messages.filter(({ byBot }) => byBot).map(({ text }) => text)).toEqual([
        'quick',
        'slow',
        'after',
      ]);
    });

    it('shows typing at once for an analysis, but not in a channel', async () => {
      await started();
      const slow = Promise.withResolvers<void>();
      chat.answer = async () => {
        await slow.promise;
        return line('done');
      };
      const channel = world.addChat({ type: 'channel', title: 'News' });
      world.channelPost(channel, '/analyze btc');
      world.say(home(), '/analyze btc', ada);
      await world.until('typing', () => world.state.actions.length > 0);
      expect(home().messages.some(({ byBot }) => byBot)).toBe(false);
      slow.resolve();
      await Promise.all([world.said(home()), world.said(channel)]);
      expect(world.state.actions).toMatchObject([{ chatId: home().id, action: 'typing' }]);
    });

    it('escapes whatever the model says', async () => {
      await started();
      chat.answer = async () => ({
        text: [{ type: 'text', line: ['<b>buy</b> <script>alert(1)</script> & @everyone http://x.example'] }],
      });
      world.say(home(), '/analyze btc', ada);
      const message = await world.said(home());
      expect(message.entities).toEqual([]);
      expect(message.text).toContain('<b>buy</b> <script>alert(1)</script> &');
      expect(message.raw).toContain('&lt;script&gt;');
      expect(message.text).not.toMatch(/@everyone|http:\/\/|x\.example/);
    });

    it('sends a long answer as several messages, the buttons under the last', async () => {
      await started();
      chat.answer = async () => ({
        text: [{ type: 'list', items: Array.from({ length: 500 }, (_, i) => [`item number ${i}`]) }],
        buttons: [[{ label: 'More', action: 'v1:more' }]],
      });
      world.say(home(), '/alerts', ada);
      await world.said(home(), /item number 499/);
      const said = home().messages.filter(({ byBot }) => byBot);
      expect(said.length).toBeGreaterThan(1);
      expect(said.map(({ keyboard }) => keyboard.length)).toEqual([...said.slice(1).map(() => 0), 1]);
    });

    it('falls back to bare words, and waits when it is told to', async () => {
      await started();
      world.fault({
        method: 'sendMessage',
        kind: 'refuse',
        error: { error_code: 400, description: "Bad Request: can't parse entities: x" },
      });
      world.say(home(), '/price btc', ada);
      expect(await world.said(home())).toMatchObject({ parseMode: undefined });
      world.fault({
        method: 'sendMessage',
        kind: 'refuse',
        error: { error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 1 } },
      });
      const asked = Date.now();
      world.say(home(), '/price eth', ada);
      expect((await world.said(home(), /eth/)).at - asked).toBeGreaterThanOrEqual(1_000);
    });
  });

  describe('buttons', () => {
    const buttons = [[{ label: 'Go', action: 'v1:go', style: 'primary' as const }]];
    async function buttonIn(where = home()) {
      chat.answer = async () => ({ ...line('choose'), buttons });
      world.say(where, '/subscribe', ada);
      return await world.said(where, /choose/);
    }
    const answered = (id: string) =>
      world.until('an acknowledgement', () => {
        const query = world.state.queries.get(id);
        return query?.answered && query;
      });

    it('changes the message that carries the button, also when pressed twice', async () => {
      await started();
      const message = await buttonIn();
      chat.onPress = async () => ({ ...line('chosen'), buttons, replace: true });
      const [first, second] = [world.press(message, 'v1:go', ada), world.press(message, 'v1:go', ada)];
      await Promise.all([answered(first), answered(second)]);
      await world.until('the change', () => message.text === 'chosen');
      await until(() =>
        expect(world.calls.filter(({ method }) => method === 'editMessageText')).toHaveLength(2),
      );
      expect(home().messages.filter(({ byBot }) => byBot)).toHaveLength(1);
    });

    it('says it anew when the message is gone', async () => {
      await started();
      const message = await buttonIn();
      chat.onPress = async () => ({ ...line('chosen'), replace: true });
      home().messages.splice(home().messages.indexOf(message), 1);
      await answered(world.press(message, 'v1:go', ada));
      await world.said(home(), /chosen/);
    });

    it('tells only the presser what only concerns him, in a group', async () => {
      await started();
      const traders = group();
      const message = await buttonIn(traders);
      chat.onPress = async () => ({ ...line('administrators only'), personal: true });
      expect(await answered(world.press(message, 'v1:go', ada))).toMatchObject({
        words: 'administrators only',
        alert: true,
      });
      expect(traders.messages.filter(({ byBot }) => byBot)).toHaveLength(1);
    });

    it('acknowledges a slow press before its answer', async () => {
      await started();
      const message = await buttonIn();
      const slow = Promise.withResolvers<void>();
      chat.onPress = async () => {
        await slow.promise;
        return line('at last');
      };
      await answered(world.press(message, 'v1:go', ada));
      slow.resolve();
      await world.said(home(), /at last/);
    });

    it('are under channel posts only links into the private chat, where they do the same', async () => {
      await started();
      const channel = world.addChat({ type: 'channel', title: 'News' });
      const analyze = { label: 'Analyze', action: 'v1:analyze:BTCUSDT' };
      chat.answer = async (_, { name }) => ({ ...line(name), buttons: [...buttons, [analyze]] });
      world.channelPost(channel, '/subscribe');
      const [[link] = [], ...more] = (await world.said(channel)).keyboard;
      expect(more).toEqual([]);
      expect(link?.text).toBe('Analyze');
      const payload = new URL(link?.url ?? '').searchParams.get('start');
      expect(link?.url).toContain(`https://t.me/${world.botName}?start=`);
      world.say(home(), `/start ${payload}`, ada);
      await world.said(home(), /pressed v1:analyze:BTCUSDT/);
    });

    it('lead from a group into the private chat; a link that leads nowhere is a plain start', async () => {
      await started();
      const group = world.addChat({ type: 'supergroup', title: 'Traders', members: [ada] });
      const open = { label: 'In private', action: 'v1:open:BTCUSDT:m:5m:+2%:', via: 'private' } as const;
      const form = { label: 'Type it', action: 'v1:form:mute', via: 'form' } as const;
      chat.answer = async (_, { name, words }) => ({ ...line(`${name} ${words}`), buttons: [[open, form]] });
      world.say(group, '/subscribe btc', ada);
      const { keyboard } = await world.said(group);
      expect(keyboard.flat().map(({ text }) => text)).toEqual(['In private']);
      const payload = new URL(keyboard[0]?.[0]?.url ?? '').searchParams.get('start');
      world.say(home(), `/start ${payload}`, ada);
      await world.said(home(), /pressed v1:open:BTCUSDT:m:5m:\+2%:/);

      const harmful = Buffer.from('rm:a1b2c3:').toString('base64url');
      for (const word of [harmful, '!!!', 'a'.repeat(65)]) {
        world.say(home(), `/start ${word}`, ada);
        await world.said(home(), new RegExp(`start ${word}`));
      }
      expect(chat.pressed.map(({ action }) => action)).toEqual(['v1:open:BTCUSDT:m:5m:+2%:']);
    });

    it('let a person pick one of his channels and groups, in private only', async () => {
      await started();
      const choice = { type: 'chat', channel: 'A channel', group: 'A group' } as const;
      chat.answer = async () => ({ ...line('Which one?'), choice });
      const channel = world.addChat({ type: 'channel', title: 'News', bot: 'left', admins: [ada] });
      const group = world.addChat({ type: 'supergroup', title: 'Traders', admins: [ada] });
      world.say(home(), '/where', ada);
      const asked = await world.said(home(), /Which one/);
      for (const [label, picked] of [
        ['A channel', channel],
        ['A group', group],
      ] as const) {
        world.share(asked, label, picked, ada);
        await world.said(home(), new RegExp(`pressed shared ${picked.id}`));
      }
      const [first] = chat.pressed;
      expect(first?.asker.picksChats).toBe(true);
      expect(await first?.asker.findChat(String(channel.id))).toMatchObject({
        askerIsAdmin: true,
        missing: [],
      });
    });
  });

  describe('rights', () => {
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

  describe('comings and goings', () => {
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

  describe('connecting', () => {
    it('registers the commands by who sees them, in four languages, once', async () => {
      await started();
      await until(async () => expect(await store.get(keys.commandsHash('telegram'))).not.toBeNull());
      const scopes = ['all_chat_administrators', 'all_group_chats', 'default'];
      expect([...world.state.commands.keys()].sort()).toEqual(
        scopes.flatMap((scope) => [scope, `${scope} ja`, `${scope} ko`, `${scope} zh`]),
      );
      const price = { command: 'price', description: '가격' };
      const mute = { command: 'mute', description: '음소거' };
      expect(world.state.commands.get('default ko')).toEqual([price, mute]);
      expect(world.state.commands.get('all_chat_administrators ko')).toEqual([price, mute]);
      expect(world.state.commands.get('all_group_chats ko')).toEqual([price]);
      await running.splice(0)[0]?.stop();
      await started();
      await world.until('polling', () => world.isPolled());
      expect(world.calls.filter(({ method }) => method === 'setMyCommands')).toHaveLength(12);
    });

    it('lets one process poll, and the next take over when it ends', async () => {
      const first = await started();
      const second = await started();
      await world.until('polling', () => world.isPolled());
      expect(world.calls.filter(({ method, ok }) => method === 'getUpdates' && ok === false)).toEqual([]);
      await first.stop();
      world.say(home(), '/price btc', ada);
      await world.said(home());
      expect(second.isUp()).toBe(true);
    });

    it('survives another program that polls with the same token', async () => {
      const telegram = await started();
      await world.until('polling', () => world.isPolled());
      world.intrude();
      await until(() => expect(telegram.isUp()).toBe(false));
      world.say(home(), '/price btc', ada);
      await world.said(home());
      expect(telegram.isUp()).toBe(true);
    });

    it('goes on when Telegram is away for a while, and says so', async () => {
      world.fault({ method: 'getMe', kind: 'reset', times: 2 });
      world.fault({ method: 'getUpdates', kind: 'garbage', times: 3 });
      const telegram = await start();
      world.say(home(), '/price btc', ada);
      await world.said(home());
      expect(telegram.isUp()).toBe(true);
    });

    it('never tells its token, whatever goes wrong', async () => {
      const lines: string[] = [];
      // Without the redactor that stands behind every log: nothing may rely on it.
      const log = createLog({ level: 'trace', secrets: [], write: (text) => void lines.push(text) });
      world.fault({ method: 'getMe', kind: 'reset' });
      world.fault({ method: 'getUpdates', kind: 'garbage' });
      world.fault({ method: 'sendMessage', kind: 'reset' });
      await started({ log });
      world.say(home(), '/price btc', ada);
      await until(() => expect(lines.join('')).toContain('an update failed'));
      const wrong = '1111111:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB';
      const refused = await start({ log, token: wrong });
      await until(() => expect(lines.join('')).toContain('check TELEGRAM_BOT_TOKEN'));
      expect(refused.isUp()).toBe(false);
      expect(lines.join('')).not.toMatch(/\[redacted\]|BBBBBB|not-a-real-token/);
    });

    it('lets a running command finish before it stops', async () => {
      const telegram = await started();
      const slow = Promise.withResolvers<void>();
      chat.answer = async () => {
        await slow.promise;
        return line('finished');
      };
      world.say(home(), '/analyze btc', ada);
      await until(() => expect(chat.asked).toHaveLength(1));
      const stopped = telegram.stop();
      slow.resolve();
      await stopped;
      expect(home().messages.at(-1)?.text).toBe('finished');
    });
  });

  describe('by webhook', () => {
    const secret = 'a-secret-of-the-webhook_1';
    async function webhook() {
      // A free port: Telegram must know it before the server has it.
      const probe = await startFakeTelegram();
      const port = Number(new URL(probe.apiRoot).port);
      await probe.stop();
      const url = `http://127.0.0.1:${port}/hook/x`;
      await started({ webhook: { url, secret, port } });
      return url;
    }

    it('takes what Telegram brings, and nothing from anyone else', async () => {
      const url = await webhook();
      world.say(home(), '/price btc', ada);
      expect(await world.said(home())).toMatchObject({ text: 'price(btc)' });
      const update = {
        update_id: 77,
        message: { message_id: 1, chat: { id: ada.id, type: 'private' }, from: ada, text: '/price' },
      };
      const post = async (to: string, headers: Record<string, string>, body = JSON.stringify(update)) =>
        (await fetch(to, { method: 'POST', headers, body })).status;
      const right = { 'x-telegram-bot-api-secret-token': secret };
      expect(await post(url, {})).toBe(401);
      expect(await post(url, { 'x-telegram-bot-api-secret-token': `${secret}x` })).toBe(401);
      expect(await post(`${url}/other`, right)).toBe(404);
      expect(await post(url, right, 'x'.repeat(1_000_001))).toBe(413);
      expect(await post(url, right, '{')).toBe(400);
      expect(chat.asked).toHaveLength(1);
      expect(world.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
    });
  });
});
