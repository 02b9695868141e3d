import { describe, expect, it } from 'vitest';
import type { Console } from '../../src/console/console.ts';
import { createHttp } from '../../src/console/http.ts';
import { ConfigError } from '../../src/kit/errors.ts';
import { silentLog } from '../../src/kit/log.ts';
import { PROBE, useConsole } from './house.ts';
import { call, postJson, type StubChat } from './support.ts';

let console: Console;
let chat: StubChat;
useConsole((parts) => {
  ({ console, chat } = parts);
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
      health: PROBE,
      log: silentLog(),
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
      await expect(createHttp({ host, port: 0, health: PROBE, log: silentLog() })).rejects.toThrow(
        ConfigError,
      );
    }
    const open = await createHttp({
      host: '0.0.0.0',
      port: 0,
      password: 'secret',
      health: PROBE,
      log: silentLog(),
    });
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
      log: silentLog(),
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
