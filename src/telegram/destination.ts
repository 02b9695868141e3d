import type { Address } from '../store/chat-model.ts';

/** Where a chat's messages go: the chat and, in a forum, the topic. */
export function destinationOf({ chatId, threadId }: Pick<Address, 'chatId' | 'threadId'>): {
  chat_id: string;
  message_thread_id?: number;
} {
  return { chat_id: chatId, ...(threadId === '' ? {} : { message_thread_id: Number(threadId) }) };
}
