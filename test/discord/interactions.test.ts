import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Discord } from '../../src/discord/discord.ts';
import type { DrawnPicture, Pictures } from '../../src/notice/picture.ts';
import { makePicture } from '../charts/support.ts';
import { useRedis } from '../support/each-test.ts';
import { drawnPicture, NO_PICTURES, stubPictures } from '../support/pictures.ts';
import type { TestRedis } from '../support/redis.ts';
import {
  buttonsOf,
  CHANNEL_TYPES,
  EPHEMERAL,
  type FakeDiscord,
  liveMarkup,
  PERMISSIONS,
  pings,
  startFakeDiscord,
  wordsOf,
} from '../world/discord.ts';
import { type StubChat, say, startBot, stubChat } from './support.ts';

describe('commands, buttons and suggestions on Discord', () => {
  let redis: TestRedis;
  let world: FakeDiscord;
  let chat: StubChat;
  let bot: Discord;
  let pictures: Pictures;
  /** Who was written to without a slot. */
  let counted: string[];

  useRedis((opened) => {
    redis = opened;
  });
  beforeEach(async () => {
    world = await startFakeDiscord();
    chat = stubChat();
    pictures = NO_PICTURES;
    counted = [];
    bot = await startBot(world, redis, chat, {
      suggestWithinMs: 100,
      spend: {
        call: async ({ chatId }, type) => void counted.push(`${type} ${chatId}`),
        refused: async () => undefined,
      },
      pictures: { draw: (picture) => pictures.draw(picture) },
    });
    await world.waitFor('registered commands', () => world.state.commandWrites > 0);
  });
  afterEach(async () => {
    await bot.stop();
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  it('acknowledges before any work, and answers into the placeholder', async () => {
    const work = Promise.withResolvers<void>();
    chat.onCommand = async () => {
      await work.promise;
      return say('BTCUSDT looks calm');
    };

    const asked = world.command('analyze', { symbol: 'btc' });
    await world.waitFor('the acknowledgement', () => asked.acknowledgedAt);
    expect(asked.callback).toBe(5);
    expect(asked.original?.content).toBe('');

    work.resolve();
    const answer = await world.answered(asked);
    expect(answer).toBe(asked.original);
    expect(wordsOf(answer)).toBe('BTCUSDT looks calm');
    expect(answer.flags & EPHEMERAL).toBe(0);
    expect(chat.calls[0]?.call).toEqual({ name: 'analyze', words: [], options: { symbol: 'btc' } });
    expect(chat.calls[0]?.asker).toMatchObject({
      address: { platform: 'discord', chatId: world.channel.id, threadId: '' },
      chatType: 'group',
      chatTitle: '#general',
      userId: world.admin.id,
      languageHint: 'en-US',
      missing: [],
    });
  });

  it('says with each command what the bot may not do where it was given', async () => {
    const muted = world.addThread(world.channel, 'muted');
    muted.botPermissions = PERMISSIONS.viewChannel | PERMISSIONS.embedLinks | PERMISSIONS.attachFiles;
    await world.answered(world.command('subscribe', {}, { channel: muted }));
    expect(chat.calls[0]?.asker.missing).toEqual(['Send Messages in Threads']);
  });

  it('acknowledges each of 50 commands that come at once before it answers it', async () => {
    const asked = Array.from({ length: 50 }, (_, i) =>
      world.command('analyze', { symbol: `S${i}` }, { user: world.addUser({ username: `user${i}` }) }),
    );
    for (const it of asked) {
      const { changedAt } = await world.answered(it);
      expect(it.acknowledgedAt).toBeLessThan(changedAt);
    }
    expect(world.violations).toEqual([]);
  });

  it('says a personal answer only to the one who asked, though the placeholder was public', async () => {
    chat.onCommand = () => say('No such symbol: XYZ. Example: /analyze BTC', { personal: true });
    const asked = world.command('analyze', { symbol: 'xyz' });
    const answer = await world.answered(asked);
    expect(answer.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect(asked.original?.deleted).toBe(true);
    expect(asked.followUps).toHaveLength(1);
  });

  it('keeps settings between the bot and the asker from the first moment', async () => {
    const asked = world.command('settings');
    const answer = await world.answered(asked);
    expect(answer).toBe(asked.original);
    expect(answer.flags & EPHEMERAL).toBe(EPHEMERAL);
  });

  it('leaves nothing behind when the chat room has nothing to say', async () => {
    chat.onCommand = () => undefined;
    const asked = world.command('analyze');
    await world.waitFor('the placeholder to go', () => asked.original?.deleted);
    expect(asked.followUps).toEqual([]);
  });

  it('apologises in the language of the person when our own side fails', async () => {
    chat.onCommand = async () => {
      throw new Error('ECONNREFUSED redis');
    };
    const asked = world.command('analyze', {}, { user: world.addUser({ locale: 'ko' }) });
    const answer = await world.answered(asked);
    expect(wordsOf(answer)).toMatch(/다시 시도/);
    expect(wordsOf(answer)).not.toMatch(/ECONN/);
    expect(answer.flags & EPHEMERAL).toBe(EPHEMERAL);
  });

  it('puts what a button asks for in place of its message, or below it', async () => {
    chat.onCommand = () =>
      say('Remove all 3 alerts?', {
        buttons: [[{ label: 'Yes', action: 'v1:clear:yes', style: 'danger' }]],
      });
    const message = await world.answered(world.command('subscribe'));
    expect(buttonsOf(message)).toMatchObject([{ label: 'Yes', custom_id: 'v1:clear:yes', style: 4 }]);

    chat.onPress = () => say('Removed.', { replace: true });
    const pressed = world.press(message, 'v1:clear:yes');
    expect(await world.answered(pressed)).toBe(message);
    expect(pressed.callback).toBe(6);
    expect(wordsOf(message)).toBe('Removed.');
    expect(buttonsOf(message)).toEqual([]);
    expect(chat.presses[0]?.action).toBe('v1:clear:yes');
  });

  it('says something personal below the message whose button was pressed', async () => {
    chat.onCommand = () => say('BTC', { buttons: [[{ label: 'Mute', action: 'v1:mute:1h' }]] });
    const message = await world.answered(world.command('analyze'));
    chat.onPress = () => say('Only administrators may do that.', { personal: true });
    const answer = await world.answered(world.press(message, 'v1:mute:1h', world.member));
    expect(answer).not.toBe(message);
    expect(answer.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect(wordsOf(message)).toBe('BTC');
  });

  it('puts rows beyond Discord’s five beside one another, so that none is lost', async () => {
    let next = 0;
    const row = (count: number) =>
      Array.from({ length: count }, () => ({ label: `b${++next}`, action: `v1:x:${next}` }));
    chat.onCommand = () =>
      say('many', { buttons: [row(1), row(1), row(1), row(2), row(3), row(3), row(1), row(2)] });
    const message = await world.answered(world.command('analyze'));
    const rows = (message.components ?? []).map(({ components }) => components.length);
    expect(rows).toHaveLength(5);
    expect(rows[0]).toBe(1);
    expect(buttonsOf(message).map(({ label }) => label)).toEqual(
      Array.from({ length: 14 }, (_, i) => `b${i + 1}`),
    );
  });

  it('opens a form for a value that is on no button, and puts what comes of it in place of the message', async () => {
    chat.onCommand = () =>
      say('Which zone?', { buttons: [[{ label: 'Type it …', action: 'v1:form:settings:tz', via: 'form' }]] });
    const message = await world.answered(world.command('settings'));
    const pressed = world.press(message, 'v1:form:settings:tz');
    const form = await world.waitFor('the form', () => pressed.form);
    expect(form).toMatchObject({ custom_id: 'v1:form:settings:tz', title: 'In your words' });
    const filled = world.fill(pressed, 'asia/seoul');
    expect(await world.answered(filled)).toBe(message);
    expect(wordsOf(message)).toBe('filled asia/seoul');
    expect(chat.fills).toMatchObject([{ action: 'v1:form:settings:tz', typed: 'asia/seoul' }]);
    expect(chat.presses).toEqual([]);
  });

  it('goes on in the direct channel with whoever pressed, where a button leads there', async () => {
    chat.onCommand = () =>
      say('Only administrators may do that.', {
        buttons: [[{ label: 'In private', action: 'v1:open:BTCUSDT', via: 'private' }]],
      });
    chat.onPress = (asker, action) => say(`${action} for ${asker.address.chatId}`);
    const message = await world.answered(world.command('subscribe', {}, { user: world.member }));
    const pressed = world.press(message, 'direct:v1:open:BTCUSDT', world.member);
    const told = await world.posted(world.directChannel(world.member));
    expect(wordsOf(told)).toBe(`v1:open:BTCUSDT for user:${world.member.id}`);
    await world.waitFor('a word', () => pressed.original?.content === 'I wrote to you directly.');
    expect((pressed.original?.flags ?? 0) & EPHEMERAL).toBe(EPHEMERAL);
    // It has the limits of the barks to him; answers by interaction have their own.
    expect(counted).toEqual([`private user:${world.member.id}`]);
    // The very same chat is addressed by what he says in the direct channel.
    await world.answered(
      world.command('analyze', {}, { user: world.member, channel: world.directChannel(world.member) }),
    );
    expect(chat.calls.at(-1)?.asker.address.chatId).toBe(`user:${world.member.id}`);

    world.fault({
      path: /\/channels\/\d+\/messages$/,
      respond: { status: 403, body: { message: 'Cannot send', code: 50007 } },
    });
    const refused = world.press(message, 'direct:v1:open:BTCUSDT', world.member);
    await world.waitFor('the refusal', () => /Allow direct messages/.test(refused.original?.content ?? ''));
  });

  it('offers the server’s own roles where one is asked for, and never takes everyone for one', async () => {
    const choice = { type: 'role', action: 'v1:set:role:*:@9', label: 'Role to call' } as const;
    chat.onCommand = () => say('Which role?', { choice });
    chat.onPress = (_asker, action) => say(action, { replace: true });
    const message = await world.answered(world.command('settings'));
    await world.answered(world.choose(message, '123456789012345678'));
    expect(wordsOf(message)).toBe('v1:set:role:123456789012345678:@9');
    const again = await world.answered(world.command('settings'));
    await world.answered(world.choose(again, world.guild.id));
    expect(wordsOf(again)).toBe('v1:set:role:everyone:@9');
  });

  it.each(['server', 'chat'] as const)(
    'answers a command that was brought along to a strange %s',
    async (where) => {
      const visit = world.visit('analyze', { symbol: 'btc' }, world.member, where);
      await world.answered(visit);
      const [call] = chat.calls;
      expect(call?.asker).toMatchObject({
        visitor: true,
        address: { chatId: `visitor-${world.member.id}` },
        chatType: 'private',
      });
      expect(() => world.visit('subscribe', {}, world.member, where)).toThrow('brought along');
      // Where the bot itself is, nobody is a visitor.
      await world.answered(world.command('analyze', {}, { channel: world.directChannel(world.member) }));
      await world.answered(world.command('analyze'));
      expect(chat.calls.map(({ asker }) => asker.visitor)).toEqual([true, undefined, undefined]);
    },
  );

  it('suggests at most 25 choices of at most 100 characters', async () => {
    chat.onSuggest = async (option, typed) =>
      Array.from({ length: 40 }, (_, i) => ({
        label: `${option} ${typed}${i} ${'x'.repeat(120)}`,
        value: `S${i}`,
      }));
    const typing = world.autocomplete('analyze', 'symbol', 'bt');
    const choices = await world.waitFor('choices', () => typing.choices);
    expect(choices).toHaveLength(25);
    expect(choices[0]?.name).toMatch(/^symbol bt0 x+…$/);
    expect(choices[0]?.name.length).toBeLessThanOrEqual(100);
  });

  it('shows no suggestions rather than late ones', async () => {
    chat.onSuggest = () => new Promise(() => undefined);
    const typing = world.autocomplete('analyze', 'symbol', 'bt');
    expect(await world.waitFor('choices', () => typing.choices)).toEqual([]);
  });

  it('knows who is an administrator: of the channel in a server, everybody in his own chat', async () => {
    const admins: boolean[] = [];
    chat.onCommand = async (asker) => {
      admins.push(await asker.isAdmin());
      return say(asker.chatType);
    };
    const channelManager = world.addUser({ permissions: PERMISSIONS.manageChannels });
    const root = world.addUser({ permissions: PERMISSIONS.administrator });
    for (const user of [world.admin, channelManager, root, world.member]) {
      await world.answered(world.command('subscribe', {}, { user }));
    }
    const direct = world.directChannel(world.member);
    const answer = await world.answered(
      world.command('subscribe', {}, { user: world.member, channel: direct }),
    );
    expect(admins).toEqual([true, true, true, false, true]);
    expect(wordsOf(answer)).toBe('private');
  });

  it('addresses a thread as a chat of its own', async () => {
    const thread = world.addThread(world.channel, 'btc talk');
    await world.answered(world.command('analyze', {}, { channel: thread }));
    expect(chat.calls[0]?.asker).toMatchObject({
      address: { chatId: thread.id, threadId: '' },
      chatTitle: '#btc talk',
      chatType: 'group',
    });
  });

  it('finds the channel that the asker picked, and what the bot lacks there', async () => {
    const news = world.addChannel(world.guild, {
      name: 'news',
      type: CHANNEL_TYPES.announcement,
      botPermissions: PERMISSIONS.viewChannel | PERMISSIONS.embedLinks,
    });
    chat.onCommand = async (asker, { options }) =>
      say(JSON.stringify(await asker.findChat(options.channel ?? '')));
    const picked = await world.answered(world.command('subscribe', { channel: news.id }));
    expect(JSON.parse(wordsOf(picked))).toEqual({
      address: { platform: 'discord', chatId: news.id, threadId: '' },
      type: 'channel',
      title: '#news',
      askerIsAdmin: true,
      missing: ['Send Messages', 'Attach Files'],
    });
    const byMember = await world.answered(
      world.command('subscribe', { channel: news.id }, { user: world.member }),
    );
    expect(JSON.parse(wordsOf(byMember))).toMatchObject({ askerIsAdmin: false });
  });

  it('finds a channel by its mention within the same server only', async () => {
    const news = world.addChannel(world.guild, {
      name: 'news',
      botPermissions: PERMISSIONS.viewChannel | PERMISSIONS.sendMessages | PERMISSIONS.embedLinks,
    });
    const elsewhere = world.addChannel(world.addGuild('Other'), { name: 'secret' });
    const found: unknown[] = [];
    chat.onCommand = async (asker) => {
      for (const id of [news.id, elsewhere.id, '123', 'general'])
        found.push(await asker.findChat(`<#${id}>`));
      return say('found');
    };
    await world.answered(world.command('analyze'));
    expect(found).toEqual([
      expect.objectContaining({ title: '#news', askerIsAdmin: true, missing: ['Attach Files'] }),
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('shows hostile words as they are written, and pings nobody', async () => {
    const hostile =
      '@everyone <@1> <#2> [x](http://evil.example) `code` **b** https://evil.example discord.gg/abc';
    chat.onCommand = () => ({
      text: [
        { type: 'title', line: [hostile] },
        { type: 'text', line: [hostile, { code: hostile }, { i: hostile }] },
        { type: 'facts', rows: [[hostile, hostile]] },
        { type: 'list', items: [[hostile]] },
        { type: 'small', line: [hostile] },
      ],
    });
    const answer = await world.answered(world.command('analyze', { symbol: '@everyone' }));
    expect(liveMarkup(answer.content)).toEqual([]);
    expect(pings(answer.content, answer.allowed_mentions)).toEqual([]);
    expect(answer.allowed_mentions).toEqual({ parse: [] });
    expect(wordsOf(answer)).toContain(hostile);
  });

  it('puts a long answer into an embed, and cuts one that is longer still', async () => {
    chat.onCommand = () => say('a_b '.repeat(800));
    const long = await world.answered(world.command('analyze'));
    expect(long.content).toBe('');
    expect(wordsOf(long)).toBe('a_b '.repeat(800));

    chat.onCommand = () => say('a_b '.repeat(5000));
    const tooLong = await world.answered(world.command('analyze'));
    expect(tooLong.embeds?.[0]?.description?.length).toBeLessThanOrEqual(4096);
    expect(wordsOf(tooLong)).toMatch(/…$/);
  });

  it('says it in plain words when Discord refuses the form', async () => {
    chat.onCommand = () => ({ text: [{ type: 'title', line: ['BTCUSDT'] }] });
    world.fault({
      method: 'PATCH',
      path: /@original$/,
      respond: { status: 400, body: { message: 'Invalid Form Body', code: 50035 } },
    });
    const answer = await world.answered(world.command('analyze'));
    expect(answer.content).toBe('BTCUSDT');
  });

  it('does no work for an interaction that came too late or was answered elsewhere', async () => {
    world.fault({
      path: /callback$/,
      times: 2,
      respond: { status: 404, body: { message: 'Unknown interaction', code: 10062 } },
    });
    world.command('analyze');
    world.command('analyze');
    await world.waitFor(
      'refusals',
      () => world.state.requests.filter(({ status }) => status === 404).length === 2,
    );
    await world.answered(world.command('analyze'));
    expect(chat.calls).toHaveLength(1);
  });

  describe('pictures', () => {
    const shown = (words: string, more = {}) => say(words, { picture: makePicture(), ...more });
    it('come with the answer, and are replaced with it', async () => {
      pictures = stubPictures();
      chat.onCommand = async () =>
        shown('15 min', { buttons: [[{ label: '1 hr', action: 'v1:chart:BTCUSDT:1h' }]] });
      const answer = await world.answered(world.command('analyze', { symbol: 'btc' }));
      expect([wordsOf(answer), answer.files]).toEqual(['15 min', 1]);
      chat.onPress = async () => say('only words', { replace: true });
      world.press(answer, 'v1:chart:BTCUSDT:1h');
      await world.waitFor('the change', () => wordsOf(answer) === 'only words');
      expect(answer.files).toBe(0);
    });

    it('that are late are put under their words, which do not wait; also where only one person sees them', async () => {
      const late = Promise.withResolvers<DrawnPicture>();
      pictures = stubPictures(() => late.promise);
      chat.onCommand = async () => shown('the words');
      const answer = await world.answered(world.command('analyze', { symbol: 'btc' }));
      chat.onCommand = async () => shown('for you', { personal: true });
      const personal = await world.answered(world.command('analyze', { symbol: 'btc' }));
      expect([answer.files, personal.files]).toEqual([0, 0]);
      late.resolve(drawnPicture());
      await world.waitFor('both pictures', () => answer.files === 1 && personal.files === 1);
      expect([wordsOf(answer), wordsOf(personal)]).toEqual(['the words', 'for you']);
    });

    it('that a server does not let in leave the words', async () => {
      pictures = stubPictures();
      chat.onCommand = async () => shown('bare words');
      const body = { code: 50013, message: 'Missing Permissions' };
      world.fault({ method: 'PATCH', path: /@original$/, respond: { status: 403, body } });
      const answer = await world.answered(world.command('analyze', { symbol: 'btc' }));
      expect([wordsOf(answer), answer.files]).toEqual(['bare words', 0]);
    });

    it('that fail leave the words', async () => {
      pictures = stubPictures(async () => {
        throw new Error('no ink');
      });
      chat.onCommand = async () => shown('bare words');
      const answer = await world.answered(world.command('analyze', { symbol: 'btc' }));
      expect([wordsOf(answer), answer.files]).toEqual(['bare words', 0]);
    });
  });
});
