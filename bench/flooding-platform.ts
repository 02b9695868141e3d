import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';

/** The platform refuses more than this share of the rate within a second: for Telegram 30 against our 25. */
const PATIENCE = 1.2;

const sendMessage = z.object({ chat_id: z.coerce.string(), text: z.string() });

/** A Bot API that takes messages and changes of them, and refuses what is more than a fifth above `perSecond`. */
export async function startFloodingPlatform(
  perSecond: number,
  heard: (chat: string, text: string, at: number) => void = () => undefined,
) {
  const told = new Set<string>();
  const recent: number[] = [];
  let taken = 0;
  let refused = 0;
  let watcher: (() => void) | undefined;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { chat_id: chat, text } = sendMessage.parse(JSON.parse(body));
    const now = performance.now();
    while ((recent[0] ?? now) < now - 1_000) recent.shift();
    if (recent.length >= perSecond * PATIENCE) {
      refused += 1;
      const answer = {
        ok: false,
        error_code: 429,
        description: 'Too Many Requests',
        parameters: { retry_after: 1 },
      };
      response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    recent.push(now);
    taken += 1;
    heard(chat, text, now);
    told.add(`${chat} ${text}`);
    const answer = { ok: true, result: { message_id: taken } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    watcher?.();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    apiRoot: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    taken: () => taken,
    refused: () => refused,
    until: (count: number) =>
      new Promise<void>((resolve) => {
        watcher = () => {
          if (told.size >= count) resolve();
        };
        watcher();
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
