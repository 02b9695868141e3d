import { GrammyError, HttpError } from 'grammy';
import type { Failure } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import { TransportError } from './transport.ts';

/** Refusals of a message whose reason is where it goes (lower case, parts of Telegram's own descriptions). */
const GONE = [
  'chat not found',
  'user not found',
  'peer_id_invalid',
  'group chat was deactivated',
  'group chat was deleted',
  'user is deactivated',
  'not enough rights',
  'have no rights to send',
  'need administrator rights',
  // CHAT_WRITE_FORBIDDEN, CHAT_SEND_PLAIN_FORBIDDEN and the like.
  '_forbidden',
  'chat_restricted',
  'chat_admin_required',
  'message thread not found',
  'topic_closed',
  'topic_deleted',
];

const RETRY_MS = {
  unreachable: 2_000,
  unauthorized: 60_000,
  other: 60_000,
  least: 1_000,
  most: 3_600_000,
} as const;

/** Codes that may be about what a message says; all others are about something else. */
const ABOUT_CONTENT = new Set([400, 413]);

/** Is this Telegram's refusal of the request as it stands (400), about its text, buttons or the message it edits? */
export function isBadRequest(error: unknown): error is GrammyError {
  return error instanceof GrammyError && error.error_code === 400;
}

/** Does the description of a refusal hold these words? */
export function says(error: unknown, words: string): boolean {
  return error instanceof GrammyError && error.description.toLowerCase().includes(words);
}

/** One line about a failed call: class, code, method; never what was sent, never an URL. */
export function describeCall(error: unknown): string {
  if (error instanceof GrammyError) return `${error.method}: ${error.error_code} ${error.description}`;
  if (error instanceof HttpError) return `${error.message} ${causeOf(error)}`;
  return describeError(error);
}

/** What became of a send that failed, by the errors of the Telegram Bot API. */
export function outcomeOf(error: unknown): Failure {
  if (error instanceof GrammyError) return refused(error);
  if (error instanceof HttpError && error.error instanceof TransportError && !error.error.connected) {
    const retryAfterMs = RETRY_MS.unreachable * (1 + Math.random());
    return {
      type: 'not-sent',
      retryAfterMs: Math.round(retryAfterMs),
      scope: 'bot',
      reason: error.error.code,
    };
  }
  // A broken connection, a timeout on one that was up, an answer that is not Telegram's: perhaps it was delivered.
  return { type: 'ambiguous', reason: describeCall(error) };
}

function refused(error: GrammyError): Failure {
  const { error_code: code, description, parameters } = error;
  const reason = `${code} ${description}`;
  if (parameters.migrate_to_chat_id !== undefined) {
    return { type: 'migrated', chatId: String(parameters.migrate_to_chat_id) };
  }
  if (code === 429) {
    const askedMs = (parameters.retry_after ?? 0) * 1_000;
    // Nobody is silent for longer on the word of one answer.
    const retryAfterMs = Math.min(RETRY_MS.most, Math.max(RETRY_MS.least, askedMs));
    return { type: 'not-sent', retryAfterMs, scope: 'chat', reason };
  }
  // 404 is what a token of the wrong form gets.
  if (code === 401 || code === 404) {
    const why = `${reason}: check TELEGRAM_BOT_TOKEN`;
    return { type: 'not-sent', retryAfterMs: RETRY_MS.unauthorized, scope: 'bot', reason: why };
  }
  if (code >= 500) return { type: 'ambiguous', reason };
  if (code === 403 || (code === 400 && GONE.some((words) => says(error, words)))) {
    return { type: 'gone', reason: description };
  }
  if (ABOUT_CONTENT.has(code)) return { type: 'bad-content', reason };
  return { type: 'not-sent', retryAfterMs: RETRY_MS.other, scope: 'chat', reason };
}

function causeOf(error: HttpError): string {
  if (error.error instanceof TransportError) return error.error.message;
  // grammY's own timeout is a plain error; its message names the method and the seconds.
  return error.error instanceof Error && error.error.message.includes('timed out') ? 'timed out' : '';
}
