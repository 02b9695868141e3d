import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** True for names of this machine itself; `host` as configured, so IPv6 without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(bracketed(host));
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * Lets only the owner's own pages in. A foreign Host is DNS rebinding, a foreign Origin another page in his browser:
 * both get 403. With a password, everything but `/healthz` asks for it (HTTP Basic, any user name).
 */
export function guard(
  app: FastifyInstance,
  options: { host: string; port: () => number; password?: string | undefined },
): void {
  const { host, password } = options;

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (!servesHost(request.headers.host, host, options.port())) {
      return await reply.code(403).send({ error: 'host' });
    }
    if (!isOwnOrigin(request)) return await reply.code(403).send({ error: 'origin' });
    if (
      password !== undefined &&
      request.url !== '/healthz' &&
      !knows(password, request.headers.authorization)
    ) {
      reply.header('www-authenticate', 'Basic realm="Sheepdog", charset="UTF-8"');
      return await reply.code(401).send({ error: 'password' });
    }
  });
}

/**
 * Does the Host header name us? A server on all addresses cannot know its names; there the password, which a browser
 * never sends to a rebound name, guards instead.
 */
function servesHost(header: string | undefined, host: string, port: number): boolean {
  const named = parseAuthority(header);
  if (!named) return false;
  if (WILDCARDS.has(host)) return true;
  return (
    (LOOPBACK.has(named.hostname) || named.hostname === bracketed(host).toLowerCase()) && named.port === port
  );
}

function isOwnOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  // Browsers say where a request comes from, also where they send no Origin; opening the page itself is anybody's right.
  const site = request.headers['sec-fetch-site'];
  const isPage = request.method === 'GET' && !request.url.startsWith('/api/');
  if (!isPage && (site === 'cross-site' || site === 'same-site')) return false;
  if (origin === undefined) return true;
  // The scheme may differ behind a proxy that speaks TLS; the authority may not.
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host;
}

function parseAuthority(header: string | undefined): { hostname: string; port: number } | undefined {
  if (header === undefined || !/^[\w.[\]:-]{1,255}$/.test(header) || !URL.canParse(`http://${header}`))
    return undefined;
  const { hostname, port } = new URL(`http://${header}`);
  return { hostname, port: Number(port || 80) };
}

function knows(password: string, authorization: string | undefined): boolean {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(authorization ?? '')?.[1] ?? '';
  const credentials = Buffer.from(encoded, 'base64').toString();
  const given = credentials.slice(credentials.indexOf(':') + 1);
  // Hashed first: equal lengths, so that the time says nothing of the password.
  return timingSafeEqual(digest(given), digest(password));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
