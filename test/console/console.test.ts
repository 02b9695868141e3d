import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Console, createConsole } from '../../src/console/console.ts';
import { createHttp } from '../../src/console/http.ts';
import { createConsoleSender } from '../../src/console/sender.ts';
import { ConfigError } from '../../src/kit/errors.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { Notice } from '../../src/notice/notice.ts';
import type { Pictures } from '../../src/notice/picture.ts';
import { keys } from '../../src/store/keys.ts';
import type { FeedHealth } from '../../src/store/market.ts';
import type { Store } from '../../src/store/redis.ts';
import { makePicture } from '../charts/support.ts';
import { ManualClock } from '../support/clock.ts';
import { NO_PICTURES, PNG, stubPictures } from '../support/pictures.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { storedChat } from '../support/stored-chat.ts';
import { brief, call, feedHealth, postJson, readEvents, StubChat } from './support.ts';

const PAGE = join(import.meta.dirname, '../../src/console/page');
const NOW = 1_790_000_000_000;
const CHAT = storedChat({
  address: { platform: 'console', chatId: 'console', threadId: '' },
  title: 'Console',
});

function notice(eventId: string): Notice {
  return { type: 'feed', eventId, state: 'degraded', since: 0, until: undefined };
}

let redis: TestRedis;
let store: Store;
let chat: StubChat;
let pictures: Pictures;
let console: Console;
let health: FeedHealth | undefined;
let briefs: Map<string, Brief>;
const clock = new ManualClock(NOW);
const ready = { ready: true, reasons: [] as string[] };
const log = silentLog();
const probe = { alive: () => true, ready: async () => ready };

beforeAll(async () => {
  redis = await startTestRedis();
  store = redis.connect();
});
afterAll(() => redis.stop());

beforeEach(async () => {
  await redis.clear();
  chat = new StubChat();
  pictures = NO_PICTURES;
  health = undefined;
  briefs = new Map();
  console = await createConsole({
    host: '127.0.0.1',
    port: 0,
    chat,
    pictures: { draw: (picture) => pictures.draw(picture) },
    market: { health: async () => health, briefs: async () => briefs },
    store,
    label: 'simulated',
    health: probe,
    log,
    clock,
    everyMs: 20,
  });
  return () => console.close();
});

