import type { Api } from 'grammy';
import type { ChatService } from '../chat/model.ts';
import type { Sender, SendOutcome } from '../courier/sender.ts';
import type { Log } from '../kit/log.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Chat } from '../store/chat-model.ts';
import { createApi, createBotName, type TelegramAddress } from './api.ts';
import { destinationOf } from './destination.ts';
import { outcomeOf } from './errors.ts';
import { createPhotos } from './photos.ts';
import { renderButtons, renderMessage } from './render.ts';

export interface TelegramSenderOptions extends TelegramAddress {
  chat: Pick<ChatService, 'present'>;
  /** What alerts are illustrated with; undefined: they come as words only. */
  illustrations?: { pictures: Pictures; log: Log };
  /** How long one send may take, s. */
  timeoutSeconds?: number;
}

/** Sends notices to Telegram; works without receiving anything. Telegram knows no nonce: a repeat is a second message. */
export function createTelegramSender(options: TelegramSenderOptions): Sender {
  const { api } = createApi(options, options.timeoutSeconds ?? 15);
  const botName = createBotName(api);
  const { chat: words, illustrations } = options;
  return {
    platform: 'telegram',
    async send(chat, notices, { silent, mayRepeat }) {
      const { text, buttons } = words.present(notices, chat, mayRepeat);
      const { html, plain } = renderMessage(text);
      // Only the links under a channel's posts need it.
      const name = chat.type === 'channel' ? await botName() : undefined;
      const markup = renderButtons(buttons, chat.type, name);
      const styled = { text: html, parse_mode: 'HTML' as const, ...(markup ? { reply_markup: markup } : {}) };
      const outcome = await attempt(api, chat, styled, silent);
      // Refused as it stands: once more as bare words, better than not at all.
      return outcome.type === 'bad-content' ? await attempt(api, chat, { text: plain }, silent) : outcome;
    },
    ...(illustrations ? { illustrate: createIllustrate(api, words, illustrations) } : {}),
    async answers() {
      return await api.raw.getMe().then(
        () => true,
        () => false,
      );
    },
  };
}

/** The picture goes below the words, as a silent answer to them: their buttons and later changes stay as they are. */
function createIllustrate(
  api: Api,
  words: Pick<ChatService, 'present'>,
  { pictures, log }: NonNullable<TelegramSenderOptions['illustrations']>,
): NonNullable<Sender['illustrate']> {
  const photos = createPhotos(api, pictures, log);
  return async (chat, notices, messageId) => {
    const { picture } = words.present(notices, chat, false);
    const drawn = picture && (await pictures.draw(picture));
    if (!drawn) return undefined;
    try {
      await photos.attach(chat.address, Number(messageId), drawn);
      return { type: 'sent', messageId };
    } catch (error) {
      return outcomeOf(error);
    }
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
