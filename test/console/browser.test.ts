import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Console, createConsole } from '../../src/console/console.ts';
import { silentLog } from '../../src/kit/log.ts';
import { makePicture } from '../charts/support.ts';
import { stubPictures } from '../support/pictures.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type BrowserPage, browserProgram, startBrowser } from './browser.ts';
import { CHAT, PROBE } from './house.ts';
import { brief, feedHealth, StubChat } from './support.ts';

if (!browserProgram) console.log('skipped: no Chromium on this machine');

const HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>';

describe.skipIf(!browserProgram)('the page in a browser', () => {
  const chat = new StubChat();
  let redis: TestRedis;
  let served: Console;
  let page: BrowserPage;

  beforeAll(async () => {
    redis = await startTestRedis();
    served = await createConsole({
      host: '127.0.0.1',
      port: 0,
      chat,
      pictures: stubPictures(),
      market: {
        health: async () => feedHealth(Date.now(), ['BTCUSDT', '币安人生USDT']),
        briefs: async () => new Map([['BTCUSDT', brief('BTCUSDT', Date.now())]]),
      },
      store: redis.connect(),
      label: 'simulated',
      health: PROBE,
      log: silentLog(),
      everyMs: 50,
    });
    page = await startBrowser(browserProgram ?? '');
    await page.resize(1280, 900, false);
    await page.open(served.url);
  });
  afterAll(async () => {
    await page?.close();
    await served?.close();
    await redis?.stop();
  });

  const text = (selector: string) =>
    page.evaluate(`document.querySelector('${selector}')?.textContent ?? ''`);
  const eventually = (selector: string, wanted: string) =>
    vi.waitFor(async () => expect(await text(selector)).toContain(wanted));

  it('shows what market it is and the live symbols', async () => {
    await eventually('#source', 'SIMULATED');
    await eventually('#rows', 'BTCUSDT68,392.5+0.25%-1.50%0.50%+0.0100%');
    expect(await text('tr.stale')).toContain('STALE');
    expect(await text('#feed')).toBe('Feed: live');
  });

  it('asks, shows the answer as text whatever is in it, and remembers the line', async () => {
    chat.answer = {
      text: [
        { type: 'title', line: [{ b: HOSTILE }] },
        {
          type: 'text',
          line: ['at ', { time: 1_790_000_000_000, text: '2026-09-21 14:13' }, ' ', { code: '#abc234' }],
        },
        { type: 'facts', rows: [['Last', HOSTILE]] },
        { type: 'list', items: [[{ i: 'one' }], ['two']] },
        { type: 'small', line: ['no advice'] },
      ],
      buttons: [[{ label: 'Undo', action: 'v1:undo:x', style: 'danger' }]],
    };
    expect(await page.evaluate('document.activeElement.id')).toBe('line');
    await page.type('/price btc');
    await page.press('Enter');
    await eventually('#log article .title', HOSTILE);
    await eventually('#log dd', HOSTILE);
    // As the chat's zone has it, not the browser's.
    expect(await text('#log time')).toBe('2026-09-21 14:13');
    expect(await page.evaluate(`document.querySelector('#log time').dateTime`)).toBe(
      '2026-09-21T14:13:20.000Z',
    );
    expect(await page.evaluate(`document.querySelectorAll('#log script, #log img').length`)).toBe(0);
    expect(await page.evaluate('document.title')).toBe('Sheepdog');
    expect(chat.calls.at(-1)?.call).toMatchObject({ name: 'price', words: ['btc'] });
    await page.press('ArrowUp');
    expect(await page.evaluate(`document.getElementById('line').value`)).toBe('/price btc');
  });

  it('presses a button, whose answer takes the place of its message', async () => {
    chat.answer = { text: [{ type: 'text', line: ['undone'] }], replace: true };
    await page.evaluate(`document.querySelector('#log button.danger').click()`);
    await eventually('#log article', 'undone');
    expect(chat.presses).toEqual(['v1:undo:x']);
    expect(await page.evaluate(`document.querySelectorAll('#log article').length`)).toBe(1);
  });

  it('shows a picture with its answer, and its words to those who cannot see it', async () => {
    chat.answer = { text: [{ type: 'title', line: ['BTCUSDT'] }], picture: makePicture() };
    await page.type('/chart btc');
    await page.press('Enter');
    const image = `document.querySelector('#log img.picture')`;
    await vi.waitFor(async () => expect(await page.evaluate(`${image}?.naturalWidth`)).toBe(1));
    expect(await page.evaluate(`${image}.alt`)).toBe(makePicture().alt);
  });

  it('shows an alert as it arrives, and once more after a reload', async () => {
    await served.sender.send(
      CHAT,
      [{ type: 'feed', eventId: HOSTILE, state: 'degraded', since: 0, until: undefined }],
      {
        nonce: 'n',
        silent: false,
        mayRepeat: false,
      },
    );
    await eventually('#alerts article', HOSTILE);
    await page.open(served.url);
    await eventually('#alerts article', HOSTILE);
    expect(await page.evaluate(`document.querySelectorAll('#alerts article').length`)).toBe(1);
    expect(await page.evaluate(`document.getElementById('no-alerts').hidden`)).toBe(true);
  });

  it('puts the chart of an alert below its words when it is drawn, and leaves it there', async () => {
    chat.picture = makePicture();
    const alert = {
      type: 'feed',
      eventId: 'charted',
      state: 'degraded',
      since: 0,
      until: undefined,
    } as const;
    const sent = await served.sender.send(CHAT, [alert], { nonce: 'c', silent: false, mayRepeat: false });
    const id = sent.type === 'sent' ? sent.messageId : '';
    const edition = { notices: [alert], form: 'barks', mayRepeat: false, words: true } as const;
    const additions = [{ what: 'picture', of: 'charted' }] as const;
    const edit = (eventId: string, pictured: 'in' | undefined) =>
      served.sender.edit(CHAT, id, { ...edition, notices: [{ ...alert, eventId }], additions, pictured });
    await edit('charted', undefined);
    const image = `document.querySelector('#alerts article:last-child img.picture')`;
    await vi.waitFor(async () => expect(await page.evaluate(`${image}?.naturalWidth`)).toBe(1));
    await page.evaluate(`${image}.dataset.kept = 'yes'`);
    await edit('charted, and why', 'in');
    await eventually('#alerts article:last-child', 'charted, and why');
    expect(await page.evaluate(`${image}.dataset.kept`)).toBe('yes');
  });

  it('fits a phone without scrolling sideways, whatever is asked', async () => {
    await page.resize(360, 740, true);
    const asked = 'x'.repeat(300);
    await page.type(asked);
    await page.press('Enter');
    await eventually('#log p.asked:not(.message):last-of-type', asked);
    for (const element of ['document.documentElement', 'document.getElementById("log")']) {
      const overflow = `${element}.scrollWidth - ${element}.clientWidth`;
      await vi.waitFor(async () => expect(await page.evaluate(overflow)).toBe(0));
    }
  });

  it('never runs into its own content policy', () => {
    expect(page.complaints).toEqual([]);
  });
});
