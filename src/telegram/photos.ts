import { type Api, InputFile } from 'grammy';
import type { Log } from '../kit/log.ts';
import { type Waited, waitForPicture } from '../notice/patience.ts';
import type { DrawnPicture, Picture, Pictures } from '../notice/picture.ts';
import type { Address } from '../store/chat-model.ts';
import { destinationOf } from './destination.ts';
import { isBadRequest } from './errors.ts';
import { type Keyboard, type Worded, withPlainFallback } from './fallback.ts';
import type { Scene } from './incoming.ts';
import type { Rendered } from './render.ts';

/** How long words wait for their picture, ms. */
const PATIENCE_MS = 200;

/** Pictures as Telegram takes them: uploaded once, then named by Telegram's own id, for however many chats. */
export interface Photos {
  /** Waits a moment for a picture; never rejects. */
  wait(picture: Picture): Promise<Waited>;
  /** Posts it with its words under it, or alone. False: Telegram refuses photos here. Throws what grammY throws else. */
  post(
    scene: Scene,
    drawn: DrawnPicture,
    words?: Rendered,
    keyboard?: Keyboard,
    replyTo?: ReplyTo,
  ): Promise<boolean>;
  /**
   * Posts it without a sound below a message that is there already, with these bare words under it; resolves with the new
   * message's id. Throws what grammY throws.
   */
  attach(
    address: Address,
    messageId: number,
    drawn: DrawnPicture,
    caption: string | undefined,
  ): Promise<number>;
  /** Puts it with its words in place of a message, be that a text or a photo. Throws what grammY throws. */
  put(
    scene: Pick<Scene, 'address'>,
    messageId: number,
    drawn: DrawnPicture,
    words: Rendered,
    keyboard: Keyboard,
  ): Promise<void>;
}

/** The message that another one answers. */
export interface ReplyTo {
  reply_parameters?: { message_id: number; allow_sending_without_reply: boolean };
}

/** Makes the photos' side of one bot. */
export function createPhotos(api: Api, pictures: Pictures, log: Log): Photos {
  // By the drawn picture itself, which all who ask for the same get; it is forgotten with it.
  const fileIds = new WeakMap<DrawnPicture, string>();
  const mediaOf = (drawn: DrawnPicture) => fileIds.get(drawn) ?? new InputFile(drawn.png, 'chart.png');

  function remember(drawn: DrawnPicture, message: { photo?: readonly { file_id: string }[] }): void {
    // The sizes that Telegram made; the largest comes last.
    const fileId = message.photo?.at(-1)?.file_id;
    if (fileId !== undefined) fileIds.set(drawn, fileId);
  }

  return {
    wait: (picture) => waitForPicture(pictures, picture, PATIENCE_MS, log),
    async post(scene, drawn, words, keyboard, replyTo = {}) {
      const send = (body: object) =>
        api.raw.sendPhoto({ ...destinationOf(scene.address), photo: mediaOf(drawn), ...body, ...replyTo });
      try {
        const message = words
          ? await withPlainFallback(words, keyboard, (body) => send(asCaption(body)))
          : await send({});
        remember(drawn, message);
        return true;
      } catch (error) {
        if (!isBadRequest(error)) throw error;
        log.debug({ error: error.description }, 'telegram: a photo was refused');
        return false;
      }
    },
    async attach(address, messageId, drawn, caption) {
      const message = await api.raw.sendPhoto({
        ...destinationOf(address),
        photo: mediaOf(drawn),
        ...(caption === undefined ? {} : { caption }),
        disable_notification: true,
        reply_parameters: { message_id: messageId, allow_sending_without_reply: true },
      });
      remember(drawn, message);
      return message.message_id;
    },
    async put(scene, messageId, drawn, words, keyboard) {
      const message = await withPlainFallback(words, keyboard, (body) => {
        const { reply_markup: markup, ...caption } = asCaption(body);
        return api.raw.editMessageMedia({
          chat_id: scene.address.chatId,
          message_id: messageId,
          media: { type: 'photo', media: mediaOf(drawn), ...caption },
          ...(markup ? { reply_markup: markup } : {}),
        });
      });
      if (message !== true && 'photo' in message) remember(drawn, message);
    },
  };
}

function asCaption({ text, ...rest }: Worded) {
  return { caption: text, ...rest };
}
