import { chatName } from '../approval.ts';
import type { Action } from '../context.ts';

/** `v1:approve:<uid>`: an operator opens the bot to a chat that waits. */
export const pressApprove: Action = async (context, [uid]) => {
  if (uid === undefined || !context.operator) return undefined;
  const chat = await context.deps.chats.update(uid, { approved: true });
  if (!chat) return undefined;
  return {
    text: [{ type: 'text', line: [`✅ ${context.t.operator.approved(chatName(chat))}`] }],
    replace: true,
  };
};
