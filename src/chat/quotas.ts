import type { Chat } from '../store/chat-model.ts';
import type { ChatLimits } from './deps.ts';

/** The most rules a chat may have. */
export function ruleLimit(chat: Chat, quotas: ChatLimits): number {
  return chat.approved ? quotas.rulesPerChat : quotas.rulesUnapproved;
}
