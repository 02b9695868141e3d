import { AttachmentBuilder } from 'discord.js';
import type { DrawnPicture, Picture } from '../notice/picture.ts';

/** How a picture is called on Discord. */
export const FILE_NAME = 'chart.png';

/** A message's files as discord.js takes them; `attachments` empty: the new ones take the place of those it had. */
export interface Files {
  files: AttachmentBuilder[];
  attachments: [];
}

/** A picture as an attachment, with its words for those who cannot see it. */
export function filesOf(drawn: DrawnPicture, picture: Picture): Files {
  const file = new AttachmentBuilder(drawn.png, { name: FILE_NAME, description: picture.alt });
  return { files: [file], attachments: [] };
}
