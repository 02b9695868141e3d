import { type REST, Routes } from 'discord.js';
import type { Chat } from '../store/chat-model.ts';
import type { Limiter } from '../store/limiter.ts';

/** Discord takes about ten an hour in a channel and refuses the rest: five at once and one in twelve minutes are never more. */
const RATE = { intervalMs: 12 * 60_000, burst: 5 } as const;

/**
 * Makes what publishes messages of announcement channels to the servers that follow them, where the chat wants it; all
 * couriers together keep to what Discord takes. A message that cannot be published is a message all the same: nothing is
 * tried again, and nothing fails.
 */
export function createPublisher(
  rest: Pick<REST, 'post'>,
  limiter: Pick<Limiter, 'take'> | undefined,
): (chat: Chat, messageId: string) => Promise<void> {
  return async ({ publish, type, address: { chatId } }, messageId) => {
    if (!limiter || !publish || type !== 'channel') return;
    try {
      if (!(await limiter.take(`crosspost:${chatId}`, RATE, 0)).taken) return;
      await rest.post(Routes.channelMessageCrosspost(chatId, messageId));
    } catch {
      // Its followers do without it.
    }
  };
}
