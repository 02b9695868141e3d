import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';
import { type Folder, openFolder, type Program } from './program.ts';

describe('roles in processes of their own, over one Redis', () => {
  let folder: Folder;
  let exchange: TestExchange;
  let telegram: FakeTelegram;
  let gateway: FakeGateway;
  let redis: RedisServer;
  let programs: Program[];
  beforeAll(async () => {
    [folder, exchange, telegram, gateway, redis] = await Promise.all([
      openFolder(),
      startTestExchange({ volatility: 0 }),
      startFakeTelegram(),
      startFakeGateway(),
      startRedisServer(),
    ]);
    const env = {
      REDIS_URL: redis.url,
      BINANCE_WS_URL: exchange.wsUrl,
      BINANCE_REST_URL: exchange.restUrl,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      HOLYSHEEP_API_KEY: gateway.apiKey,
      HOLYSHEEP_BASE_URL: gateway.baseUrl,
      ANALYSIS_EVERY: 'off',
    };
    const roles = [['feed'], ['analyst', 'courier', 'clerk'], ['telegram', 'console']];
    programs = roles.map((names) => folder.start(names, env));
    const [feed, ...others] = programs;
    await feed?.says(/the feed is ready/);
    for (const one of others) await one.says(/Sheepdog is watching/);
  });
  afterAll(async () => {
    await folder.close();
    await Promise.all([exchange.close(), telegram.stop(), gateway.close(), redis.stop()]);
  });

  it('answer a question by the desk of another process', async () => {
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/analyze btc', person);
    const answer = await telegram.said(chat, /BTCUSDT[\s\S]*\/100/);
    expect(answer.text).toMatch(/deepseek/);
  });

  it('bark in a chat that another process listens to, and say which roles are up', async () => {
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/subscribe btc move -1.5% 5m', person);
    await telegram.said(chat, /#[a-z0-9]{6}/);
    exchange.market.jump('BTCUSDT', -2);
    expect((await telegram.said(chat, /^🔻/u)).text).toMatch(/BTC/);
    telegram.say(chat, '/status', person);
    const status = (await telegram.said(chat, /analyst/)).text;
    for (const role of ['analyst', 'clerk', 'console', 'courier', 'feed', 'telegram']) {
      expect(status).toContain(`${role} ×1`);
    }
  });

  it('are ready one by one, and end cleanly in any order', async () => {
    for (const one of programs) {
      const [, url] = await one.says(/"url":"([^"]+)"/);
      expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
    }
    for (const one of programs) one.child.kill('SIGTERM');
    for (const one of programs) expect(await one.ended).toBe(0);
  });
});