describe('the door', () => {
  it('opens to its own names only', async () => {
    const { port } = console;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
      expect((await call(port, '/', { headers: { host } })).status).toBe(200);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      `localhost:${port + 1}`,
      'a@localhost',
    ]) {
      for (const path of ['/', '/api/commands', '/api/events', '/metrics', '/nothing']) {
        expect((await call(port, path, { headers: { host } })).status, `${host} ${path}`).toBe(403);
      }
    }
    expect((await call(port, '/', { headers: { host: `evil.example:${port}` } })).body).toBe(
      '{"error":"host"}',
    );
  });

  it('refuses pages of other origins', async () => {
    const { port } = console;
    const own = `http://127.0.0.1:${port}`;
    const ask = (headers: Record<string, string>) =>
      postJson(port, '/api/command', { text: '/help' }, headers);
    expect((await ask({})).status).toBe(200);
    expect((await ask({ origin: own, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', `http://localhost:${port}`]) {
      expect((await ask({ origin })).status, origin).toBe(403);
    }
    expect((await ask({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await call(port, '/api/events', { headers: { origin: 'https://evil.example' } })).status).toBe(
      403,
    );
    // A link on another site may lead here.
    expect((await call(port, '/', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(200);
    expect(chat.calls).toHaveLength(2);
  });

  it('takes JSON only, and not much of it', async () => {
    const { port } = console;
    const body = JSON.stringify({ text: '/help' });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await call(port, '/api/command', {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect(answer.status, type).toBe(415);
    }
    expect((await postJson(port, '/api/command', { text: 'x'.repeat(17_000) })).status).toBe(413);
    for (const wrong of [{}, { text: 7 }, { text: '  ' }, { text: 'x'.repeat(10_001) }, [], null]) {
      expect((await postJson(port, '/api/command', wrong)).status).toBe(400);
    }
    expect((await postJson(port, '/api/press', { action: '' })).status).toBe(400);
    const broken = await call(port, '/api/command', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"text"',
    });
    expect(broken).toMatchObject({ status: 400, body: '{"error":"request"}' });
    expect(chat.calls).toHaveLength(0);
  });

  it('sends a policy that allows no script but its own, with every answer', async () => {
    for (const path of ['/', '/app.js', '/healthz', '/api/commands', '/nothing']) {
      const { headers } = await call(console.port, path);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
    }
    const events = await fetch(`${console.url}/api/events`);
    expect(events.headers.get('content-security-policy')).toContain("default-src 'none'");
    await events.body?.cancel();
  });

  it('asks for the password everywhere but at /healthz', async () => {
    const locked = await createHttp({
      host: '127.0.0.1',
      port: 0,
      password: 'pässword:x',
      health: probe,
      log,
    });
    try {
      const as = (credentials: string) => ({
        headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      });
      expect((await call(locked.port, '/healthz')).status).toBe(200);
      for (const path of ['/readyz', '/metrics', '/', '/nothing', '/healthz/../metrics']) {
        const { status, headers } = await call(locked.port, path);
        expect([status, headers['www-authenticate']], path).toEqual([
          401,
          'Basic realm="Sheepdog", charset="UTF-8"',
        ]);
      }
      expect((await call(locked.port, '/metrics', as('me:pässword:x'))).status).toBe(200);
      for (const wrong of ['me:pässword', 'me:', '', 'pässword:x', 'me:pässword:x ']) {
        expect((await call(locked.port, '/metrics', as(wrong))).status, wrong).toBe(401);
      }
    } finally {
      await locked.close();
    }
  });

  it('stays shut to the world without a password', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'sheepdog.example']) {
      await expect(createHttp({ host, port: 0, health: probe, log })).rejects.toThrow(ConfigError);
    }
    const open = await createHttp({ host: '0.0.0.0', port: 0, password: 'secret', health: probe, log });
    // Its names are not known there: the password guards.
    expect((await call(open.port, '/healthz', { headers: { host: 'sheepdog.example' } })).status).toBe(200);
    expect((await call(open.port, '/metrics', { headers: { host: 'sheepdog.example' } })).status).toBe(401);
    await open.close();
  });
});

describe('health', () => {
  it('says whether the process lives and is ready, with reasons', async () => {
    let hang = false;
    const reasons = ['feed: BTCUSDT is warming'];
    const http = await createHttp({
      host: '127.0.0.1',
      port: 0,
      health: {
        alive: () => false,
        ready: () => (hang ? new Promise(() => undefined) : Promise.resolve({ ready: false, reasons })),
      },
      log,
      readyTimeoutMs: 20,
    });
    expect(await call(http.port, '/healthz')).toMatchObject({ status: 503, body: '{"alive":false}' });
    expect(await call(http.port, '/readyz')).toMatchObject({
      status: 503,
      body: JSON.stringify({ ready: false, reasons }),
    });
    hang = true;
    expect(await call(http.port, '/readyz')).toMatchObject({
      status: 503,
      body: expect.stringContaining('20 ms'),
    });
    expect((await call(http.port, '/metrics')).body).toContain('sheepdog_process_cpu_seconds_total');
    expect((await call(http.port, '/')).status).toBe(404);
    await http.close();
    expect(await call(console.port, '/readyz')).toMatchObject({
      status: 200,
      body: '{"ready":true,"reasons":[]}',
    });
  });
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
    pictures = stub;
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
    pictures = NO_PICTURES;
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

describe('the page', () => {
  const files = readdirSync(PAGE).map((name) => [name, readFileSync(join(PAGE, name), 'utf8')] as const);

  it('is whole, and loads nothing from elsewhere', async () => {
    for (const [name, text] of files) {
      const path = name === 'index.html' ? '/' : `/${name}`;
      expect(await call(console.port, path), name).toMatchObject({ status: 200, body: text });
      expect(text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
        /https?:|\/\/[a-z]+\.|@import|url\(/,
      );
    }
    const html = files.find(([name]) => name === 'index.html')?.[1] ?? '';
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i);
  });

  it('never turns text into markup', () => {
    for (const [name, text] of files) {
      expect(text, name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc/,
      );
    }
  });
});

describe('the stream', () => {
  it('shows the symbols in use, stale ones marked, in the reader’s numbers', async () => {
    health = feedHealth(NOW, ['BTCUSDT', '币安人生USDT', 'OLDUSDT']);
    briefs = new Map([
      ['BTCUSDT', brief('BTCUSDT', NOW - 400)],
      ['OLDUSDT', brief('OLDUSDT', NOW - 6_000, { day: undefined, fundingRate: undefined, tickSize: 0.01 })],
    ]);
    const [event] = await readEvents(console.url, (events) => events.length >= 1, {
      'accept-language': 'en',
    });
    expect(event).toEqual({
      event: 'market',
      id: undefined,
      data: {
        source: 'simulated',
        feed: 'live',
        more: 0,
        rows: [
          {
            symbol: 'BTCUSDT',
            last: '68,392.5',
            change5m: { text: '+0.25%', sign: 1 },
            change24h: { text: '-1.50%', sign: -1 },
            volatility5m: '0.50%',
            funding: { text: '+0.0100%', sign: 1 },
            age: 0,
            stale: false,
          },
          expect.objectContaining({ symbol: '币安人生USDT', last: null, age: null, stale: true }),
          expect.objectContaining({
            symbol: 'OLDUSDT',
            last: '68,392.50',
            change24h: null,
            age: 6,
            stale: true,
          }),
        ],
      },
    });
  });

  it('says when no feed runs or nothing arrives, and what market it is about', async () => {
    const marketOf = async () => (await readEvents(console.url, (events) => events.length >= 1)).at(0)?.data;
    expect(await marketOf()).toMatchObject({ source: 'simulated', feed: 'none', rows: [] });
    briefs = new Map([['BTCUSDT', brief('BTCUSDT', NOW)]]);
    health = feedHealth(NOW, ['BTCUSDT'], NOW - 10);
    expect(await marketOf()).toMatchObject({ feed: 'blind', rows: [{ stale: true }] });
    health = feedHealth(NOW - 60_000, ['BTCUSDT']);
    expect(await marketOf()).toMatchObject({ feed: 'none', rows: [{ stale: true }] });
  });

  it('delivers a notice to an open page, and again to one that is reloaded', async () => {
    const stream = readEvents(console.url, (events) => events.some(({ event }) => event === 'notice'));
    const outcome = await console.sender.send(CHAT, [notice('e1')], {
      nonce: 'n1',
      silent: false,
      mayRepeat: false,
    });
    expect(outcome).toEqual({ type: 'sent', messageId: expect.stringMatching(/^\d+-\d+$/) });
    const shown = (await stream).find(({ event }) => event === 'notice');
    expect(shown).toMatchObject({
      id: outcome.type === 'sent' ? outcome.messageId : '',
      data: {
        text: [{ type: 'title', line: [{ b: 'e1' }, ' barked'] }],
        buttons: [[{ label: 'Why', action: 'v1:why:abc234' }]],
      },
    });
    const again = await readEvents(console.url, (events) => events.length >= 1);
    expect(again[0]).toEqual(shown);
    // A page that comes back tells what it has.
    const [first] = await readEvents(console.url, (events) => events.length >= 1, {
      'last-event-id': shown?.id ?? '',
    });
    expect(first?.event).toBe('market');
  });

  it('shows the chart of an alert below its words, as it was when it was told, and keeps it through every change', async () => {
    const { send, edit } = createConsoleSender({ store, chat, pictures: { draw: (p) => pictures.draw(p) } });
    chat.picture = makePicture();
    const sent = await send(CHAT, [notice('e1')], { nonce: 'n1', silent: false, mayRepeat: false });
    const id = sent.type === 'sent' ? sent.messageId : '';
    const edition = { notices: [notice('e1')], form: 'barks', mayRepeat: false, words: false } as const;
    const additions = [{ what: 'picture', of: 'e1' }] as const;
    const path = `/api/notices/${id}/picture`;
    expect(await edit(CHAT, id, { ...edition, additions, pictured: undefined })).toMatchObject({
      undrawn: true,
    });
    expect((await call(console.port, path)).status).toBe(404);

    const drawing = stubPictures();
    pictures = drawing;
    expect(await edit(CHAT, id, { ...edition, additions, pictured: undefined })).toEqual({
      type: 'edited',
      pictured: 'in',
    });
    expect(await edit(CHAT, id, { ...edition, notices: [notice('e2')], additions, pictured: 'in' })).toEqual({
      type: 'edited',
      pictured: 'in',
    });
    expect(drawing.asked).toHaveLength(1);
    const events = await readEvents(console.url, (seen) => seen.some(({ event }) => event === 'market'));
    const shown = events.filter(({ event }) => event === 'notice').map(({ data }) => data);
    const picture = { url: path, alt: makePicture().alt };
    expect(shown.slice(-2)).toMatchObject([
      { replaces: id, picture },
      { replaces: id, picture },
    ]);
    expect(shown.at(0)).not.toHaveProperty('picture');
    const answer = await fetch(`${console.url}${path}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG);
    expect((await call(console.port, '/api/notices/..%2F1/picture')).status).toBe(404);
  });

  it('shows a batch once, however often it is sent, and keeps the newest 200', async () => {
    const sender = createConsoleSender({ store, chat });
    const send = (nonce: string) =>
      sender.send(CHAT, [notice(nonce)], { nonce, silent: false, mayRepeat: true });
    const first = await send('same');
    expect(await send('same')).toEqual(first);
    expect(await store.xlen(keys.consoleOut)).toBe(1);
    for (let i = 0; i < 205; i++) await send(`n${i}`);
    expect(await store.xlen(keys.consoleOut)).toBe(200);
  });

  it('passes over entries that it does not understand', async () => {
    await store.xadd(keys.consoleOut, '*', 'nonce', 'x', 'message', '{"text":[{"type":"html"}]}');
    await store.xadd(keys.consoleOut, '*', 'other', 'y');
    await console.sender.send(CHAT, [notice('good')], { nonce: 'n', silent: false, mayRepeat: false });
    const events = await readEvents(console.url, (seen) => seen.some(({ event }) => event === 'market'));
    expect(events.filter(({ event }) => event === 'notice')).toHaveLength(1);
  });

  it('lets twenty pages in and no more, and ends them when it closes', async () => {
    const open = await Promise.all(Array.from({ length: 20 }, () => fetch(`${console.url}/api/events`)));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    expect((await fetch(`${console.url}/api/events`)).status).toBe(503);
    await open[0]?.body?.cancel();
    await vi.waitFor(async () => {
      const { status, body } = await fetch(`${console.url}/api/events`);
      await body?.cancel();
      expect(status).toBe(200);
    });
    const rest = open.slice(1).map((response) => response.text().catch(() => 'cut'));
    await console.close();
    await Promise.all(rest);
  });

  it('reports a store that is gone as not sent', async () => {
    const dead = redis.connect('request');
    dead.disconnect();
    const outcome = await createConsoleSender({ store: dead, chat }).send(CHAT, [notice('e')], {
      nonce: 'n',
      silent: false,
      mayRepeat: false,
    });
    expect(outcome).toMatchObject({ type: 'not-sent', scope: 'bot' });
  });
});
