import { completionFromEvents, looksLikeEvents } from './sse.ts';

/** An answer larger than this is not one. */
const MAX_BODY_BYTES = 256 * 1024;

/** Code of the 502 that stands for every 2xx answer that is none. */
export const BAD_ANSWER = 'bad_gateway_response';

/** Code of the 502 that stands for a refused redirect: the question was not answered, so it cost nothing. */
export const REDIRECTED = 'redirect_refused';

/** The only headers that leave; whatever the SDK finds in the environment stays here. */
const SENT_HEADERS = ['accept', 'content-type'] as const;

/**
 * A `fetch` for one gateway that is not trusted. Out goes only: to the base URL's origin and path, the allowed headers
 * and this gateway's own key. In comes only: a chat completion as JSON of bounded size; a stream sent unasked is put
 * together, an error sent with 200 gets its status, anything else becomes a 502, so that the SDK throws its typed errors.
 */
export function createGuardedFetch(options: {
  baseUrl: string;
  apiKey: string;
  maxBodyBytes?: number;
}): typeof globalThis.fetch {
  const base = new URL(options.baseUrl);
  const root = base.pathname.replace(/\/$/, '');
  const maxBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== base.origin || !url.pathname.startsWith(`${root}/`))
      throw new TypeError('refused: not the configured gateway');
    const given = new Headers(init?.headers);
    const headers = new Headers({ authorization: `Bearer ${options.apiKey}`, 'user-agent': 'sheepdog' });
    for (const name of SENT_HEADERS) {
      const value = given.get(name);
      if (value !== null) headers.set(name, value);
    }
    // Not 'error', which looks like a dead connection afterwards: a redirect is refused by name, and never followed.
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return refusal(502, REDIRECTED, 'the gateway redirects');
    }
    const body = await readBounded(response, maxBytes);
    if (body === undefined) return refusal(502, BAD_ANSWER, 'the answer is too large');
    if (!response.ok) return rebuilt(response, body);
    return judge(response, body);
  };
}

/** What a 2xx body is worth. */
function judge(response: Response, body: string): Response {
  const value = looksLikeEvents(body) ? completionFromEvents(body) : parseJson(body);
  if (typeof value !== 'object' || value === null) return refusal(502, BAD_ANSWER, 'the answer is not JSON');
  const failure = failureIn(value);
  if (failure) return refusal(failure.status, failure.code, failure.message);
  const isList = 'data' in value && Array.isArray(value.data);
  const isCompletion = 'choices' in value && Array.isArray(value.choices) && value.choices.length > 0;
  if (!isList && !isCompletion) return refusal(502, BAD_ANSWER, 'the answer holds no choice');
  return rebuilt(response, JSON.stringify(value));
}

/** An error sent with status 200, nested (`{error: {code, message}}`) or flat (`{code, message}`). */
function failureIn(value: object): { status: number; code: string; message: string } | undefined {
  const nested = 'error' in value && value.error ? value.error : undefined;
  const flat = !('choices' in value) && 'code' in value && 'message' in value ? value : undefined;
  const error = nested ?? flat;
  if (error === undefined) return undefined;
  const code = read(error, 'code') ?? read(error, 'type') ?? BAD_ANSWER;
  const status = Number(read(error, 'status') ?? code);
  return {
    status: Number.isInteger(status) && status >= 400 && status <= 599 ? status : 502,
    code,
    message: read(error, 'message') ?? String(error).slice(0, 200),
  };
}

function read(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' || typeof found === 'number' ? String(found).slice(0, 200) : undefined;
}

async function readBounded(response: Response, maxBytes: number): Promise<string | undefined> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body, and with it the connection.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The same answer with its body already read; JSON whatever the gateway called it. */
function rebuilt(response: Response, body: string): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const name of ['retry-after', 'retry-after-ms', 'x-request-id', 'date']) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(body, { status: response.status, headers });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
