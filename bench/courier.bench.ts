import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { createChatsRepository } from '../src/store/chats.ts';
import { createPost } from '../src/store/post.ts';
import { alert, makeChat } from '../test/courier/support.ts';
import { startRedisServer } from '../test/support/redis-server.ts';
import type { Bench, BenchResult } from './model.ts';

const CHATS = 10_000;
/** Telegram's own rate with `-- courier --full` (400 s), else a raised one: what is measured is the use of the rate. */
const PER_SECOND = process.argv.includes('--full') ? 25 : 250;
/** The platform refuses more than this share of the rate within a second: for Telegram 30 against our 25. */
const PATIENCE = 1.2;

export const benches: readonly Bench[] = [{ name: 'courier.drain', run: drain }];

const sendMessage = z.object({ chat_id: z.coerce.string(), text: z.string() });

/**
 * One market-wide bark to 10,000 chats: a courier in a process of its own, with the real queue, Redis and HTTP, against
 * a platform that floods as Telegram does. Until every chat has it, from the first post on; and what that is against
 * chats ÷ rate.
 */
async function drain(): Promise<BenchResult[]> {
  const redis = await startRedisServer();
  const platform = await startPlatform();
  const store = redis.connect();
  const chats = createChatsRepository(store);
  const post = createPost({ store, connection: store });
  const courier = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../test/chaos/courier-process.ts'),
      JSON.stringify({
        redisPort: Number(new URL(redis.url).port),
        apiRoot: platform.apiRoot,
        rates: { allMs: 1_000 / PER_SECOND, chatMs: 1_000 },
        patient: true,
      }),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await once(courier.stdout, 'data');
    const uids: string[] = [];
    for (let i = 0; i < CHATS; i += 500) {
      const some = Array.from({ length: 500 }, (_, n) => makeChat(chats, String(1_000 + i + n)));
      uids.push(...(await Promise.all(some)).map(({ uid }) => uid));
    }
    const at = performance.now();
    // As the relay does: some hundreds at once.
    for (let i = 0; i < uids.length; i += 200) {
      await Promise.all(uids.slice(i, i + 200).map((uid) => post.post(uid, 'hi', [alert(1, uid)])));
    }
    const posted = (performance.now() - at) / 1000;
    await platform.until(CHATS);
    const took = (performance.now() - at) / 1000;
    const ideal = CHATS / PER_SECOND;
    return [
      {
        name: 'courier.drain',
        value: round(took),
        unit: `s for ${CHATS} chats at ${PER_SECOND}/s (posted in ${round(posted)} s)`,
        baseline: ideal,
        ratio: round(took / ideal),
      },
      { name: 'courier.drain.refused', value: platform.refused(), unit: 'answers 429' },
      { name: 'courier.drain.duplicates', value: platform.taken() - CHATS, unit: 'messages' },
    ];
  } finally {
    courier.kill('SIGTERM');
    await once(courier, 'exit');
    await post.close();
    await platform.close();
    await redis.stop();
  }
}

async function startPlatform() {
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
    if (recent.length >= PER_SECOND * PATIENCE) {
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

const round = (value: number) => Number(value.toFixed(3));
