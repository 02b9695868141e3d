import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookOptions {
  /** The address that Telegram calls; its path is the only one served. */
  url: string;
  /** 1–256 characters of A–Z a–z 0–9 _ -. */
  secret: string;
  port: number;
  /** A reverse proxy with TLS stands before it; default loopback. */
  host?: string;
}

export interface Webhook {
  readonly port: number;
  /** Takes nothing new; resolves when the server is closed. */
  close(): Promise<void>;
}

const MAX_BODY = 1_000_000;

/** Serves Telegram's calls: `receive` gets each update and is not waited for, since a slow answer makes Telegram repeat it. */
export async function serveWebhook(
  options: WebhookOptions,
  receive: (update: unknown) => void,
): Promise<Webhook> {
  if (options.secret === '') throw new Error('a webhook without a secret would take updates from anyone');
  const { pathname } = new URL(options.url);
  const server = createServer((request, response) => {
    answer(request, pathname, options.secret, receive).then(
      (status) => finish(response, status),
      () => finish(response, 400),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  return {
    port: portOf(server.address()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  pathname: string,
  secret: string,
  receive: (update: unknown) => void,
): Promise<number> {
  if (request.url?.split('?')[0] !== pathname) return 404;
  if (request.method !== 'POST') return 405;
  if (!isSame(request.headers['x-telegram-bot-api-secret-token'], secret)) return 401;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY) return 413;
    chunks.push(chunk);
  }
  receive(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  return 200;
}

function finish(response: ServerResponse, status: number): void {
  // What was refused unread must not be taken for the next request.
  response.writeHead(status, status === 200 ? {} : { connection: 'close' }).end();
}

/** In constant time, also for different lengths. */
function isSame(given: string | string[] | undefined, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(secret));
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
