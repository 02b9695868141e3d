import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTelegramSender } from '../../src/telegram/sender.ts';
import { alert } from '../courier/support.ts';
import { storedChat } from '../support/stored-chat.ts';

const TOKEN = '7654321:AAF-not-a-real-token-only-for-loopback-tests';
const refusal = (code: number, more: object = {}) =>
  [code, { ok: false, error_code: code, description: 'no', ...more }] as const;

describe('what answers in Telegram’s place', () => {
  let server: Server;
  let apiRoot: string;
  let answer: readonly [number, unknown] = [200, {}];
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(answer[0], { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer[1]));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    apiRoot = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const send = (given: readonly [number, unknown]) => {
    answer = given;
    const present = () => ({ text: [{ type: 'text' as const, line: ['woof'] }], buttons: [] });
    const sender = createTelegramSender({ token: TOKEN, apiRoot, chat: { present } });
    return sender.send(storedChat(), [alert(1)], { nonce: 'n', silent: false, mayRepeat: false });
  };

  it.each([
    ['a proxy’s 502 in JSON', [502, { message: 'Bad Gateway' }]],
    ['a proxy’s 403 in JSON', [403, { error: 'forbidden' }]],
    ['a proxy’s 429 in JSON', [429, { error: 'slow down' }]],
    ['an empty answer', [200, {}]],
    ['no answer at all', [200, null]],
    ['a refusal without a code', [200, { ok: false }]],
    ['a refusal without words', [400, { ok: false, error_code: 400 }]],
    ['a code that is none', [429, { ok: false, error_code: '429', description: 'x' }]],
    ['a success without a message', [200, { ok: true, result: true }]],
    ['a message without an id', [200, { ok: true, result: {} }]],
  ] as const)('never gives a message up for %s: perhaps it was delivered', async (_name, given) => {
    expect(await send(given)).toMatchObject({ type: 'ambiguous' });
  });

  it.each([
    [1e12, 3_600_000],
    [-5, 1_000],
    ['soon', 1_000],
    [null, 1_000],
    [7, 7_000],
  ])('waits within bounds when told to retry after %s', async (after, ms) => {
    expect(await send(refusal(429, { parameters: { retry_after: after } }))).toMatchObject({
      type: 'not-sent',
      retryAfterMs: ms,
      scope: 'chat',
    });
  });

  it('follows no migration to nowhere', async () => {
    const outcome = await send(refusal(400, { parameters: { migrate_to_chat_id: null } }));
    expect(outcome.type).toBe('bad-content');
  });

  it.each([409, 420])('tries again what was refused with %d, which is not about the words', async (code) => {
    expect(await send(refusal(code))).toMatchObject({ type: 'not-sent', scope: 'chat' });
  });
});
