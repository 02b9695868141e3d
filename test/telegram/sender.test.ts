import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sender } from '../../src/courier/sender.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { createTelegramSender } from '../../src/telegram/sender.ts';
import { alert } from '../courier/support.ts';
import { storedChat } from '../support/stored-chat.ts';
import { type FakeChat, type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';
import { stubChat } from './support.ts';

describe('sending to Telegram', () => {
  let world: FakeTelegram;
  let sender: Sender;
  let there: FakeChat;
  beforeAll(async () => {
    world = await startFakeTelegram();
    sender = createTelegramSender({ ...world, chat: stubChat(), timeoutSeconds: 1 });
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    there = world.privateChat(world.addUser());
  });

  function chatAt(chat: Pick<FakeChat, 'id' | 'type'>, threadId = ''): Chat {
    return storedChat({
      address: { platform: 'telegram', chatId: String(chat.id), threadId },
      type: chat.type === 'supergroup' ? 'group' : chat.type,
    });
  }
  const send = (chat: Chat, options: { silent?: boolean; mayRepeat?: boolean } = {}, by = sender) =>
    by.send(chat, [alert(1)], { nonce: 'n', silent: false, mayRepeat: false, ...options });
  const refuse = (error_code: number, description: string, parameters?: Record<string, number>) =>
    world.fault({
      method: 'sendMessage',
      kind: 'refuse',
      error: { error_code, description, ...(parameters ? { parameters } : {}) },
    });

  it('sends one message with its buttons, aloud or silent, marked when it may repeat', async () => {
    expect(await send(chatAt(there))).toEqual({ type: 'sent', messageId: String(there.messages[0]?.id) });
    expect(there.messages[0]).toMatchObject({
      text: alert(1).eventId,
      silent: false,
      entities: [{ type: 'b' }],
    });
    expect(there.messages[0]?.keyboard.flat()).toHaveLength(1);
    await send(chatAt(there), { silent: true, mayRepeat: true });
    expect(there.messages[1]).toMatchObject({ silent: true });
    expect(there.messages[1]?.text).toContain('↻ may repeat');
  });

  it('sends into the topic it was asked from', async () => {
    const forum = world.addChat({ type: 'supergroup', title: 'Forum', is_forum: true });
    const topic = world.addTopic(forum);
    await send(chatAt(forum, String(topic)));
    expect(forum.messages[0]).toMatchObject({ threadId: topic });
    expect(await send(chatAt(forum, '999999'))).toMatchObject({ type: 'gone' });
  });

  it('says how long a flooded chat must wait', async () => {
    refuse(429, 'Too Many Requests: retry after 7', { retry_after: 7 });
    expect(await send(chatAt(there))).toMatchObject({ type: 'not-sent', retryAfterMs: 7_000, scope: 'chat' });
  });

  it('knows a chat that is gone or closed', async () => {
    there.members.set(world.state.me.id, 'kicked');
    expect(await send(chatAt(there))).toEqual({
      type: 'gone',
      reason: 'Forbidden: bot was blocked by the user',
    });
    expect(await send(chatAt({ id: -5, type: 'group' }))).toMatchObject({ type: 'gone' });
    const channel = world.addChat({ type: 'channel', title: 'News' });
    channel.botMayPost = false;
    expect(await send(chatAt(channel))).toMatchObject({ type: 'gone' });
    refuse(400, 'Bad Request: CHAT_SEND_PLAIN_FORBIDDEN');
    expect(await send(chatAt(world.privateChat(world.addUser())))).toMatchObject({ type: 'gone' });
  });

  it('says where a group moved', async () => {
    const group = world.addChat({ type: 'group', title: 'Old' });
    const moved = world.migrate(group, true);
    expect(await send(chatAt(group))).toEqual({ type: 'migrated', chatId: String(moved.id) });
  });

  it('sends bare words when the markup is refused, and gives up when those are too', async () => {
    refuse(400, "Bad Request: can't parse entities: unsupported start tag");
    expect(await send(chatAt(there))).toMatchObject({ type: 'sent' });
    expect(there.messages[0]).toMatchObject({ parseMode: undefined, keyboard: [] });
    refuse(400, 'Bad Request: message is too long');
    refuse(400, 'Bad Request: message is too long');
    expect(await send(chatAt(there))).toMatchObject({ type: 'bad-content' });
  });

  it.each(['lose', 'reset', 'garbage', 'hang'] as const)(
    'does not know what became of a message after: %s',
    async (kind) => {
      world.fault({ method: 'sendMessage', kind });
      expect(await send(chatAt(there))).toMatchObject({ type: 'ambiguous' });
    },
  );

  it('does not know what became of a message after a server error', async () => {
    refuse(500, 'Internal Server Error');
    expect(await send(chatAt(there))).toMatchObject({ type: 'ambiguous' });
  });

  it('knows that nothing was sent without a connection', async () => {
    const closed = createTelegramSender({
      token: world.token,
      apiRoot: 'http://127.0.0.1:1',
      chat: stubChat(),
    });
    expect(await send(chatAt(there), {}, closed)).toMatchObject({ type: 'not-sent', scope: 'bot' });
  });

  it('takes a TLS handshake that never ends for no connection', async () => {
    const deaf = createServer();
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const apiRoot = `https://127.0.0.1:${port}`;
    const stuck = createTelegramSender({ token: world.token, apiRoot, chat: stubChat(), connectMs: 100 });
    expect(await send(chatAt(there), {}, stuck)).toMatchObject({
      type: 'not-sent',
      reason: 'CONNECT_TIMEOUT',
    });
    deaf.close();
  });

  it('stops the whole bot when the token is refused, and never tells it', async () => {
    const token = '1111111:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    for (const apiRoot of [world.apiRoot, 'http://127.0.0.1:1']) {
      const wrong = createTelegramSender({ token, apiRoot, chat: stubChat() });
      const outcome = await send(chatAt(there), {}, wrong);
      expect(outcome).toMatchObject({ type: 'not-sent', scope: 'bot' });
      expect(inspect(outcome)).not.toContain(token);
    }
  });
});
