import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Presented } from '../../src/chat/model.ts';
import type { Edition, Sender } from '../../src/courier/sender.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { createTelegramSender } from '../../src/telegram/sender.ts';
import { alert } from '../courier/support.ts';
import { BARS } from '../support/pictures.ts';
import { storedChat } from '../support/stored-chat.ts';
import { type FakeChat, type FakeMessage, type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const WITH_PICTURE = [{ what: 'picture', of: alert(1).eventId }] as const;

describe('changing a message on Telegram', () => {
  let world: FakeTelegram;
  let sender: Sender;
  let there: FakeChat;
  let chat: Chat;
  let words: string;
  let inBrief: string;
  let presented: Partial<Presented>;
  const drawn = { png: PNG };
  /** What the next pictures fail with; undefined: there is nothing to draw. */
  const undrawn: (Error | undefined)[] = [];
  async function draw() {
    if (undrawn.length === 0) return drawn;
    const failure = undrawn.shift();
    if (failure) throw failure;
    return undefined;
  }

  beforeAll(async () => {
    world = await startFakeTelegram();
    sender = createTelegramSender({
      ...world,
      timeoutSeconds: 1,
      chat: {
        present: (notices, _chat, mayRepeat, { brief = false } = {}) => ({
          text: [
            ...(notices.length > 0 ? [{ type: 'text', line: [brief ? inBrief : words] } as const] : []),
            ...(mayRepeat ? [{ type: 'small', line: ['↻ may <be> a repeat'] } as const] : []),
          ],
          buttons: [],
          ...presented,
        }),
      },
      illustrations: { pictures: { draw }, log: silentLog() },
    });
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    undrawn.length = 0;
    there = world.privateChat(world.addUser());
    chat = storedChat({ address: { platform: 'telegram', chatId: String(there.id), threadId: '' } });
    words = 'woof';
    presented = {
      picture: BARS,
      buttons: [[{ label: 'Seen', action: 'v1:ack:1' }]],
    };
  });

  async function tell(): Promise<FakeMessage> {
    await sender.send(chat, [alert(1)], { nonce: 'n', silent: false, mayRepeat: false });
    const message = there.messages.at(-1);
    if (!message) throw new Error('nothing came');
    return message;
  }
  const edit = (message: Pick<FakeMessage, 'id'>, edition: Partial<Edition> = {}) =>
    sender.edit(chat, String(message.id), {
      notices: [alert(1)],
      additions: [],
      form: 'barks',
      mayRepeat: false,
      pictured: undefined,
      words: true,
      ...edition,
    });
  const attach = (message: Pick<FakeMessage, 'id'>, mayRepeat = false) =>
    sender.attach?.(chat, String(message.id), {
      notices: [alert(1)],
      additions: WITH_PICTURE,
      form: 'barks',
      mayRepeat,
      pictured: 'apart',
      words: false,
    });

  it('writes new words into it, and is content when they are there already', async () => {
    const message = await tell();
    words = 'woof, and more';
    expect(await edit(message)).toEqual({ type: 'edited', pictured: undefined });
    expect(await edit(message)).toEqual({ type: 'edited', pictured: undefined });
    expect(message.text).toBe('woof, and more');
    expect(message.photo).toBeUndefined();
    expect(message.keyboard.flat()).toHaveLength(1);
    expect(there.messages).toHaveLength(1);
  });

  it('puts the picture into it, and changes its words from then on without a new picture', async () => {
    const message = await tell();
    words = 'woof, and why';
    expect(await edit(message, { additions: WITH_PICTURE })).toEqual({ type: 'edited', pictured: 'in' });
    expect(message).toMatchObject({ text: 'woof, and why', photo: { bytes: PNG } });
    words = 'woof, and what came';
    const uploads = world.state.files.size;
    expect(await edit(message, { additions: WITH_PICTURE, pictured: 'in' })).toMatchObject({
      pictured: 'in',
    });
    expect(message.text).toBe('woof, and what came');
    // What a courier did that died before it had booked it.
    words = 'woof, and who saw it';
    expect(await edit(message)).toMatchObject({ pictured: 'in' });
    expect(message.text).toBe('woof, and who saw it');
    // What joins may be too much for a caption.
    words = 'long '.repeat(300);
    inBrief = 'woof, in few words';
    expect(await edit(message, { pictured: 'in' })).toMatchObject({ pictured: 'in' });
    expect(message.text).toBe('woof, in few words');
    expect(world.state.files.size).toBe(uploads);
    expect(there.messages).toHaveLength(1);
  });

  it('puts the picture below words that are too many for a caption, as a call of its own, without a sound and by its file id', async () => {
    const [first, second] = [await tell(), await tell()];
    await edit(first, { additions: WITH_PICTURE });
    const uploads = world.state.files.size;
    words = 'long '.repeat(300);
    const calls = world.calls.length;
    expect(await edit(second, { additions: WITH_PICTURE })).toEqual({ type: 'edited', pictured: 'apart' });
    expect(second.text).toContain('long long');
    expect(world.calls.slice(calls).map(({ method }) => method)).toEqual(['editMessageText']);
    expect(await attach(second)).toMatchObject({ type: 'sent' });
    expect(world.calls.slice(calls + 1).map(({ method }) => method)).toEqual(['sendPhoto']);
    expect(there.messages.at(-1)).toMatchObject({ text: '', silent: true, photo: { bytes: PNG } });
    expect(world.state.files.size).toBe(uploads);
    // Only its picture was missing: there is nothing to write into the message.
    expect(await edit(second, { additions: WITH_PICTURE, words: false })).toMatchObject({
      pictured: 'apart',
    });
    expect(world.calls).toHaveLength(calls + 2);
    // Once more, after a lost answer.
    expect(await attach(second, true)).toMatchObject({ type: 'sent' });
    expect(there.messages.at(-1)).toMatchObject({ text: '↻ may <be> a repeat', photo: { bytes: PNG } });
  });

  it('asks for nothing when it is all about a picture that is not there', async () => {
    const message = await tell();
    presented = { buttons: [] };
    const calls = world.calls.length;
    expect(await edit(message, { additions: WITH_PICTURE, words: false })).toEqual({
      type: 'edited',
      pictured: undefined,
    });
    expect(world.calls).toHaveLength(calls);
  });

  it('says that its picture is missing when it could not be drawn, and what it says in words all the same', async () => {
    const message = await tell();
    words = 'woof, and why';
    for (const failure of [new Error('no chart within 5000 ms'), undefined]) {
      undrawn.push(failure, failure);
      expect(await edit(message, { additions: WITH_PICTURE })).toMatchObject({ undrawn: true });
      expect(message.text).toBe('woof, and why');
      expect(await edit(message, { additions: WITH_PICTURE, words: false })).toMatchObject({ undrawn: true });
    }
    expect(await edit(message, { additions: WITH_PICTURE, words: false })).toEqual({
      type: 'edited',
      pictured: 'in',
    });
  });

  it('does without the picture where photos are not allowed', async () => {
    const message = await tell();
    words = 'woof, and why';
    const error = {
      error_code: 400,
      description: 'Bad Request: not enough rights to send photos to the chat',
    };
    for (const method of ['editMessageMedia', 'sendPhoto']) world.fault({ method, kind: 'refuse', error });
    expect(await edit(message, { additions: WITH_PICTURE })).toEqual({ type: 'edited', pictured: 'apart' });
    expect(message.text).toBe('woof, and why');
    expect(await attach(message)).toMatchObject({ type: 'gone' });
  });

  it('says what a refusal means', async () => {
    expect(await edit({ id: 999_999 })).toMatchObject({ type: 'no-message' });
    const message = await tell();
    words = 'new';
    world.fault({
      method: 'editMessageText',
      kind: 'refuse',
      error: { error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 3 } },
    });
    expect(await edit(message)).toMatchObject({ type: 'not-sent', retryAfterMs: 3_000, scope: 'chat' });
    world.fault({ method: 'editMessageText', kind: 'lose' });
    expect(await edit(message)).toMatchObject({ type: 'ambiguous' });
    // It was taken; once more changes nothing.
    expect(await edit(message)).toMatchObject({ type: 'edited' });
  });
});
