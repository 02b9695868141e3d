import { type FastifyInstance, fastify } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { ConfigError, describeError, StartError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { bracketed, guard, isLoopback } from './guard.ts';

/** Is this process alive, and are its roles' connections up and their windows warm? */
export interface Health {
  alive(): boolean;
  ready(): Promise<{ ready: boolean; reasons: readonly string[] }>;
}

export interface HttpOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Required unless the host is loopback. */
  password?: string | undefined;
  health: Health;
  /** Served at `/metrics`; default: a registry with the process' own figures. */
  metrics?: Registry | undefined;
  log: Log;
  /** Adds further routes, behind the same guard. */
  routes?: ((app: FastifyInstance) => Promise<void>) | undefined;
  /** Longest wait for `ready`, ms; default 2,000. */
  readyTimeoutMs?: number;
}

/** The web server of one process. */
export interface Http {
  url: string;
  port: number;
  /** Ends open streams too; resolves when the port is free. */
  close(): Promise<void>;
}

const BODY_LIMIT = 16 * 1024;

/**
 * Starts what every process serves: `/healthz`, `/readyz` (200 or 503, with reasons as JSON) and `/metrics`.
 * Throws ConfigError for a host that is not loopback without a password, StartError where it cannot listen (port taken).
 */
export async function createHttp(options: HttpOptions): Promise<Http> {
  const { host, password, health, log, readyTimeoutMs = 2_000 } = options;
  if (!isLoopback(host) && !password) {
    throw new ConfigError(['CONSOLE_PASSWORD: required, because CONSOLE_HOST is not loopback']);
  }
  const metrics = options.metrics ?? processMetrics();
  const app = fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true, requestTimeout: 30_000 });
  // A form of another page can send text/plain without asking first; JSON it cannot.
  app.removeContentTypeParser('text/plain');
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not-found' }));
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) log.error({ error: describeError(error) }, 'console request failed');
    return reply.code(status).send({ error: status >= 500 ? 'failed' : 'request' });
  });

  let port = options.port;
  guard(app, { host, port: () => port, password });

  app.get('/healthz', (_request, reply) => {
    const alive = health.alive();
    return reply.code(alive ? 200 : 503).send({ alive });
  });
  app.get('/readyz', async (_request, reply) => {
    const { ready, reasons } = await readiness(health, readyTimeoutMs);
    return await reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
  app.get(
    '/metrics',
    async (_request, reply) => await reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  await options.routes?.(app);

  await app.listen({ host, port: options.port }).catch(async (error: unknown) => {
    await app.close();
    throw new StartError(cannotListen(host, options.port, error));
  });
  const address = app.server.address();
  if (address !== null && typeof address === 'object') port = address.port;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : bracketed(host);
  return { url: `http://${name}:${port}`, port, close: () => app.close() };
}

function cannotListen(host: string, port: number, error: unknown): string {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return taken
    ? `port ${port} of ${host} is in use: stop what uses it, or set CONSOLE_PORT to another (0 takes a free one)`
    : `cannot listen on port ${port} of ${host} (${describeError(error)}): check CONSOLE_HOST and CONSOLE_PORT`;
}

async function readiness(health: Health, timeoutMs: number): Promise<Awaited<ReturnType<Health['ready']>>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([health.ready(), late]);
  } catch (error) {
    return { ready: false, reasons: [describeError(error)] };
  } finally {
    clearTimeout(timer);
  }
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function processMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sheepdog_' });
  return registry;
}
