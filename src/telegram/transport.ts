import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** A call that got no answer. `connected: false`: not a byte of it can have reached Telegram. Knows no URL, hence no token. */
export class TransportError extends Error {
  readonly code: string;
  readonly connected: boolean;

  constructor(code: string, connected: boolean) {
    super(connected ? `connection lost (${code})` : `no connection (${code})`);
    this.name = 'TransportError';
    this.code = code;
    this.connected = connected;
  }
}

/** The little of `fetch` that grammY uses. */
interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Readable;
  signal?: {
    readonly aborted: boolean;
    addEventListener(type: 'abort', listener: () => void): void;
    removeEventListener(type: 'abort', listener: () => void): void;
  };
}

export interface Transport {
  fetch(url: string, init: FetchInit): Promise<{ status: number; json(): Promise<unknown> }>;
  /** Closes the idle connections. */
  close(): void;
}

/** Telegram closes idle connections; ours go first, so that a send does not run into a closing one. */
const IDLE_MS = 20_000;

/**
 * HTTP for grammY that says whether a failed call had a connection at all: that tells "surely not sent" from "perhaps
 * sent". A connection that is not up within `connectMs` counts as none.
 */
export function createTransport(apiRoot: string, connectMs = 5_000): Transport {
  const secure = apiRoot.startsWith('https:');
  const options = { keepAlive: true, timeout: IDLE_MS, autoSelectFamilyAttemptTimeout: 1_000 };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;

  return {
    fetch(url, init) {
      return new Promise((resolve, reject) => {
        const { signal, body } = init;
        const call = request(url, { method: init.method ?? 'GET', headers: init.headers ?? {}, agent });
        const connection = watchConnection(call, secure ? 'secureConnect' : 'connect', connectMs);
        const abort = () => call.destroy(new TransportError('ABORTED', connection.isUp()));
        const fail = (error: unknown) => {
          signal?.removeEventListener('abort', abort);
          reject(toTransportError(error, connection.isUp()));
        };
        if (signal?.aborted) abort();
        signal?.addEventListener('abort', abort);
        call.on('error', fail);
        call.once('response', (response) => {
          readAll(response).then((text) => {
            signal?.removeEventListener('abort', abort);
            resolve({ status: response.statusCode ?? 0, json: async () => parseAnswer(text) });
          }, fail);
        });
        if (body instanceof Readable) pipeline(body, call).catch(fail);
        else call.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

/** Ends a call whose connection does not come up in time, and knows whether it did. */
function watchConnection(
  call: ClientRequest,
  upEvent: 'connect' | 'secureConnect',
  connectMs: number,
): { isUp(): boolean } {
  let up = false;
  call.once('socket', (socket) => {
    if (call.reusedSocket) {
      up = true;
      return;
    }
    const timer = setTimeout(() => call.destroy(new TransportError('CONNECT_TIMEOUT', false)), connectMs);
    socket.once(upEvent, () => {
      up = true;
      clearTimeout(timer);
    });
    socket.once('close', () => clearTimeout(timer));
  });
  return { isUp: () => up };
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What the Bot API answers to every call; what a proxy says of itself in JSON is none. */
const answer = z.union([
  z.looseObject({ ok: z.literal(true), result: z.unknown().refine((result) => result !== undefined) }),
  z.looseObject({
    ok: z.literal(false),
    error_code: z.int(),
    description: z.string(),
    parameters: z
      .looseObject({
        retry_after: z.number().optional().catch(undefined),
        migrate_to_chat_id: z.int().optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  }),
]);

function parseAnswer(text: string): z.infer<typeof answer> {
  try {
    return answer.parse(JSON.parse(text));
  } catch {
    // A page of something between us and Telegram; what it says stays out of the log.
    throw new TransportError('NOT_TELEGRAM', true);
  }
}

function toTransportError(error: unknown, connected: boolean): TransportError {
  if (error instanceof TransportError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return new TransportError(code, connected);
}
