import type { Chat } from '../../src/store/chat-model.ts';

/** A chat as it is stored: somebody's private one on Telegram, in English and UTC, changed as a test needs it. */
export function storedChat(change: Partial<Chat> = {}): Chat {
  return {
    uid: 'u',
    address: { platform: 'telegram', chatId: '1', threadId: '' },
    type: 'private',
    title: 'Anna',
    locale: 'en',
    timezone: 'UTC',
    costAt: undefined,
    pausedReason: undefined,
    approved: true,
    createdAt: 0,
    ...change,
  };
}
