import type { Api } from 'grammy';
import type { ChatService } from '../chat/model.ts';
import type { Sender, SendOutcome } from '../courier/sender.ts';
import type { Chat } from '../store/chat-model.ts';
import { createApi, type TelegramAddress } from './api.ts';
import { outcomeOf } from './errors.ts';
import { renderButtons, renderMessage } from './render.ts';

export interface TelegramSenderOptions extends TelegramAddress {
  chat: Pick<ChatService, 'present'>;
  /** How long one send may take, s. */
  timeoutSeconds?: number;
}

/** Where a chat's messages go: the chat and, in a forum, the topic. */
export function destinationOf({ chatId, threadId }: Chat['address']): {
  chat_id: string;
  message_thread_id?: number;
} {
  return { chat_id: chatId, ...(threadId === '' ? {} : { message_thread_id: Number(threadId) }) };
}

/** Sends notices to Telegram; works without receiving anything. Telegram knows no nonce: a repeat is a second message. */
export function createTelegramSender(options: TelegramSenderOptions): Sender {
  const { api } = createApi(options, options.timeoutSeconds ?? 15);
  return {
    platform: 'telegram',
    async send(chat, notices, { silent, mayRepeat }) {
      const { text, buttons } = options.chat.present(notices, chat, mayRepeat);
      const { html, plain } = renderMessage(text);
      const markup = renderButtons(buttons, chat.type);
      const styled = { text: html, parse_mode: 'HTML' as const, ...(markup ? { reply_markup: markup } : {}) };
      const outcome = await attempt(api, chat, styled, silent);
      // Refused as it stands: once more as bare words, better than not at all.
      return outcome.type === 'bad-content' ? await attempt(api, chat, { text: plain }, silent) : outcome;
    },
    async answers() {
      return await api.raw.getMe().then(
        () => true,
        () => false,
      );
    },
  };
}

async function attempt(
  api: Api,
  chat: Chat,
  body: Omit<Parameters<Api['raw']['sendMessage']>[0], 'chat_id'>,
  silent: boolean,
): Promise<SendOutcome> {
  try {
    const message = await api.raw.sendMessage({
      ...destinationOf(chat.address),
      ...body,
      link_preview_options: { is_disabled: true },
      disable_notification: silent,
    });
    return { type: 'sent', messageId: String(message.message_id) };
  } catch (error) {
    return outcomeOf(error);
  }
}
