import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { type Parameter, parameterIn } from './capabilities.ts';
import { BAD_ANSWER, REDIRECTED } from './guarded-fetch.ts';

/** Why a call brought nothing, in the terms the retry layer decides by. */
export type FailureReason =
  /** The key is refused. */
  | 'auth'
  /** The account is empty. */
  | 'balance'
  /** The gateway does not serve this model. */
  | 'model'
  /** Too many calls. */
  | 'limit'
  /** The model does not take the `response_format` sent. */
  | 'format'
  /** The model does not take one of the parameters sent. */
  | 'parameter'
  /** The question was refused for another reason; the same one would be again. */
  | 'rejected'
  /** 5xx and the like: it may work a moment later. */
  | 'server'
  | 'connection'
  | 'timeout'
  /** 200 with something that is no completion. */
  | 'bad-response';

export interface GatewayFailure {
  type: 'failure';
  reason: FailureReason;
  /** The gateway may charge for it: the question reached it, and it did not say no. */
  billed: boolean;
  /** For `parameter`: which. */
  parameter?: Parameter;
  /** For `limit`: how long the gateway asks to wait, ms. */
  waitMs?: number;
}

/** The network never carried the question out. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/** What stands between may say so of a question that is being answered, and billed, behind it. */
const UNCLEAR = new Set([408, 502, 504, 520, 524]);

const EMPTY_ACCOUNT =
  /insufficient[_ ](\w+[_ ])?(quota|balance|funds?|credits?)|(not enough|no) (balance|credits?)|余额不足|欠费/i;
const UNKNOWN_MODEL = /model_not_found|model.{0,80}(does not exist|not found|is not supported|unavailable)/i;

/** Reads what the SDK threw; `now` (Unix ms) is for Retry-After dates. */
export function failureOf(error: unknown, signal: AbortSignal, now: number): GatewayFailure {
  if (signal.aborted || error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError)
    return { type: 'failure', reason: 'timeout', billed: true };
  if (error instanceof APIConnectionError)
    return { type: 'failure', reason: 'connection', billed: !NEVER_SENT.has(codeIn(error) ?? '') };
  if (!(error instanceof APIError) || error.status === undefined)
    return { type: 'failure', reason: 'bad-response', billed: true };
  if (error.code === BAD_ANSWER) return { type: 'failure', reason: 'bad-response', billed: true };
  const text = `${error.code} ${error.type} ${error.param} ${error.message}`;
  const reason = reasonOf(error.status, text);
  const parameter = reason === 'rejected' ? parameterIn(text) : undefined;
  if (parameter) return { type: 'failure', reason: 'parameter', billed: false, parameter };
  const isUnclear = reason === 'server' && UNCLEAR.has(error.status) && error.code !== REDIRECTED;
  if (reason !== 'limit') return { type: 'failure', reason, billed: isUnclear };
  const waitMs = retryAfter(error.headers, error.error, now);
  return { type: 'failure', reason, billed: false, ...(waitMs === undefined ? {} : { waitMs }) };
}

function reasonOf(status: number, text: string): FailureReason {
  if (status === 402 || EMPTY_ACCOUNT.test(text)) return 'balance';
  if (status === 404 || UNKNOWN_MODEL.test(text)) return 'model';
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'limit';
  if (status === 408 || status === 409 || status >= 500) return 'server';
  return /response_format|json_schema|json_object/i.test(text) ? 'format' : 'rejected';
}

/** Header first (ms, seconds or a date), then the body's `retry_after` in seconds. */
function retryAfter(headers: Headers | undefined, body: unknown, now: number): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (ms >= 0) return ms;
  const after = headers?.get('retry-after');
  if (after) {
    const seconds = Number(after);
    if (seconds >= 0) return seconds * 1000;
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  if (typeof body === 'object' && body !== null && 'retry_after' in body) {
    const seconds = Number(body.retry_after);
    if (seconds >= 0) return seconds * 1000;
  }
  return undefined;
}

/** The system's error code, wherever in the chain of causes it stands. */
function codeIn(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}
