import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Sheepdog } from '../../src/app/process.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { QUEUE_PREFIX } from '../../src/store/keys.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { QUEUES } from '../../src/store/queues.ts';
import { createWithheld } from '../../src/store/withheld.ts';
import { buttonsOf, wordsOf } from '../world/discord.ts';
import type { FakeChat, FakeUser } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('the screens of the bot, on Telegram, Discord and the console', () => {
  let world: World;
  let sheepdog: Sheepdog;
  let owner: FakeUser;
  let chat: FakeChat;
  beforeAll(async () => {
    world = await startWorld();
    owner = world.telegram.addUser();
    chat = world.telegram.privateChat(owner);
    sheepdog = await world.startSheepdog({ TIMEZONE: 'Asia/Seoul' });
  });
  afterAll(async () => {
    expect(world.discord.violations).toEqual([]);
    await world.stop();
  });

  /** Says a command at the three places of an owner; the words of the three answers, matching `wanted`. */
  async function everywhere(
    name: string,
    options: Readonly<Record<string, string>>,
    wanted: RegExp,
  ): Promise<[telegram: string, discord: string, console: string]> {
    const { telegram, discord } = world;
    const line = [`/${name}`, ...Object.values(options)].join(' ');
    telegram.say(chat, line, owner);
    const asked = discord.command(name, options);
    const response = await fetch(`${sheepdog.url}/api/command`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: sheepdog.url },
      body: JSON.stringify({ text: line }),
    });
    const told = [
      (await telegram.said(chat, wanted)).text ?? '',
      wordsOf(await discord.answered(asked)),
      await response.text(),
    ] as const;
    for (const words of told) expect(words).toMatch(wanted);
    return [...told];
  }

  it('tells the strongest moves of the whole market', async () => {
    const market = createMarketRepository(world.redis.connect());
    await vi.waitFor(
      () => {
        world.exchange.market.jump('DOGEUSDT', 1);
        return market.overview().then((overview) => {
          expect(overview?.rows.some(({ symbol }) => symbol === 'DOGEUSDT')).toBe(true);
        });
      },
      { interval: 500 },
    );
    const told = await everywhere('movers', {}, /Movers/);
    for (const words of told) expect(words).toMatch(/DOGE/);
  });

  it('explains a rule before and after it barked, with what became of the message', async () => {
    const { telegram, exchange } = world;
    await everywhere('subscribe', { symbol: 'BTC', kind: 'volatility', threshold: '1%' }, /#[a-z0-9]{6}/);
    await everywhere('why', {}, /has not fired yet/);
    exchange.market.jump('BTCUSDT', 2);
    const bark = await telegram.said(chat, /^(🔻|🔺|↕)/u);
    const why = bark.keyboard.flat().find(({ text }) => text === 'Why');
    telegram.press(bark, why?.callback_data ?? '', owner);
    const told = await telegram.said(chat, /delivered/);
    expect(told.text).toMatch(/1: fired at .* KST · delivered .* KST/);
  });

  it('is silent while muted, and tells in one message at the end what was withheld', async () => {
    const { telegram, exchange } = world;
    await everywhere('mute', { duration: '1h' }, /muted until .* KST/);
    const barks = () => chat.messages.filter(({ text }) => /^(🔻|🔺|↕)/u.test(text)).length;
    const before = barks();
    await everywhere('subscribe', { symbol: 'ETH', kind: 'volatility', threshold: '1%' }, /ETHUSDT/);
    exchange.market.jump('ETHUSDT', 2);
    const store = world.redis.connect();
    const chats = createChatsRepository(store);
    const { uid = '' } =
      (await chats.find({ platform: 'telegram', chatId: String(chat.id), threadId: '' })) ?? {};
    const withheld = createWithheld(store);
    await vi.waitFor(async () => expect((await withheld.read(uid)).count).toBe(1));

    await everywhere('mute', { duration: 'off' }, /told again/);
    const digest = await telegram.said(chat, /1 alert was withheld/);
    expect(digest.text).toMatch(/ETH .*1×, last at .* KST/);
    expect(digest.silent).toBe(true);
    expect(barks()).toBe(before);
  });

  it('changes language, zone and sound on screens that are edited in place', async () => {
    const { telegram, discord } = world;
    await everywhere('settings', {}, /Settings of this chat[\s\S]*Asia\/Seoul/);
    const screen = chat.messages.findLast(({ text }) => /Settings of this chat/.test(text));
    if (!screen) throw new Error('no screen');
    const steps: [action: string, then: RegExp][] = [
      ['v1:set:tz', /Which time zone/],
      ['v1:set:tz:Asia/Tokyo', /Asia\/Tokyo · .* JST/],
      ['v1:set:language', /Which language/],
      ['v1:set:language:ko', /이 채팅의 설정/],
      ['v1:set:language', /어느 언어/],
      ['v1:set:language:en', /Settings of this chat/],
      ['v1:set:sound', /How should messages come/],
      ['v1:set:sound:alerts:silent', /Alerts: silent/],
      ['v1:set', /Settings of this chat/],
    ];
    for (const [action, then] of steps) {
      telegram.press(screen, action, owner);
      await telegram.until(action, () => then.test(screen.text));
    }

    const shown = await discord.answered(discord.command('settings'));
    const language = buttonsOf(shown).find(({ label }) => label === 'Language');
    discord.press(shown, language?.custom_id ?? '');
    await discord.waitFor('the languages', () => /Which language/.test(wordsOf(shown)));
    discord.press(shown, 'v1:set:language:ja');
    await discord.waitFor('Japanese', () => /このチャットの設定/.test(wordsOf(shown)));
    discord.press(shown, 'v1:set:language');
    await discord.waitFor('the languages again', () => /どの言語/.test(wordsOf(shown)));
    discord.press(shown, 'v1:set:language:en');
    await discord.waitFor('English', () => /Settings of this chat/.test(wordsOf(shown)));

    // In a chat of its own: here a bark of minutes ago would take this one into its message.
    const person = telegram.addUser();
    const quiet = telegram.privateChat(person);
    telegram.say(quiet, '/settings alerts silent', person);
    await telegram.said(quiet, /Alerts: silent/);
    telegram.say(quiet, '/subscribe bnb volatility 1%', person);
    await telegram.said(quiet, /BNBUSDT/);
    world.exchange.market.jump('BNBUSDT', 3);
    const bark = await telegram.said(quiet, /^↕.* BNB/u);
    expect(bark.silent).toBe(true);
  });

  it('reports the market at once, and every day at the hour asked for, once', async () => {
    const { telegram } = world;
    await everywhere('report', {}, /Market report of[\s\S]*Yesterday here/);
    await everywhere('report', { time: '08:00' }, /every day at 08:00/);
    const store = world.redis.connect();
    const { uid } =
      (await createChatsRepository(store).find({
        platform: 'telegram',
        chatId: String(chat.id),
        threadId: '',
      })) ?? {};
    const queue = new Queue(QUEUES.clerk, { connection: store, prefix: QUEUE_PREFIX });
    const reports = () => chat.messages.filter(({ text }) => /Market report of/.test(text)).length;
    const before = reports();
    const job = (await queue.getDelayed()).find(({ data }) => data.task === 'report' && data.chat === uid);
    await job?.promote();
    await telegram.until('the report', () => reports() > before);
    await queue.add('report', { v: 1, task: 'report', chat: uid });
    await vi.waitFor(async () =>
      expect((await queue.getCompleted()).filter(({ data }) => data.task === 'report')).toHaveLength(2),
    );
    expect(reports()).toBe(before + 1);
    await queue.close();
  });

  it('lets only extremes through in quiet hours, and tells the rest when they end', async () => {
    const { telegram, exchange } = world;
    const person = telegram.addUser();
    const room = telegram.privateChat(person);
    const store = world.redis.connect();
    telegram.say(room, '/settings tz UTC', person);
    await telegram.said(room, /UTC/);
    // From the hour before to the hour after: whenever the test runs, it is night.
    const at = (shift: number) => new Date(Date.now() + shift).toISOString().slice(11, 16);
    const hours = `${at(-3_600_000)}-${at(3_600_000)}`;
    telegram.say(room, `/sleep ${hours}`, person);
    await telegram.said(room, /Quiet hours from/);
    telegram.say(room, '/subscribe sol volatility 2% 5m', person);
    telegram.say(room, '/subscribe xrp volatility 2% 5m', person);
    await telegram.said(room, /XRPUSDT/);
    await telegram.said(room, /SOLUSDT/);
    exchange.market.jump('SOLUSDT', 3);
    exchange.market.jump('XRPUSDT', 5);
    await telegram.said(room, /^↕.* XRP/u);
    const chats = createChatsRepository(store);
    const { uid = '' } =
      (await chats.find({ platform: 'telegram', chatId: String(room.id), threadId: '' })) ?? {};
    await vi.waitFor(async () => expect((await createWithheld(store).read(uid)).count).toBe(1));

    const queue = new Queue(QUEUES.clerk, { connection: store, prefix: QUEUE_PREFIX });
    const job = (await queue.getDelayed()).find(({ data }) => data.task === 'morning' && data.chat === uid);
    await job?.promote();
    const morning = await telegram.said(room, /🌅[\s\S]*1 alert was withheld/u);
    expect(morning.text).toMatch(/SOL .*1×/);
    await telegram.until('the picture of the night', () => morning.photo);
    await queue.close();
  });
});
