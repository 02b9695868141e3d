import type { Api } from 'grammy';
import type { ChatService, Presented } from '../chat/model.ts';
import type { Edition, EditOutcome, Sender } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { DrawnPicture, Pictures } from '../notice/picture.ts';
import type { Chat } from '../store/chat-model.ts';
import { isBadRequest, outcomeOf, says } from './errors.ts';
import { type Keyboard, withPlainFallback } from './fallback.ts';
import { createPhotos } from './photos.ts';
import { cutCaption, renderButtons, renderCaption, renderMessage } from './render.ts';

/** Refusals after which a message stays as it is for ever. */
const LOST = ['message to edit not found', "message can't be edited", 'message_id_invalid'];
const UNCHANGED = 'message is not modified';

/**
 * Makes the ways to change a message. A picture is added to the message itself, whose words are its caption from then on;
 * where there are too many words for that, it comes without a sound below them, as a message of its own.
 */
export function createEdits(
  api: Api,
  words: Pick<ChatService, 'present'>,
  botName: () => Promise<string | undefined>,
  illustrations: { pictures: Pictures; log: Log } | undefined,
): Required<Pick<Sender, 'edit' | 'attach'>> {
  const photos = illustrations && createPhotos(api, illustrations.pictures, illustrations.log);

  return { edit, attach };

  async function edit(chat: Chat, messageId: string, edition: Edition): Promise<EditOutcome> {
    const presented = words.present(edition.notices, chat, edition.mayRepeat, edition);
    const name = chat.type === 'channel' ? await botName() : undefined;
    const keyboard = renderButtons(presented.buttons, chat.type, name);
    try {
      const brief = () =>
        words.present(edition.notices, chat, edition.mayRepeat, { ...edition, brief: true });
      const message = { chat, messageId: Number(messageId), keyboard, brief };
      return await change(message, presented, edition);
    } catch (error) {
      if (says(error, UNCHANGED)) return { type: 'edited', pictured: edition.pictured };
      const lost = LOST.find((refusal) => says(error, refusal));
      return lost === undefined ? outcomeOf(error) : { type: 'no-message', reason: lost };
    }
  }

  async function change(message: Message, presented: Presented, edition: Edition): Promise<EditOutcome> {
    const { pictured } = edition;
    if (pictured === 'in') return await changeCaption(message, presented);
    const drawn = wantsPicture(edition) ? await draw(presented) : undefined;
    const caption = drawn && renderCaption(presented.text);
    if (photos && drawn && caption) {
      try {
        await photos.put(message.chat, message.messageId, drawn, caption, message.keyboard);
        return { type: 'edited', pictured: 'in' };
      } catch (error) {
        // A photo that it does not want here may do below; all else is the message's own affair.
        if (!isBadRequest(error) || [UNCHANGED, ...LOST].some((refusal) => says(error, refusal))) throw error;
      }
    }
    const outcome = edition.words ? await changeText(message, presented) : undefined;
    if (outcome?.pictured === 'in') return outcome;
    if (photos && drawn) return { type: 'edited', pictured: 'apart' };
    const isMissing = photos && presented.picture && wantsPicture(edition);
    return { type: 'edited', pictured, ...(isMissing ? { undrawn: true } : {}) };
  }

  async function attach(
    chat: Chat,
    messageId: string,
    edition: Edition,
  ): ReturnType<Required<Sender>['attach']> {
    const drawn = await draw(words.present(edition.notices, chat, edition.mayRepeat, edition));
    if (!photos || !drawn) return { type: 'undrawn' };
    // Of nothing only the mark is left.
    const mark = edition.mayRepeat ? renderMessage(words.present([], chat, true).text).plain : undefined;
    try {
      const posted = await photos.attach(chat.address, Number(messageId), drawn, mark);
      return { type: 'sent', messageId: String(posted) };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async function changeText(message: Message, presented: Presented) {
    try {
      await withPlainFallback(renderMessage(presented.text), message.keyboard, (body) =>
        api.raw.editMessageText({
          chat_id: message.chat.address.chatId,
          message_id: message.messageId,
          ...body,
          link_preview_options: { is_disabled: true },
        }),
      );
    } catch (error) {
      // It got its picture before a crash that nobody could book.
      if (says(error, 'there is no text in the message to edit'))
        return await changeCaption(message, presented);
      if (!says(error, UNCHANGED)) throw error;
    }
    return { type: 'edited', pictured: undefined } as const;
  }

  /** What joined may be too much for a caption: it is told in fewer words then, and cut off only if these are too many, too. */
  async function changeCaption({ chat, messageId, keyboard, brief }: Message, { text }: Presented) {
    const shown = renderCaption(text) ?? cutCaption(brief().text);
    await withPlainFallback(shown, keyboard, ({ text: caption, ...rest }) =>
      api.raw.editMessageCaption({ chat_id: chat.address.chatId, message_id: messageId, caption, ...rest }),
    );
    return { type: 'edited', pictured: 'in' } as const;
  }

  async function draw({ picture }: Presented): Promise<DrawnPicture | undefined> {
    try {
      return picture && (await illustrations?.pictures.draw(picture));
    } catch (error) {
      illustrations?.log.warn({ error: describeError(error) }, 'a picture was not drawn');
      return undefined;
    }
  }
}

interface Message {
  chat: Chat;
  messageId: number;
  keyboard: Keyboard;
  /** The same in fewer words. */
  brief: () => Presented;
}

function wantsPicture({ additions, pictured }: Edition): boolean {
  return pictured === undefined && additions.some(({ what }) => what === 'picture');
}
