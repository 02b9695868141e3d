import { describe, expect, it } from 'vitest';
import { makePicture } from '../charts/support.ts';
import { drawnPicture, PNG, stubPictures } from '../support/pictures.ts';
import type { FakeTelegram, FakeUser } from '../world/telegram.ts';
import { useTelegram } from './house.ts';
import { line, type StubChat } from './support.ts';

let world: FakeTelegram;
let chat: StubChat;
let ada: FakeUser;
const { started, stopAll, home, group } = useTelegram((parts) => {
  ({ world, chat, ada } = parts);
});

describe('pictures on Telegram', () => {
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
    await stopAll();

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
