import type { Action } from '../context.ts';
import { shown } from '../shown.ts';

/** `v1:approve:<uid>`: an operator opens the bot to a chat that waits. */
export const pressApprove: Action = async (context, [uid]) => {
  if (uid === undefined || !context.operator) return undefined;
  const chat = await context.deps.chats.update(uid, { approved: true });
  if (!chat) return undefined;
  const name = shown(chat.title) || `${chat.address.platform} ${chat.address.chatId}`;
  return { text: [{ type: 'text', line: [`✅ ${context.t.operator.approved(name)}`] }], replace: true };
};
