import type { Api } from 'grammy';
import { z } from 'zod';
import type { ChatService } from '../chat/model.ts';
import type { Sender, SendOutcome } from '../courier/sender.ts';
import type { Spend } from '../courier/spend.ts';
import type { Log } from '../kit/log.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Chat } from '../store/chat-model.ts';
import { createApi, createBotName, type TelegramAddress } from './api.ts';
import { countFurtherWrites } from './counted.ts';
import { destinationOf } from './destination.ts';
import { createEdits } from './edit.ts';
import { outcomeOf } from './errors.ts';
import { renderButtons, renderMessage } from './render.ts';

export interface TelegramSenderOptions extends TelegramAddress {
  chat: Pick<ChatService, 'present'>;
  /** Where a second call is counted that follows a refusal; a slot is for one. Undefined: it is not. */
  spend?: Spend | undefined;
  /** What alerts are illustrated with; undefined: they come as words only. */
  illustrations?: { pictures: Pictures; log: Log };
  /** How long one send may take, s. */
  timeoutSeconds?: number;
}

/** Sends notices to Telegram; works without receiving anything. Telegram knows no nonce: a repeat is a second message. */
export function createTelegramSender(options: TelegramSenderOptions): Sender {
  const { api } = createApi(options, options.timeoutSeconds ?? 15);
  const counted = options.spend && countFurtherWrites(options.spend);
  if (counted) api.config.use(counted.transformer);
  const within = counted?.run ?? (<T>(step: () => Promise<T>) => step());
  const botName = createBotName(api);
  const { chat: words, illustrations } = options;
  const edits = createEdits(api, words, botName, illustrations);
  return {
    platform: 'telegram',
    pictures: illustrations !== undefined,
    async send(chat, notices, { silent, mayRepeat, form }) {
      const { text, buttons } = words.present(notices, chat, mayRepeat, { form });
      const { html, plain } = renderMessage(text);
      // Only the links under a channel's posts need it.
      const name = chat.type === 'channel' ? await botName() : undefined;
      const markup = renderButtons(buttons, chat.type, name);
      const styled = { text: html, parse_mode: 'HTML' as const, ...(markup ? { reply_markup: markup } : {}) };
      return await within(async () => {
        const outcome = await attempt(api, chat, styled, silent);
        // Refused as it stands: once more as bare words, better than not at all.
        return outcome.type === 'bad-content' ? await attempt(api, chat, { text: plain }, silent) : outcome;
      });
    },
    edit: (...change) => within(() => edits.edit(...change)),
    attach: edits.attach,
    async answers() {
      return await api.raw.getMe().then(
        () => true,
        () => false,
      );
    },
  };
}

const sentMessage = z.looseObject({ message_id: z.int() });

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
    const { success, data } = sentMessage.safeParse(message);
    if (!success) return { type: 'ambiguous', reason: 'an answer without a message' };
    return { type: 'sent', messageId: String(data.message_id) };
  } catch (error) {
    return outcomeOf(error);
  }
}
