import { describe, expect, it } from 'vitest';
import type { OverviewRow } from '../../src/market/overview.ts';
import { plainText } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { makeRow } from '../support/samples.ts';
import { actionOf, asker, type House, NOW, say, useHouse, words } from './support.ts';

let store: Store;
let house: House;
useHouse((built, opened) => {
  house = built;
  store = opened;
});

const row: typeof makeRow = (symbol, change) =>
  makeRow(symbol, { change5m: 0.1, change1h: 0.5, fundingRate: 0.0001, ...change });

const ROWS = [
  row('BTCUSDT', { last: 67_450.2, change1h: 0.5, range24h: 3 }),
  row('ETHUSDT', { change1h: -2.5, change5m: -0.3, range24h: 8 }),
  row('DOGEUSDT', { change1h: 12.345, range24h: 34, last: 0.1 }),
  row('XRPUSDT', { change1h: 0 }),
  row('DEADUSDT', { change1h: 300, quoteVolume: 1_000 }),
];

const write = (rows: readonly OverviewRow[], writtenAt = NOW) =>
  house.deps.market.writeOverview({ v: 1, source: 'live', time: NOW, writtenAt, rows });

describe('/movers', () => {
  it('ranks the whole market both ways and by volatility, without what hardly trades', async () => {
    await write(ROWS);
    expect(await words(house, asker(), '/movers')).toBe(
      [
        'Movers: 1 hr',
        'Strongest up',
        '• 🔺 DOGE +12.35 % · 0.10000',
        '• 🔺 BTC +0.5 % · 67,450.2',
        'Strongest down',
        '• 🔻 ETH −2.5 % · 100',
        'Highest volatility (range of 1 day)',
        '• ↕️ DOGE 34 % · 20M USDT',
        '• ↕️ ETH 8 % · 20M USDT',
        '• ↕️ BTC 3 % · 20M USDT',
        '• ↕️ XRP 2 % · 20M USDT',
        '4 perpetuals · turnover of 24 h 80M USDT',
        'Only those with a turnover of at least 1M USDT in 24 h',
      ].join('\n'),
    );
  });

  it('turns to another span in place, and leads to the price of the strongest', async () => {
    await write(ROWS);
    const reply = await say(house, asker(), '/movers');
    const day = await house.chat.press(asker(), actionOf(reply, '1 day'));
    expect(day?.replace).toBe(true);
    expect(plainText(day?.text ?? [])).toContain('Movers: 1 day');
    const price = await house.chat.press(asker(), actionOf(reply, 'DOGE'));
    expect(plainText(price?.text ?? [])).toContain('DOGEUSDT');
  });

  it('says that a young feed does not know the hour yet, and tells the day instead', async () => {
    await write(ROWS.map((each) => ({ ...each, change1h: undefined })));
    const text = await words(house, asker(), '/movers');
    expect(text).toContain('Movers: 1 day');
    expect(text).toContain('The moves of 1 hr are warming');
  });

  it('never shows old figures as new, and says when there is no feed', async () => {
    await write(ROWS, NOW - 120_000);
    expect(await words(house, asker(), '/movers')).toContain('STALE: the newest data is 2 min old');
    await store.flushall();
    expect(await words(house, asker(), '/movers')).toContain('The market feed is not there yet');
  });

  it('speaks the language of the chat', async () => {
    await write(ROWS);
    expect(await words(house, asker({ language: 'ko' }), '/movers')).toContain('급등락 순위: 1시간');
    expect(await words(house, asker({ language: 'ja', chatId: '7' }), '/movers')).toContain('上昇率上位');
  });
});
