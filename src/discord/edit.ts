import { RESTJSONErrorCodes } from 'discord.js';
import type { ChatService } from '../chat/model.ts';
import type { Edition, Failure, Sender } from '../courier/sender.ts';
import type { DrawnPicture, Picture, Pictures } from '../notice/picture.ts';
import type { Chat } from '../store/chat-model.ts';
import { apiCode } from './errors.ts';
import { FILE_NAME } from './files.ts';
import { outcomeOf } from './outcome.ts';
import { colourOf, renderNotices } from './render.ts';

/** Refusals after which a message stays as it is for ever. */
const LOST: ReadonlyMap<number, string> = new Map([
  [RESTJSONErrorCodes.UnknownMessage, 'the message is gone'],
  [RESTJSONErrorCodes.CannotEditMessageAuthoredByAnotherUser, 'it is not ours'],
  [RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached, 'it was changed too often'],
]);

/** A change as Discord takes it. */
export interface Patch {
  body: object;
  files?: { name: string; data: Buffer; contentType: string }[];
}

/** Makes the way to change a message: its embed, with the picture in it, and its buttons; it calls nobody. */
export function createEdit(deps: {
  chat: Pick<ChatService, 'present'>;
  pictures: Pictures | undefined;
  /** Why nothing may be asked of Discord now. */
  closed(): Failure | undefined;
  patch(chat: Chat, messageId: string, patch: Patch): Promise<void>;
}): Sender['edit'] {
  const { chat: words, pictures, closed, patch } = deps;

  return async function edit(chat, messageId, edition) {
    const refusal = closed();
    if (refusal) return refusal;
    const presented = words.present(edition.notices, chat, edition.mayRepeat, edition);
    const { text, buttons, picture } = presented;
    const { pictured } = edition;
    const drawn = wantsPicture(edition) ? await draw(picture) : undefined;
    const undrawn = lacksPicture(edition, picture) && !drawn ? ({ undrawn: true } as const) : {};
    if (!drawn && !edition.words) return { type: 'edited', pictured, ...undrawn };
    const { embeds, components } = renderNotices(text, buttons, colourOf(edition.notices));
    // Without new bytes the embed goes on to show those that it has.
    const image = drawn || pictured === 'in' ? { image: { url: `attachment://${FILE_NAME}` } } : {};
    try {
      await patch(chat, messageId, {
        body: {
          embeds: embeds.map((embed, i) => (i === 0 ? { ...embed, ...image } : embed)),
          components,
          allowed_mentions: { parse: [] },
          ...(drawn ? { attachments: [{ id: 0, filename: FILE_NAME, description: picture?.alt }] } : {}),
        },
        ...(drawn ? { files: [{ name: FILE_NAME, data: drawn.png, contentType: 'image/png' }] } : {}),
      });
      return { type: 'edited', pictured: drawn ? 'in' : pictured, ...undrawn };
    } catch (error) {
      const lost = LOST.get(apiCode(error) ?? 0);
      return lost === undefined ? outcomeOf(error) : { type: 'no-message', reason: lost };
    }
  };

  /** A message without its picture is better than none. */
  async function draw(picture: Picture | undefined): Promise<DrawnPicture | undefined> {
    return picture && (await pictures?.draw(picture).catch(() => undefined));
  }
}

/** It is to have a picture, and has none. */
function lacksPicture(edition: Edition, picture: Picture | undefined): boolean {
  return picture !== undefined && edition.pictured === undefined && wantsPicture(edition);
}

function wantsPicture({ additions, pictured }: Edition): boolean {
  return pictured === 'in' || additions.some(({ what }) => what === 'picture');
}
