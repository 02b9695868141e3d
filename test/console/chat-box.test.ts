import { describe, expect, it } from 'vitest';
import type { Console } from '../../src/console/console.ts';
import { makePicture } from '../charts/support.ts';
import { NO_PICTURES, PNG, stubPictures } from '../support/pictures.ts';
import { type Behind, useConsole } from './house.ts';
import { call, postJson, type StubChat } from './support.ts';

let console: Console;
let chat: StubChat;
let behind: Behind;
useConsole((parts) => {
  ({ console, chat, behind } = parts);
});

describe('the chat box', () => {
  it('passes a typed line on as a command of the console’s one chat', async () => {
    const ask = (text: string) =>
      postJson(console.port, '/api/command', { text }, { 'accept-language': 'ko-KR,ko;q=0.9' });
    for (const text of ['/Price  btc 5m', 'price btc', 'what is this', '/nothing x', ' HELP '])
      await ask(text);
    expect(chat.calls.map(({ call }) => [call.name, ...call.words])).toEqual([
      ['price', 'btc', '5m'],
      ['price', 'btc'],
      ['help'],
      ['nothing', 'x'],
      ['help'],
    ]);
    const asker = chat.calls[0]?.asker;
    expect(asker).toMatchObject({
      address: { platform: 'console', chatId: 'console', threadId: '' },
      chatType: 'private',
      userId: 'console',
      languageHint: 'ko-KR',
    });
    expect(await asker?.isAdmin()).toBe(true);
    expect(await asker?.findChat('@other')).toBeUndefined();
  });

  it('answers with the reply as data, in which markup stays text', async () => {
    chat.answer = {
      text: [
        { type: 'title', line: [{ b: '<script>alert(1)</script>' }] },
        { type: 'facts', rows: [['<b>', '"&\u2028']] },
      ],
      buttons: [[{ label: 'Undo', action: 'v1:undo:x', style: 'danger' }]],
      replace: true,
    };
    const { body, headers } = await postJson(console.port, '/api/command', { text: '/help' });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(body)).toEqual({ reply: chat.answer });
  });

  it('gives a picture by where it is, and draws it when it is fetched', async () => {
    const stub = stubPictures();
    behind.pictures = stub;
    chat.answer = { text: [{ type: 'title', line: ['BTCUSDT'] }], picture: makePicture() };
    const { body } = await postJson(console.port, '/api/command', { text: '/chart btc' });
    const { reply } = JSON.parse(body);
    expect(reply.picture).toEqual({
      url: expect.stringMatching(/^\/api\/picture\/[0-9a-f]{32}$/),
      alt: makePicture().alt,
    });
    expect(stub.asked).toEqual([]);
    const fetched = await fetch(console.url + reply.picture.url);
    expect(fetched.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(PNG);
    expect(stub.asked).toEqual([makePicture()]);
    behind.pictures = NO_PICTURES;
    expect((await call(console.port, reply.picture.url)).status).toBe(503);
    expect((await call(console.port, `/api/picture/${'0'.repeat(32)}`)).status).toBe(404);
  });

  it('presses buttons, and says null where the chat has nothing to say', async () => {
    chat.answer = undefined;
    const { status, body } = await postJson(console.port, '/api/press', { action: 'v1:why:abc234' });
    expect([status, body]).toEqual([200, '{"reply":null}']);
    expect(chat.presses).toEqual(['v1:why:abc234']);
  });

  it('tells no inner fault', async () => {
    chat.command = () => Promise.reject(new Error('secret inside'));
    expect(await postJson(console.port, '/api/command', { text: '/help' })).toMatchObject({
      status: 500,
      body: '{"error":"failed"}',
    });
  });

  it('hints at the commands in the browser’s language', async () => {
    const { body } = await call(console.port, '/api/commands', { headers: { 'accept-language': 'ko' } });
    expect(JSON.parse(body).commands[1]).toEqual({ name: 'price', description: 'price 설명' });
  });
});
