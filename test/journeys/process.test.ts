import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';
import { type Folder, openFolder } from './program.ts';

/** Sheepdog as a person starts it: a process of its own, an empty environment, a folder with a blank in its name. */
// Processes start slowly on a busy machine, and some of these stories start several.
describe('the program', { timeout: 90_000 }, () => {
  let exchange: TestExchange;
  let folder: Folder;
  beforeEach(async () => {
    exchange = await startTestExchange({ volatility: 0 });
    folder = await openFolder();
  });
  afterEach(async () => {
    await folder.close();
    await exchange.close();
  });

  const start = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    folder.start(args, { BINANCE_WS_URL: exchange.wsUrl, BINANCE_REST_URL: exchange.restUrl, ...env });

  it('ends on SIGTERM within ten seconds, once, with exit code 0 and the session in figures', async () => {
    const sheepdog = start([]);
    const [, url] = await sheepdog.says(/"url":"([^"]+)"/);
    await sheepdog.says(/the feed is ready/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/sheepdog_feed_messages \d+/);

    const at = Date.now();
    sheepdog.child.kill('SIGTERM');
    sheepdog.child.kill('SIGTERM');
    expect(await sheepdog.ended).toBe(0);
    expect(Date.now() - at).toBeLessThan(10_000);
    const figures =
      sheepdog
        .output()
        .split('\n')
        .find((line) => line.includes('the session in figures')) ?? '{}';
    expect(JSON.parse(figures)).toMatchObject({
      runSeconds: expect.any(Number),
      messages: expect.any(Number),
      messagesPerSecond: expect.any(Number),
      analyses: 0,
      alerts: 0,
      cost: '$0.00',
    });
  });

  it('ends cleanly when the signal comes during the start', async () => {
    const sheepdog = start([]);
    await sheepdog.says(/embedded Redis is up/);
    sheepdog.child.kill('SIGINT');
    expect(await sheepdog.ended).toBe(0);
  });

  it('lists every fault of a wrong environment and exits with 78, without its secrets', async () => {
    const sheepdog = start([], { TIMEZONE: 'Mars', SYMBOLS: '%', TELEGRAM_BOT_TOKEN: 'my-secret' });
    expect(await sheepdog.ended).toBe(78);
    expect(sheepdog.output()).toMatch(/TIMEZONE[\s\S]*|SYMBOLS/);
    for (const name of ['TIMEZONE', 'SYMBOLS', 'TELEGRAM_BOT_TOKEN'])
      expect(sheepdog.output()).toContain(name);
    expect(sheepdog.output()).not.toContain('my-secret');
  });

  it('does not start single roles without a Redis in common', async () => {
    const sheepdog = start(['feed', 'analyst']);
    expect(await sheepdog.ended).toBe(78);
    expect(sheepdog.output()).toMatch(/REDIS_URL/);
  });

  it('says in one plain line what else keeps it from starting', async () => {
    const first = start(['--demo'], { BINANCE_REST_URL: 'http://127.0.0.1:9' });
    const [, port] = await first.says(/"url":"http:[^"]+:(\d+)"/);
    const refused = await Promise.all(
      [
        { REDIS_URL: 'redis://:topsecret@127.0.0.1:9' },
        { BINANCE_REST_URL: 'http://127.0.0.1:9' },
        { CONSOLE_PORT: port, DATA_DIR: 'other' },
        { DATA_DIR: '/proc/version' },
        { DATA_DIR: '/proc/1/sheepdog' },
      ].map(async (env) => {
        const other = start(['--demo'], env);
        const code = await other.ended;
        const lines = other.output().trim().split('\n');
        // After a fault of the configuration comes where to read about it.
        return [code, lines.at(code === 78 ? -2 : -1)];
      }),
    );
    expect(refused).toEqual([
      [1, expect.stringMatching(/^Redis cannot be used \(.*ECONNREFUSED.*check REDIS_URL/)],
      [1, expect.stringMatching(/is in use by process \d+: stop it, or set DATA_DIR/)],
      [1, expect.stringMatching(/^port \d+ of 127\.0\.0\.1 is in use.*CONSOLE_PORT/)],
      [78, expect.stringMatching(/^ *DATA_DIR: \/proc\/version cannot be written/)],
      [78, expect.stringMatching(/^ *DATA_DIR: \/proc\/1\/sheepdog cannot be written/)],
    ]);
    expect(JSON.stringify(refused)).not.toContain('topsecret');
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
  });

  it('runs the demo on a simulated market where the live one is out of reach, and says so in the answer', async () => {
    const sheepdog = start(['--demo'], {
      BINANCE_REST_URL: 'http://127.0.0.1:9',
      BINANCE_WS_URL: 'ws://127.0.0.1:9',
    });
    const [, url] = await sheepdog.says(/"url":"([^"]+)"/);
    await sheepdog.says(/the feed is ready/);
    const answer = await fetch(`${url}/api/command`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: '/price btc' }),
    });
    expect(await answer.text()).toMatch(/SIMULATED/);
    sheepdog.child.kill('SIGTERM');
    expect(await sheepdog.ended).toBe(0);
  });
});
