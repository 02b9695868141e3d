import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  MessageFlags,
  RESTJSONErrorCodes,
} from 'discord.js';
import type { Reply } from '../notice/text.ts';
import { apiCode } from './errors.ts';
import { type MessageBody, renderPlain, renderReply } from './render.ts';

/** Puts the answer where the command's placeholder stands; a personal answer to a public placeholder replaces it unseen by others. */
export async function answerCommand(
  interaction: ChatInputCommandInteraction,
  reply: Reply | undefined,
): Promise<void> {
  if (reply === undefined) {
    await interaction.deleteReply();
  } else if (reply.personal && !interaction.ephemeral) {
    // In this order: Discord makes the first follow-up of a pending answer that answer itself, public as it was.
    await interaction.deleteReply();
    await followUp(interaction, reply);
  } else {
    await withFallback(reply, (body) => interaction.editReply(body));
  }
}

/** Answers a pressed button: changes its message, or says something below it. */
export async function answerButton(interaction: ButtonInteraction, reply: Reply | undefined): Promise<void> {
  if (reply === undefined) return;
  if (reply.replace) await withFallback(reply, (body) => interaction.editReply(body));
  else await followUp(interaction, reply);
}

async function followUp(
  interaction: ChatInputCommandInteraction | ButtonInteraction,
  reply: Reply,
): Promise<void> {
  await withFallback(reply, (body) =>
    interaction.followUp(reply.personal ? { ...body, flags: MessageFlags.Ephemeral } : body),
  );
}

/** A body that Discord refuses as malformed goes once more as plain words: better bare than lost. */
async function withFallback(reply: Reply, send: (body: MessageBody) => Promise<unknown>): Promise<void> {
  try {
    await send(renderReply(reply.text, reply.buttons));
  } catch (error) {
    if (apiCode(error) !== RESTJSONErrorCodes.InvalidFormBodyOrContentType) throw error;
    await send(renderPlain(reply.text));
  }
}
