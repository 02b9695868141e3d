import { describe, expect, it } from 'vitest';
import { readCommand, readUpdate } from '../../src/telegram/incoming.ts';

const group = { id: -1001, type: 'supergroup', title: 'Traders' };
const ada = { id: 5, is_bot: false, first_name: 'Ada', language_code: 'ko' };
const message = (fields: object) => ({
  update_id: 1,
  message: { message_id: 9, chat: group, text: '/price btc', ...fields },
});

describe('reading commands', () => {
  it.each([
    ['/price btc', { name: 'price', words: ['btc'] }],
    ['/PRICE@SheepDogBot  btc\n5분', { name: 'price', words: ['btc', '5분'] }],
    ['/start', { name: 'start', words: [] }],
    ['/가격 btc', { name: '가격', words: ['btc'] }],
    ['/チャート@sheepdogbot btc', { name: 'チャート', words: ['btc'] }],
  ])('%s', (text, expected) => {
    expect(readCommand(text, 'sheepdogbot')).toMatchObject(expected);
  });
  it.each(['/price@OtherBot btc', 'price btc', ' /price', '/', '/price,btc', '//price'])(
    'is silent at %s',
    (text) => expect(readCommand(text, 'sheepdogbot')).toBeUndefined(),
  );
});

describe('reading updates', () => {
  it('knows the forum topic, and does not take a thread of replies for one', () => {
    expect(
      readUpdate(message({ from: ada, message_thread_id: 77, is_topic_message: true }), 'b'),
    ).toMatchObject({
      scene: {
        address: { chatId: '-1001', threadId: '77' },
        chatType: 'group',
        userId: 5,
        languageHint: 'ko',
      },
    });
    expect(readUpdate(message({ from: ada, message_thread_id: 77 }), 'b')).toMatchObject({
      scene: { address: { threadId: '' }, surelyAdmin: false },
    });
  });

  it('takes who writes as the group itself for its administrator, and nobody else who hides behind a chat', () => {
    const anonymous = { from: { id: 1_087_968_824, is_bot: true }, sender_chat: { id: -1001 } };
    const asChannel = { from: { id: 136_817_688, is_bot: true }, sender_chat: { id: -1002 } };
    expect(readUpdate(message(anonymous), 'b')).toMatchObject({
      scene: { userId: undefined, surelyAdmin: true },
    });
    expect(readUpdate(message(asChannel), 'b')).toMatchObject({
      scene: { userId: undefined, surelyAdmin: false },
    });
  });

  it('ignores other bots, forwarded channel posts, and what it does not know', () => {
    expect(readUpdate(message({ from: { id: 8, is_bot: true } }), 'b')).toBeUndefined();
    expect(
      readUpdate(message({ from: { id: 777_000, is_bot: false }, sender_chat: { id: -1003 } }), 'b'),
    ).toBeUndefined();
    expect(readUpdate({ update_id: 1, poll: {} }, 'b')).toBeUndefined();
    expect(readUpdate({ message: 'rubbish' }, 'b')).toBeUndefined();
    expect(readUpdate(null, 'b')).toBeUndefined();
  });

  it('takes channel posts as their administrators’', () => {
    const update = {
      update_id: 1,
      channel_post: { message_id: 1, chat: { id: -1009, type: 'channel', title: 'News' }, text: '/alerts' },
    };
    expect(readUpdate(update, 'b')).toMatchObject({
      scene: { chatType: 'channel', userId: undefined, surelyAdmin: true },
    });
  });
});
