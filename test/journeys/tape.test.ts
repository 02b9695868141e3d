import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordTape } from '../../src/feed/recording.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { startTestExchange } from '../world/exchange.ts';
import { type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';
import { type Folder, openFolder } from './program.ts';

describe('a tape', { timeout: 60_000 }, () => {
  let folder: Folder;
  let telegram: FakeTelegram;
  beforeEach(async () => {
    [folder, telegram] = await Promise.all([openFolder(), startFakeTelegram()]);
  });
  afterEach(async () => {
    await folder.close();
    await telegram.stop();
  });

  /** More than a second of a still market, however slowly the recording begins, that then falls by 2 %. */
  async function recordFall(path: string): Promise<void> {
    const exchange = await startTestExchange({ volatility: 0 });
    const enough = new AbortController();
    const recorded = recordTape({
      wsUrl: exchange.wsUrl,
      restUrl: exchange.restUrl,
      symbols: ['BTCUSDT'],
      ms: 60_000,
      path,
      clock: systemClock,
      log: silentLog(),
      signal: enough.signal,
    });
    await vi.waitFor(() => {
      expect(exchange.subscriptions('market')).toContain('btcusdt@aggTrade');
      // The last that is asked for before the market alone is recorded.
      expect(exchange.restCalls.at(-1)?.path).toContain('/fapi/v1/openInterest');
    });
    await passes(1_200);
    exchange.market.jump('BTCUSDT', -2);
    await passes(500);
    enough.abort();
    await recorded;
    await exchange.close();
  }

  it('that was recorded barks in a subscribed chat when it is replayed, and ends with its statistics', async () => {
    await recordFall(join(folder.path, 'fall.jsonl.gz'));
    const sheepdog = folder.start(['--tape', 'fall.jsonl.gz', '--speed', '0.2'], {
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.apiRoot,
    });
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    await sheepdog.says(/the feed is ready/);
    telegram.say(chat, '/subscribe btc move -1.5% 5m', person);
    telegram.say(chat, '/price btc', person);
    const set = await telegram.said(chat, /#[a-z0-9]{6}/);
    expect(set.text).toMatch(/REPLAY/);
    expect((await telegram.said(chat, /BTCUSDT \d/)).text).toMatch(/REPLAY/);

    const bark = await telegram.said(chat, /^🔻/u, 40_000);
    expect(bark.text).toMatch(/BTC[\s\S]*REPLAY/);
    expect(await sheepdog.ended).toBe(0);
    const lines = sheepdog.output().split('\n');
    const figures = (words: string) => JSON.parse(lines.find((line) => line.includes(words)) ?? '{}');
    const tape = figures('the tape has been played to its end');
    expect(tape).toMatchObject({ complete: true, byType: { aggTrade: expect.any(Number) } });
    expect(tape.delivered).toBeGreaterThan(0);
    expect(figures('the session in figures')).toMatchObject({ alerts: 1, delivered: expect.any(Number) });
    expect(chat.messages.filter(({ text }) => /^🔻/u.test(text ?? ''))).toHaveLength(1);
  });
});
