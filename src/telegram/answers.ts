import { type Api, GrammyError } from 'grammy';
import type { Reply } from '../notice/text.ts';
import { plainText } from '../notice/text.ts';
import { isBadRequest, says } from './errors.ts';
import type { Scene } from './incoming.ts';
import { type Rendered, renderButtons, renderMessage, renderMessages } from './render.ts';
import { destinationOf } from './sender.ts';

/** A press that is answered. */
export interface Press {
  queryId: string;
  /** The message that carries the button. */
  messageId: number;
}

type Keyboard = ReturnType<typeof renderButtons>;

/** Most UTF-16 units of the window that a press may open. */
const POPUP_MAX = 200;

/**
 * Says a reply where it was asked for; in a group as an answer to the message `repliesTo`. Throws what grammY threw when
 * not even the bare words could be sent.
 */
export async function say(api: Api, scene: Scene, reply: Reply, repliesTo?: number): Promise<void> {
  const keyboard = renderButtons(reply.buttons, scene.chatType);
  const messages = renderMessages(reply.text);
  for (const [i, message] of messages.entries()) {
    await withPlainFallback(message, i === messages.length - 1 ? keyboard : undefined, (body) =>
      api.raw.sendMessage({
        ...destinationOf(scene.address),
        ...body,
        link_preview_options: { is_disabled: true },
        ...(repliesTo !== undefined && i === 0 && scene.chatType === 'group'
          ? { reply_parameters: { message_id: repliesTo, allow_sending_without_reply: true } }
          : {}),
      }),
    );
  }
}

/** Says the reply to a press: in place of the message, in a window that only the presser sees, or as a new message. */
export async function answerPress(
  api: Api,
  scene: Scene,
  press: Press,
  reply: Reply | undefined,
  acknowledged: boolean,
): Promise<void> {
  const popup = reply && !acknowledged ? popupOf(scene, reply) : undefined;
  if (!acknowledged) await acknowledge(api, press.queryId, popup);
  if (!reply || popup !== undefined) return;
  if (reply.replace) await replace(api, scene, press.messageId, reply);
  else await say(api, scene, reply);
}

/** Ends the waiting sign on a button, with a window if there are words. A press that is too old is past caring. */
export async function acknowledge(api: Api, queryId: string, words?: string): Promise<void> {
  try {
    await api.answerCallbackQuery(queryId, words === undefined ? {} : { text: words, show_alert: true });
  } catch (error) {
    if (!isBadRequest(error)) throw error;
  }
}

/** The words of a window for what concerns only the presser, if they fit. */
function popupOf(scene: Scene, reply: Reply): string | undefined {
  if (scene.chatType === 'private' || !reply.personal || reply.buttons) return undefined;
  const words = plainText(reply.text);
  return words.length <= POPUP_MAX ? words : undefined;
}

async function replace(api: Api, scene: Scene, messageId: number, reply: Reply): Promise<void> {
  const keyboard = renderButtons(reply.buttons, scene.chatType);
  try {
    await withPlainFallback(renderMessage(reply.text), keyboard, (body) =>
      api.raw.editMessageText({
        chat_id: scene.address.chatId,
        message_id: messageId,
        ...body,
        link_preview_options: { is_disabled: true },
      }),
    );
  } catch (error) {
    // Pressed twice: it says so already.
    if (says(error, 'message is not modified')) return;
    // Deleted, or too old to be changed.
    if (says(error, 'message to edit not found') || says(error, "message can't be edited")) {
      await say(api, scene, reply);
      return;
    }
    throw error;
  }
}

/** What Telegram refuses because of its markup or buttons goes once more as bare words. */
async function withPlainFallback(
  { html, plain }: Rendered,
  keyboard: Keyboard,
  send: (body: {
    text: string;
    parse_mode?: 'HTML';
    reply_markup?: NonNullable<Keyboard>;
  }) => Promise<unknown>,
): Promise<void> {
  try {
    await send({ text: html, parse_mode: 'HTML', ...(keyboard ? { reply_markup: keyboard } : {}) });
  } catch (error) {
    if (!isMarkupError(error)) throw error;
    await send({ text: plain });
  }
}

function isMarkupError(error: unknown): boolean {
  return (
    error instanceof GrammyError &&
    (says(error, "can't parse entities") || says(error, 'button_data_invalid'))
  );
}
