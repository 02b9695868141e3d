import { describeError } from '../../kit/errors.ts';

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** What a service answered; `json` is undefined when the body is none. */
export interface HttpAnswer {
  type: 'answer';
  status: number;
  headers: Headers;
  json: unknown;
  /** The beginning of the body. */
  text: string;
  /** Wall clock when it was sent and when it was there, Unix ms. */
  sentAt: number;
  receivedAt: number;
}

/** Nobody answered; `reason` holds no URL, since a token may be in it. */
export interface Unreachable {
  type: 'unreachable';
  reason: string;
}

/** One GET, following no redirect (a key must not travel on). Never throws. */
export async function getJson(
  url: string,
  options: { headers?: Record<string, string>; timeoutMs: number },
): Promise<HttpAnswer | Unreachable> {
  const sentAt = Date.now();
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...options.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = await readBounded(response);
    return {
      type: 'answer',
      status: response.status,
      headers: response.headers,
      json: parse(text),
      text: text.slice(0, 200),
      sentAt,
      receivedAt: Date.now(),
    };
  } catch (error) {
    return { type: 'unreachable', reason: reasonOf(error, options.timeoutMs) };
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The innermost cause tells more than "fetch failed". */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${timeoutMs / 1000} s`;
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return describeError(cause);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
