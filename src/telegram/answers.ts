import type { Api } from 'grammy';
import type { Reply } from '../notice/text.ts';
import { plainText } from '../notice/text.ts';
import { askForChat } from './choice.ts';
import { destinationOf } from './destination.ts';
import { isBadRequest, says } from './errors.ts';
import { withPlainFallback } from './fallback.ts';
import type { Scene } from './incoming.ts';
import { linkTo } from './links.ts';
import type { Photos, ReplyTo } from './photos.ts';
import { renderButtons, renderCaption, renderMessage, renderMessages } from './render.ts';

/** A press that is answered. */
export interface Press {
  queryId: string;
  /** The message that carries the button. */
  messageId: number;
}

/** How a bot speaks. */
export interface Voice {
  /** The bot's name, without @. */
  botName: string;
  api: Api;
  photos: Photos;
}

/** Most UTF-16 units of the window that a press may open. */
const POPUP_MAX = 200;

/**
 * Says a reply where it was asked for; in a group as an answer to the message `repliesTo`. A picture that is ready carries
 * short words under it; long ones go first, and so do all when it is late. Throws what grammY threw when not even the
 * bare words could be sent.
 */
export async function say(voice: Voice, scene: Scene, reply: Reply, repliesTo?: number): Promise<void> {
  const { api, photos } = voice;
  if (reply.choice?.type === 'chat') {
    await askForChat(api, scene, reply.text, reply.choice);
    return;
  }
  const keyboard = renderButtons(reply.buttons, scene.chatType, voice.botName);
  const replyTo: ReplyTo =
    repliesTo !== undefined && scene.chatType === 'group'
      ? { reply_parameters: { message_id: repliesTo, allow_sending_without_reply: true } }
      : {};
  const caption = reply.picture && renderCaption(reply.text);
  const waited = reply.picture && caption ? await photos.wait(reply.picture) : undefined;
  if (waited?.drawn && caption && (await photos.post(scene, waited.drawn, caption, keyboard, replyTo)))
    return;
  const messages = renderMessages(reply.text);
  for (const [i, message] of messages.entries()) {
    await withPlainFallback(message, i === messages.length - 1 ? keyboard : undefined, (body) =>
      api.raw.sendMessage({
        ...destinationOf(scene.address),
        ...body,
        link_preview_options: { is_disabled: true },
        ...(i === 0 ? replyTo : {}),
      }),
    );
  }
  // Refused with its words, it would be refused without.
  if (!reply.picture || waited?.drawn) return;
  const { drawn, later } = waited ?? (await photos.wait(reply.picture));
  const after = drawn ?? (await later);
  if (after) await photos.post(scene, after);
}

/** Says the reply to a press: in place of the message, in a window that only the presser sees, or as a new message. */
export async function answerPress(
  voice: Voice,
  scene: Scene,
  press: Press,
  reply: Reply | undefined,
  acknowledged: boolean,
): Promise<void> {
  const popup = reply && !acknowledged ? popupOf(scene, reply) : undefined;
  const lead = reply && !acknowledged ? leadOf(voice, reply) : undefined;
  if (!acknowledged) {
    const window = popup === undefined ? {} : { text: popup, show_alert: !reply?.toast };
    await acknowledge(voice.api, press.queryId, lead === undefined ? window : { url: lead });
  }
  if (!reply || popup !== undefined || lead !== undefined || (reply.toast && !reply.buttons)) return;
  if (reply.replace) await replace(voice, scene, press.messageId, reply);
  else await say(voice, scene, reply);
}

/** What a press opens: a window or a passing word, or the private chat with the bot. */
interface Opened {
  text?: string;
  show_alert?: boolean;
  url?: string;
}

/** Ends the waiting sign on a button. A press that is too old is past caring. */
export async function acknowledge(api: Api, queryId: string, opened: Opened = {}): Promise<void> {
  try {
    await api.answerCallbackQuery(queryId, opened);
  } catch (error) {
    if (!isBadRequest(error)) throw error;
  }
}

/** Where a reply only leads the presser on into his private chat: there at once, instead of a button for all to see. */
function leadOf({ botName }: Voice, { toast, buttons }: Reply): string | undefined {
  const [only, ...more] = buttons?.flat() ?? [];
  return toast && only?.via === 'private' && more.length === 0 ? linkTo(botName, only.action) : undefined;
}

/** The words of a window for what concerns only the presser, if they fit. */
function popupOf(scene: Scene, reply: Reply): string | undefined {
  const suits = reply.toast || (scene.chatType !== 'private' && reply.personal);
  if (!suits || reply.buttons) return undefined;
  const words = plainText(reply.text);
  return words.length <= POPUP_MAX ? words : undefined;
}

/** Refusals of a change after which a new message says it. */
const REPLACED_BY_ANOTHER = [
  'message to edit not found',
  "message can't be edited",
  'there is no text in the message to edit',
];

async function replace(voice: Voice, scene: Scene, messageId: number, reply: Reply): Promise<void> {
  const { api, photos } = voice;
  const keyboard = renderButtons(reply.buttons, scene.chatType, voice.botName);
  const waited = reply.picture && (await photos.wait(reply.picture));
  const drawn = waited && (waited.drawn ?? (await waited.later));
  const caption = drawn && renderCaption(reply.text);
  try {
    if (caption) {
      await photos.put(scene, messageId, drawn, caption, keyboard);
      return;
    }
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
    // Deleted, too old to be changed, or a photo, which cannot become words.
    if (REPLACED_BY_ANOTHER.some((words) => says(error, words))) {
      await say(voice, scene, reply);
      return;
    }
    throw error;
  }
}
