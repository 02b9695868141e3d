import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Spend } from '../../src/courier/spend.ts';
import { createApi } from '../../src/telegram/api.ts';
import { countWrites } from '../../src/telegram/counted.ts';
import { createTelegramSender } from '../../src/telegram/sender.ts';
import { alert } from '../courier/support.ts';
import { storedChat } from '../support/stored-chat.ts';
import { type FakeChat, type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';
import { stubChat } from './support.ts';

describe('what is written on Telegram without a slot of its own', () => {
  let world: FakeTelegram;
  let group: FakeChat;
  /** What was counted: chat, its type, and for how long a refusal keeps everybody from it, ms. */
  let counted: [string, string, number?][];
  const spend: Spend = {
    call: async ({ chatId }, type) => void counted.push([chatId, type]),
    refused: async ({ chatId }, type, ms) => void counted.push([chatId, type, ms]),
  };
  beforeAll(async () => {
    world = await startFakeTelegram();
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    group = world.addChat({ type: 'supergroup', title: 'Traders' });
    counted = [];
  });

  it('is counted: every message and change, but no question and no sign', async () => {
    const { api, close } = createApi(world, 1);
    api.config.use(countWrites(spend));
    const { message_id: id } = await api.sendMessage(group.id, 'one');
    await api.editMessageText(group.id, id, 'two');
    await api.sendChatAction(group.id, 'typing');
    await api.getMe();
    const error = { error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 7 } };
    world.fault({ method: 'sendMessage', kind: 'refuse', error });
    await expect(api.sendMessage(group.id, 'three')).rejects.toThrow();
    const chat = String(group.id);
    expect(counted).toEqual([
      [chat, 'group'],
      [chat, 'group'],
      [chat, 'group'],
      [chat, 'group', 7_000],
    ]);
    close();
  });

  it('is counted from the second call of a delivery on: the first one has a slot', async () => {
    const sender = createTelegramSender({ ...world, chat: stubChat(), spend });
    const chat = storedChat({
      address: { platform: 'telegram', chatId: String(group.id), threadId: '' },
      type: 'group',
    });
    const send = () => sender.send(chat, [alert(1)], { nonce: 'n', silent: false, mayRepeat: false });
    expect(await send()).toMatchObject({ type: 'sent' });
    expect(counted).toEqual([]);
    const error = { error_code: 400, description: "Bad Request: can't parse entities" };
    world.fault({ method: 'sendMessage', kind: 'refuse', error });
    expect(await send()).toMatchObject({ type: 'sent' });
    expect(counted).toEqual([[String(group.id), 'group']]);
  });
});
