import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buttonsOf, type FakeMessage as DiscordMessage, wordsOf } from '../world/discord.ts';
import type { FakeChat, FakeMessage, FakeUser } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('the life of a rule, by buttons alone', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ volatility: 0.6 });
    await world.startSheepdog();
  });
  afterAll(async () => {
    expect(world.discord.violations).toEqual([]);
    await world.stop();
  });

  /** Presses a button by its label. */
  function press(message: FakeMessage, label: string, by: FakeUser): string {
    const button = message.keyboard.flat().find(({ text }) => text.includes(label));
    return world.telegram.press(message, button?.callback_data ?? '', by);
  }

  async function pressUntil(message: FakeMessage, label: string, by: FakeUser, then: RegExp): Promise<void> {
    press(message, label, by);
    await world.telegram.until(`${label} → ${then}`, () =>
      then.test([message.text, ...message.keyboard.flat().map(({ text }) => text)].join('\n')),
    );
  }

  it('on Telegram: tuned in place, seen as a picture, paused and removed', async () => {
    const { telegram } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/subscribe btc volatility 2% 5m', person);
    const set = await telegram.said(chat, /Alert set/);

    press(set, 'Preview', person);
    const picture = await telegram.said(chat, /🐾 #[a-z0-9]{6} BTCUSDT range within 5 min reaches 2 %/u);
    const before = picture.photo?.fileId;
    expect(before).toBeDefined();
    await pressUntil(picture, '−', person, /reaches 1\.8 %/);
    await telegram.until('another picture', () => picture.photo?.fileId !== before);

    await pressUntil(set, 'Change', person, /⚙️ Alert #/u);
    await pressUntil(set, '+', person, /✓ Set 2\.2 %/);
    await pressUntil(set, '✓ Set', person, /range within 5 min reaches 2\.2 %/);
    await pressUntil(set, 'Window', person, /Over which window/);
    await pressUntil(set, '1 hr', person, /range within 1 hr reaches 2\.2 %/);
    await pressUntil(set, 'Pause', person, /▶ Resume/);
    await pressUntil(set, 'All alerts', person, /Alerts: 1 of 200[\s\S]*paused/);
    await pressUntil(set, '⚙', person, /▶ Resume/);
    await pressUntil(set, 'Resume', person, /⏸ Pause/u);
    await pressUntil(set, 'Remove', person, /Removed[\s\S]*reaches 2\.2 %/);
    press(picture, '+', person);
    await telegram.said(chat, /There is no alert/);
  });

  it('on Discord: the same, its picture drawn anew in place', async () => {
    const { discord } = world;
    const click = async (message: DiscordMessage, label: string, then: RegExp) => {
      const button = buttonsOf(message).find((each) => each.label.includes(label));
      discord.press(message, button?.custom_id ?? '');
      await discord.waitFor(`${label} → ${then}`, () =>
        then.test([wordsOf(message), ...buttonsOf(message).map((each) => each.label)].join('\n')),
      );
    };
    const set = await discord.answered(
      discord.command('subscribe', { symbol: 'btc', kind: 'volatility', threshold: '2%' }),
    );
    expect(wordsOf(set)).toMatch(/Alert set/);
    const preview = buttonsOf(set).find(({ label }) => label.includes('Preview'));
    const picture = await discord.answered(discord.press(set, preview?.custom_id ?? ''));
    expect(wordsOf(picture)).toMatch(/reaches 2 %/);
    expect(picture.files).toBe(1);
    await click(picture, '+', /reaches 2\.2 %/);
    expect(picture.files).toBe(1);

    await click(set, 'Change', /Alert #/);
    await click(set, '−', /✓ Set 1\.8 %/);
    await click(set, '✓ Set', /reaches 1\.8 %/);
    await click(set, '☐ once', /☑ once/);
    await click(set, 'Remove', /Removed/);
  });

  it('a test alert comes by the way of alerts', async () => {
    const { telegram } = world;
    const admin = telegram.addUser();
    const group = telegram.addChat({ type: 'supergroup', title: 'Traders', bot: 'member', admins: [admin] });
    telegram.say(group, `/subscribe@${telegram.botName} eth move -9%`, admin);
    press(await telegram.said(group, /Alert set/), 'Test alert', admin);
    const told = await telegram.said(group, /^🔻 ETH −9 %/u);
    expect(told.text).toMatch(/🧪 TEST: nothing has happened/u);
  });
});

describe('a bark in a group', () => {
  let world: World;
  let admin: FakeUser;
  let member: FakeUser;
  let group: FakeChat;
  let bark: FakeMessage;
  beforeAll(async () => {
    world = await startWorld();
    await world.startSheepdog();
    const { telegram, exchange } = world;
    admin = telegram.addUser({ first_name: 'Anna' });
    member = telegram.addUser({ first_name: 'Bob' });
    group = telegram.addChat({
      type: 'supergroup',
      title: 'Traders',
      bot: 'member',
      admins: [admin],
      members: [member],
    });
    telegram.say(group, `/subscribe@${telegram.botName} btc volatility 1% 5m`, admin);
    await telegram.said(group, /Alert set[\s\S]*watching/);
    exchange.market.jump('BTCUSDT', 2);
    bark = await telegram.said(group, /^↕/u);
  });
  afterAll(() => world.stop());

  const press = (message: FakeMessage, label: string, by: FakeUser) => {
    const button = message.keyboard.flat().find(({ text }) => text.includes(label));
    return world.telegram.press(message, button?.callback_data ?? '', by);
  };
  const answerTo = (query: string) =>
    world.telegram.until('the answer to a press', () => {
      const answer = world.telegram.state.queries.get(query);
      return answer?.answered ? answer : undefined;
    });

  it('has at most three rows of buttons', () => {
    expect(bark.keyboard.length).toBeLessThanOrEqual(3);
  });

  it('says who has seen it', async () => {
    const answer = await answerTo(press(bark, 'Seen', member));
    expect(answer).toMatchObject({ words: 'Marked as seen.', alert: false });
    await world.telegram.until('the mark', () => /✓ seen by Bob/.test(bark.text));
    expect(bark.keyboard.length).toBeLessThanOrEqual(3);
  });

  it('is made quieter by an administrator only, who can take it back', async () => {
    const refused = await answerTo(press(bark, 'Quieter', member));
    expect(refused).toMatchObject({ words: expect.stringContaining('Only administrators'), alert: true });
    press(bark, 'Quieter', admin);
    const told = await world.telegram.said(
      group,
      /🔉 #[a-z0-9]{6} BTCUSDT range within 5 min reaches 1\.3 %/u,
    );
    press(told, 'Undo', admin);
    await world.telegram.until('the old threshold', () => /reaches 1 %/.test(told.text));
  });

  it('is taken along by a member into his private chat, where he is led first', async () => {
    const { telegram, exchange } = world;
    const query = press(bark, 'Me too', member);
    // Opened by the press itself; by a button if the press had to be acknowledged before.
    const url = await telegram.until('the way into the private chat', () => {
      const buttons = group.messages.flatMap(({ keyboard }) => keyboard.flat());
      return telegram.state.queries.get(query)?.url ?? buttons.find((button) => button.url)?.url;
    });
    const payload = new URL(url).searchParams.get('start');
    const room = telegram.privateChat(member);
    telegram.say(room, `/start ${payload}`, member);
    await telegram.said(room, /Alert set[\s\S]*BTCUSDT range within 5 min reaches 1 %/);
    // Bob's own rule knows nothing of the move before; the next one barks for him too.
    const again = await answerTo(press(bark, 'Me too', member));
    expect(again.words).toMatch(/has it already, as #[a-z0-9]{6}/);
    telegram.say(room, '/subscribe eth volatility 1% 5m', member);
    await telegram.said(room, /ETHUSDT[\s\S]*watching/);
    exchange.market.jump('ETHUSDT', 2);
    await telegram.said(room, /^↕.*ETH/u);
  });
});
