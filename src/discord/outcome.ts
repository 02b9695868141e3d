import { DiscordAPIError, RateLimitError, RESTJSONErrorCodes } from 'discord.js';
import type { Failure } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import { apiCode } from './errors.ts';

/** Refusals after which this channel must not be tried again: 10,000 of them in 10 minutes ban the whole address. */
const GONE: ReadonlyMap<number, string> = new Map([
  [RESTJSONErrorCodes.UnknownChannel, 'unknown channel'],
  [RESTJSONErrorCodes.UnknownGuild, 'unknown server'],
  [RESTJSONErrorCodes.UnknownUser, 'unknown user'],
  [RESTJSONErrorCodes.MissingAccess, 'no access to the channel'],
  [RESTJSONErrorCodes.MissingPermissions, 'no permission to post in the channel'],
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser, 'the user takes no messages'],
  [RESTJSONErrorCodes.CannotSendMessagesToThisUserDueToHavingNoMutualGuilds, 'no server in common'],
  [RESTJSONErrorCodes.InvalidActionOnArchivedThread, 'the thread is archived'],
  [RESTJSONErrorCodes.ThreadLocked, 'the thread is locked'],
  [RESTJSONErrorCodes.CannotSendMessagesInNonTextChannel, 'not a text channel'],
]);

/** Failures before the request reached Discord: surely nothing was sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const RETRY_MS = {
  unreachable: 5_000,
  refusedByEdge: 60_000,
  unauthorized: 300_000,
  least: 1,
  unsaid: 1_000,
  most: 3_600_000,
} as const;

/** Sorts a failed send by what the courier should do; reasons name class and code, never an URL or a text. */
export function outcomeOf(error: unknown): Failure {
  if (error instanceof RateLimitError) return rateLimited(error);
  if (error instanceof DiscordAPIError) return refused(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NOT_CONNECTED.has(code)) {
    return { type: 'not-sent', retryAfterMs: RETRY_MS.unreachable, scope: 'bot', reason: code };
  }
  // 5xx, a broken connection, a timeout, an answer nobody understands: it may have been delivered.
  return { type: 'ambiguous', reason: describeError(error) };
}

function rateLimited(error: RateLimitError): Failure {
  // A 429 of Discord's edge carries no bucket at all; it and the global limit concern the whole bot.
  const edge = error.scope === 'user' && !Number.isFinite(error.limit);
  return {
    type: 'not-sent',
    // Nobody is silent for longer on the word of one answer.
    retryAfterMs: Number.isFinite(error.retryAfter)
      ? Math.min(
          RETRY_MS.most,
          Math.max(edge ? RETRY_MS.unsaid : RETRY_MS.least, Math.ceil(error.retryAfter)),
        )
      : RETRY_MS.unsaid,
    scope: error.global || error.scope === 'global' || edge ? 'bot' : 'chat',
    reason: 'rate limit',
  };
}

function refused(error: DiscordAPIError): Failure {
  const code = apiCode(error);
  if (error.status === 401) {
    const reason = 'the token was refused: check DISCORD_TOKEN';
    return { type: 'not-sent', retryAfterMs: RETRY_MS.unauthorized, scope: 'bot', reason };
  }
  // An answer without the API's own code is from something in between, and says nothing about the channel.
  if (code === undefined || code === 0) {
    const reason = `HTTP ${error.status}`;
    return { type: 'not-sent', retryAfterMs: RETRY_MS.refusedByEdge, scope: 'bot', reason };
  }
  const gone = GONE.get(code);
  if (gone !== undefined) return { type: 'gone', reason: `${gone} (${code})` };
  if (error.status === 403 || error.status === 404) return { type: 'gone', reason: `refused (${code})` };
  return { type: 'bad-content', reason: `refused (${code})` };
}
