import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';

/** Discord's numeric code of an API error; undefined for anything else, and for answers that did not come from the API. */
export function apiCode(error: unknown): number | undefined {
  return error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : undefined;
}

// Came too late, was answered already (also by another process of this bot), its message or token is gone: nobody is
// left to tell, and answering twice would be worse.
const PAST = new Set<number | undefined>([
  RESTJSONErrorCodes.UnknownInteraction,
  RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
  RESTJSONErrorCodes.UnknownWebhook,
  RESTJSONErrorCodes.UnknownMessage,
  RESTJSONErrorCodes.InvalidWebhookToken,
]);

/** Is this failure merely an interaction that is over? */
export function isPast(error: unknown): boolean {
  return PAST.has(apiCode(error));
}
