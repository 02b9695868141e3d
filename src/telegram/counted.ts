import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transformer } from 'grammy';
import type { Spend } from '../courier/spend.ts';
import type { ChatType } from '../store/chat-model.ts';

/** What Telegram counts against a chat's limits: what is written there, and no questions or signs (`getMe`, `sendChatAction`, `answerCallbackQuery`). */
const WRITES = /^(?:send(?!ChatAction)|edit)/;

/** Counts every write of a client whose writes wait for nothing: answers to people. A refusal for flooding is obeyed by all. */
export function countWrites(spend: Spend): Transformer {
  return async (call, method, payload, signal) => {
    const chat = WRITES.test(method) ? chatOf(payload) : undefined;
    if (chat) void spend.call(chat.address, chat.type);
    const answer = await call(method, payload, signal);
    if (chat && !answer.ok && answer.error_code === 429) {
      void spend.refused(chat.address, chat.type, (answer.parameters?.retry_after ?? 1) * 1_000);
    }
    return answer;
  };
}

/** Counts the writes of a client whose first one within `run` has a slot. */
export function countFurtherWrites(spend: Spend): {
  transformer: Transformer;
  run<T>(step: () => Promise<T>): Promise<T>;
} {
  const writes = new AsyncLocalStorage<{ count: number }>();
  return {
    transformer: async (call, method, payload, signal) => {
      const chat = WRITES.test(method) ? chatOf(payload) : undefined;
      const within = writes.getStore();
      if (chat && within && within.count++ > 0) await spend.call(chat.address, chat.type);
      return await call(method, payload, signal);
    },
    run: (step) => writes.run({ count: 0 }, step),
  };
}

/** Telegram's groups and channels have negative ids; they have the same limits. */
function chatOf(
  payload: object,
): { address: { platform: 'telegram'; chatId: string }; type: ChatType } | undefined {
  const chatId = 'chat_id' in payload ? String(payload.chat_id) : '';
  if (chatId === '') return undefined;
  return {
    address: { platform: 'telegram', chatId },
    type: chatId.startsWith('-') ? 'group' : 'private',
  };
}
