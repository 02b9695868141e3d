import type { Chat } from '../store/chat-model.ts';
import type { ChatDeps } from './deps.ts';
import { shown } from './shown.ts';

/** Tells the operators that a chat waits for them; said again at every call, heard once in two days. */
export async function askForApproval(deps: ChatDeps, chat: Chat): Promise<void> {
  const { platform } = chat.address;
  await deps.tellOperators('approval', { uid: chat.uid, chat: `${chatName(chat)} (${platform})` }, chat.uid);
}

/** How a chat is called before people: its title, else its platform id. */
export function chatName(chat: Chat): string {
  return shown(chat.title) || chat.address.chatId;
}
