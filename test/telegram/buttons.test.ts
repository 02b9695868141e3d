import { describe, expect, it } from 'vitest';
import type { ChatsRepository } from '../../src/store/chats.ts';
import type { FakeTelegram, FakeUser } from '../world/telegram.ts';
import { until, useTelegram } from './house.ts';
import { line, type StubChat } from './support.ts';

let world: FakeTelegram;
let chat: StubChat;
let chats: ChatsRepository;
let ada: FakeUser;
const { started, home, group } = useTelegram((parts) => {
  ({ world, chat, chats, ada } = parts);
});

describe('buttons on Telegram', () => {
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

  it('acknowledges a press that waits behind a question of the same person', async () => {
    await started();
    const message = await buttonIn();
    const slow = Promise.withResolvers<void>();
    chat.answer = async () => {
      await slow.promise;
      return line('at last');
    };
    world.say(home(), '/price btc', ada);
    await answered(world.press(message, 'v1:go', ada));
    expect(chat.pressed).toEqual([]);
    slow.resolve();
    await world.said(home(), /pressed v1:go/);
  });

  it('acknowledges a press though the store does not answer', async () => {
    const awake = Promise.withResolvers<void>();
    let asleep = false;
    await started({
      chats: {
        ...chats,
        async firstSight(...update) {
          if (asleep) await awake.promise;
          return await chats.firstSight(...update);
        },
      },
    });
    const message = await buttonIn();
    asleep = true;
    await answered(world.press(message, 'v1:go', ada));
    expect(chat.pressed).toEqual([]);
    awake.resolve();
    await world.said(home(), /pressed v1:go/);
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
