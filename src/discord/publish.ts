import { type REST, Routes } from 'discord.js';
import type { Chat } from '../store/chat-model.ts';

const HOUR_MS = 3_600_000;
/** Discord takes about ten an hour in a channel; beyond it it only refuses. */
const MOST_AN_HOUR = 10;

/**
 * Makes what publishes messages of announcement channels to the servers that follow them, where the chat wants it. A
 * message that cannot be published is a message all the same: nothing is tried again, and nothing fails.
 */
export function createPublisher(rest: Pick<REST, 'post'>): (chat: Chat, messageId: string) => Promise<void> {
  const published = new Map<string, number[]>();

  /** Takes one of the hour's slots; false: there is none left. */
  function takeSlot(channelId: string, now: number): boolean {
    const recent = (published.get(channelId) ?? []).filter((at) => at > now - HOUR_MS);
    const isFree = recent.length < MOST_AN_HOUR;
    published.set(channelId, isFree ? [...recent, now] : recent);
    return isFree;
  }

  return async ({ publish, type, address: { chatId } }, messageId) => {
    if (!publish || type !== 'channel' || !takeSlot(chatId, Date.now())) return;
    await rest.post(Routes.channelMessageCrosspost(chatId, messageId)).catch(() => undefined);
  };
}
