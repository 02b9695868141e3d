import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createConsole } from '../../src/console/console.ts';
import { silentLog } from '../../src/kit/log.ts';
import { stubPictures } from '../support/pictures.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type BrowserPage, browserProgram, startBrowser } from './browser.ts';
import { PROBE } from './house.ts';
import { brief, feedHealth, StubChat } from './support.ts';

describe.skipIf(!browserProgram)('the page when its Sheepdog ends', () => {
  let redis: TestRedis;
  let page: BrowserPage;
  beforeAll(async () => {
    redis = await startTestRedis();
    page = await startBrowser(browserProgram ?? '');
  });
  afterAll(async () => {
    await page?.close();
    await redis?.stop();
  });

  it('shows no figure as one of now any more, and goes on when it is back', async () => {
    const open = (port: number) =>
      createConsole({
        host: '127.0.0.1',
        port,
        chat: new StubChat(),
        pictures: stubPictures(),
        market: {
          health: async () => feedHealth(Date.now(), ['BTCUSDT', 'ETHUSDT']),
          briefs: async () =>
            new Map(['BTCUSDT', 'ETHUSDT'].map((symbol) => [symbol, brief(symbol, Date.now())])),
        },
        store: redis.connect(),
        label: 'live',
        health: PROBE,
        log: silentLog(),
        everyMs: 50,
      });
    const text = (selector: string) =>
      page.evaluate(`document.querySelector('${selector}')?.textContent ?? ''`);
    const stale = () => page.evaluate(`document.querySelectorAll('tr.stale .badge').length`);
    const first = await open(0);
    await page.open(first.url);
    await vi.waitFor(async () => expect(await text('#rows')).toContain('BTCUSDT'));
    expect(await stale()).toBe(0);
    await first.close();
    await vi.waitFor(async () => expect(await text('#feed')).toBe('No connection to Sheepdog'));
    expect(await stale()).toBe(2);
    const again = await open(first.port);
    await vi.waitFor(async () => expect(await text('#feed')).toBe('Feed: live'));
    expect(await stale()).toBe(0);
    await again.close();
  });
});
