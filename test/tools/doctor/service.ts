import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** What a service answers to a path: a status and a JSON body. */
export type Answers = Readonly<Record<string, readonly [status: number, body: unknown]>>;

/** A service for the tests of a file: before each of them all is well again and nobody has asked. */
export function useService() {
  const outside: { answers: Answers; url: string; requests: Service['requests'] } = {
    answers: WELL,
    url: '',
    requests: [],
  };
  let service: Service;
  beforeAll(async () => {
    service = await startService(() => outside.answers);
    Object.assign(outside, service);
  });
  beforeEach(() => {
    outside.answers = WELL;
    outside.requests.length = 0;
  });
  afterAll(() => service.close());
  return outside;
}

type Service = Awaited<ReturnType<typeof startService>>;

/** A service that answers as told and remembers who asked how. */
async function startService(answers: () => Answers) {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    for await (const _ of request);
    requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
    const [status, body] = answers()[request.url ?? ''] ?? [404, { message: 'no such path' }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const TELEGRAM_TOKEN = '123456789:AAtokenAAtokenAAtokenAAtokenAAtoken';
export const DISCORD_TOKEN = 'MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.GaBcDe.secretsecretsecretsecretsecret12';
export const KEY = 'hs-key-that-nobody-may-see';
export const MODEL = 'deepseek/deepseek-chat-v3-0324';

/** The answers of services with which all is well. */
export const WELL: Answers = {
  [`/bot${TELEGRAM_TOKEN}/getMe`]: [
    200,
    {
      ok: true,
      result: { id: 1, username: 'sheepdog_bot', can_join_groups: true, can_read_all_group_messages: false },
    },
  ],
  [`/bot${TELEGRAM_TOKEN}/getWebhookInfo`]: [200, { ok: true, result: { url: '', pending_update_count: 0 } }],
  '/api/v10/users/@me': [200, { id: '42', username: 'sheepdog' }],
  '/api/v10/gateway/bot': [
    200,
    { url: 'wss://gateway.invalid', session_start_limit: { total: 1000, remaining: 998 } },
  ],
  '/api/v10/applications/@me': [200, { id: '42', bot_public: true, interactions_endpoint_url: null }],
  '/api/v10/users/@me/guilds': [200, [{ id: '7', name: 'Traders', permissions: '274877959168' }]],
  '/v1/models': [200, { data: [{ id: 'gpt-4.1' }, { id: MODEL }] }],
};
