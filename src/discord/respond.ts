import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  RESTJSONErrorCodes,
  type RoleSelectMenuInteraction,
} from 'discord.js';
import type { Log } from '../kit/log.ts';
import type { Turns } from '../kit/turns.ts';
import { waitForPicture } from '../notice/patience.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Reply } from '../notice/text.ts';
import { withChoice } from './choice.ts';
import { apiCode } from './errors.ts';
import { type Files, filesOf } from './files.ts';
import { type MessageBody, renderPlain, renderReply } from './render.ts';

/** How long words wait for their picture, ms; a later one is put under them afterwards. */
const PATIENCE_MS = 200;

/** What is pressed, chosen or filled in on a message that is there. */
export type OnMessage = ButtonInteraction | RoleSelectMenuInteraction | ModalSubmitInteraction;
type Answered = ChatInputCommandInteraction | OnMessage;

interface Deps {
  pictures: Pictures;
  /** Answers are written a few at once: a thousand that are ready together must not keep new questions unacknowledged. */
  inTurn: Turns;
  log: Log;
}

/** Sends or changes one message, and returns how to name it in a change. */
type Send = (body: Partial<MessageBody> & Partial<Files>) => Promise<{ id: string }>;

/** Puts the answer where the command's placeholder stands; a personal answer to a public placeholder replaces it unseen by others. */
export async function answerCommand(
  interaction: ChatInputCommandInteraction,
  reply: Reply | undefined,
  deps: Deps,
): Promise<void> {
  if (reply === undefined) {
    await interaction.deleteReply();
  } else if (reply.personal && !interaction.ephemeral) {
    // In this order: Discord makes the first follow-up of a pending answer that answer itself, public as it was.
    await interaction.deleteReply();
    await followUp(interaction, reply, deps);
  } else {
    await replaceOriginal(interaction, reply, deps);
  }
}

/** Answers a pressed button and the like: changes its message, or says something below it. */
export async function answerButton(
  interaction: OnMessage,
  reply: Reply | undefined,
  deps: Deps,
): Promise<void> {
  if (reply === undefined) return;
  if (reply.replace) await replaceOriginal(interaction, reply, deps);
  else await followUp(interaction, reply, deps);
}

async function replaceOriginal(interaction: Answered, reply: Reply, deps: Deps): Promise<void> {
  const edit: Send = (body) => interaction.editReply(body);
  // The message may have a picture from before, which is not of these words.
  await withPicture(
    reply,
    deps,
    (body) => edit({ attachments: [], ...body }),
    () => edit,
  );
}

async function followUp(interaction: Answered, reply: Reply, deps: Deps): Promise<void> {
  await withPicture(
    reply,
    deps,
    (body) => interaction.followUp(reply.personal ? { ...body, flags: MessageFlags.Ephemeral } : body),
    ({ id }) =>
      (body) =>
        interaction.editReply({ message: id, ...body }),
  );
}

/** Words with their picture if that is ready, else the picture by a change of the message as soon as it is. */
async function withPicture(
  reply: Reply,
  deps: Deps,
  send: Send,
  changeOf: (sent: { id: string }) => Send,
): Promise<void> {
  const { picture } = reply;
  if (!picture) {
    await deps.inTurn(() => withFallback(reply, send));
    return;
  }
  const { drawn, later } = await waitForPicture(deps.pictures, picture, PATIENCE_MS, deps.log);
  const sent = await deps.inTurn(() =>
    withFallback(reply, (body) => (drawn ? sendWithFiles(send, body, filesOf(drawn, picture)) : send(body))),
  );
  const late = await later;
  if (late) await deps.inTurn(() => changeOf(sent)(filesOf(late, picture)));
}

/** Refusals of a file; the words may go without it. */
const FILE_REFUSED = new Set<number | undefined>([
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.RequestEntityTooLarge,
]);

async function sendWithFiles(send: Send, body: Partial<MessageBody>, files: Files): Promise<{ id: string }> {
  try {
    return await send({ ...body, ...files });
  } catch (error) {
    if (!FILE_REFUSED.has(apiCode(error))) throw error;
    return await send(body);
  }
}

/** A body that Discord refuses as malformed goes once more as plain words: better bare than lost. */
async function withFallback(reply: Reply, send: Send): Promise<{ id: string }> {
  try {
    return await send(withChoice(renderReply(reply.text, reply.buttons), reply.choice));
  } catch (error) {
    if (apiCode(error) !== RESTJSONErrorCodes.InvalidFormBodyOrContentType) throw error;
    return await send(renderPlain(reply.text));
  }
}
