import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import type { Store } from '../../src/store/redis.ts';
import { alert, word } from '../courier/support.ts';
import { makeRow } from '../support/samples.ts';
import { actionOf, asker, freshAnalysis, type House, NOW, say, useHouse, words } from './support.ts';

const HOUR = 3_600_000;

let store: Store;
let house: House;
useHouse((built, opened) => {
  house = built;
  store = opened;
});

const writeMarket = (writtenAt = NOW) =>
  house.deps.market.writeOverview({
    v: 1,
    source: 'live',
    time: NOW,
    writtenAt,
    rows: [
      makeRow('BTCUSDT', { last: 67_450.2, change24h: 0.97, fundingRate: 0.000085 }),
      makeRow('DOGEUSDT', { change24h: -7.5, range24h: 12, last: 0.1, fundingRate: -0.0012 }),
    ],
  });

describe('/report', () => {
  it('tells market, funding, the AI’s latest view and what yesterday was, without a call', async () => {
    await writeMarket();
    await createAnalysesRepository(store).save(freshAnalysis({ finishedAt: NOW - HOUR }));
    expect(await words(house, asker(), '/report')).toBe(
      [
        '📊 Market report of 2026-11-24',
        'Strongest up',
        '• 🔺 BTC +0.97 % · 67,450.2',
        'Strongest down',
        '• 🔻 DOGE −7.5 % · 0.10000',
        'Highest volatility (range of 1 day)',
        '• ↕️ DOGE 12 % · 20M USDT',
        '• ↕️ BTC 2 % · 20M USDT',
        'Highest funding (longs pay)',
        '• BTC +0.0085 %',
        'Lowest funding (shorts pay)',
        '• DOGE −0.12 %',
        '2 perpetuals · turnover of 24 h 40M USDT',
        '🤖 BTC 72/100 bullish · Risk: medium',
        'Buyers lead while funding stays calm',
        'deepseek/deepseek-chat-v3-0324 · Nov 24, 11:00 UTC',
        'Yesterday here',
        'Alerts: 0',
        'AI cost: $0.00 · 0 calls',
        'A machine’s opinion, not financial advice.',
      ].join('\n'),
    );
    expect(house.analyses).toEqual([]);
  });

  it('counts the alerts of the chat’s own yesterday, and nothing else', async () => {
    await say(house, asker(), '/start');
    const chat = await house.deps.chats.find(asker().address);
    // What is put now counts by Redis' own clock, so the house moves to the day after.
    const tomorrow = Date.now() + 24 * HOUR;
    const mailbox = createMailbox(store);
    await mailbox.put(chat?.uid ?? '', 'hi', [alert(1, 'abc234'), alert(2, 'abc234'), word(1)]);
    house.clock.advanceTo(tomorrow);
    expect(await words(house, asker(), '/report')).toContain('Alerts: 2');
  });

  it.each([
    ['an old reading', { finishedAt: NOW - 5 * HOUR }],
    ['an analysis without a reading', { reading: undefined }],
  ])('shows no view from %s', async (_, change) => {
    await writeMarket();
    await createAnalysesRepository(store).save(freshAnalysis(change));
    expect(await words(house, asker(), '/report now')).toContain('No AI reading of BTC within the last four');
  });

  it('says when the market is old or missing', async () => {
    await writeMarket(NOW - 10 * 60_000);
    expect(await words(house, asker(), '/report')).toContain('STALE: the newest data is 10 min old');
    await store.flushall();
    await house.deps.market.writeUniverse({ source: 'live', fetchedAt: NOW, instruments: [] });
    expect(await words(house, asker(), '/report')).toContain('no feed is running');
  });

  it('comes daily at a time, by word or button, and ends', async () => {
    await writeMarket();
    const reply = await say(house, asker(), '/report');
    const daily = await house.chat.press(asker(), actionOf(reply, 'Daily 08:00'));
    expect(plainText(daily?.text ?? [])).toContain('comes here every day at 08:00 (UTC)');
    expect(await words(house, asker(), '/report')).toContain('comes here every day at 08:00 (UTC)');
    await house.chat.press(asker(), actionOf(daily, 'End the daily report'));
    await say(house, asker(), '/report 7:30');
    await say(house, asker(), '/report off');
    await house.chat.command(asker(), { name: 'report', words: [], options: { time: '21:15' } });
    expect(house.changes.map(({ reportAt }) => reportAt)).toEqual([
      '08:00',
      undefined,
      '07:30',
      undefined,
      '21:15',
    ]);
    expect(await words(house, asker(), '/settings')).toContain('Daily market report: 21:15');
  });

  it('names the wrong word and one right example', async () => {
    const text = await words(house, asker(), '/report noon');
    expect(text).toContain('“noon” is not a time of day');
    expect(text).toContain('Example: /report 08:00');
  });

  it('is for everybody to read and for administrators to schedule', async () => {
    await writeMarket();
    const member = asker({ type: 'group', admin: false });
    expect(await words(house, member, '/report')).toContain('Market report');
    expect(await words(house, member, '/report 08:00')).toContain('Only administrators');
    expect(house.changes).toEqual([]);
  });

  it('says nothing of a market that is not live without the mark', async () => {
    await writeMarket();
    const chat = await house.deps.chats.ensure(asker().address, {
      type: 'private',
      title: 'Anna',
      locale: 'ko',
      timezone: 'Asia/Seoul',
      approved: true,
    });
    const notice = { ...(await house.deps.report(chat)), source: 'simulated' as const, late: true };
    const told = plainText(house.chat.present([notice], chat, false).text);
    expect(told).toContain('2026-11-24 시장 보고서');
    expect(told).toContain('SIMULATED');
  });
});
