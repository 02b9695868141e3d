import { describe, expect, it } from 'vitest';
import type { FakeTelegram, FakeUser } from '../world/telegram.ts';
import { until, useTelegram } from './house.ts';
import { line, type StubChat } from './support.ts';

let world: FakeTelegram;
let chat: StubChat;
let ada: FakeUser;
const { started, home, group } = useTelegram((parts) => {
  ({ world, chat, ada } = parts);
});

describe('commands on Telegram', () => {
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

  it('tells the chat room by which name it hears of a group in privacy mode', async () => {
    await started();
    world.say(group(), '/help', ada);
    await until(() => expect(chat.asked).toHaveLength(1));
    world.say(home(), '/help', ada);
    await until(() => expect(chat.asked).toHaveLength(2));
    expect(chat.asked.map(({ asker }) => asker.addressee)).toEqual([`@${world.botName}`, undefined]);
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
