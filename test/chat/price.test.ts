import { describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { plainText } from '../../src/notice/text.ts';
import {
  actionOf,
  asker,
  freshAnalysis,
  type House,
  makeHealth,
  NOW,
  say,
  useHouse,
  words,
} from './support.ts';

let house: House;
const rebuild = useHouse((built) => {
  house = built;
});

const korean = asker({ language: 'ko' });

describe('/price', () => {
  it('answers with the figures, sized by tick, and keeps the symbol in use', async () => {
    expect(await words(house, asker(), '/price btc')).toBe(
      [
        'BTCUSDT 67,450.2',
        'Last: 67,450.2',
        'Mark: 67,448.9',
        'Index: 67,455.3',
        'Funding: +0.0085 % in 03:00:00',
        'Moves: 5 min −0.08 % · 1 hr −0.17 % · 4 hr +0.21 %',
        '24 h change: +0.97 %',
        '24 h range: 66,310.5 – 68,120',
        '24 h turnover: 12.3B USDT',
        'Bid / ask: 67,450.1 / 67,450.2',
        'Volatility: 38.5 % a year (1 hr)',
        'Range: 5 min 0.37 % · 1 hr 0.74 %',
        'Buy/sell: 1.12 (5 min: 2.47M USDT / 2.2M USDT)',
        'Open interest: 5.69B USDT (1 hr −0.42 %)',
        'Std of last 20 prices: 1.2345',
        'Buy/sell of last 50 trades: 1.3809',
        'Data age: 0 sec',
      ].join('\n'),
    );
    expect(await house.deps.market.wanted(NOW)).toContain('BTCUSDT');
  });

  it('points at the answer that this chat had a moment ago, and gives it whole to another', async () => {
    await words(house, asker(), '/analyze btc');
    house.clock.advanceBy(20_000);
    house.analysis = freshAnalysis({ shared: true });
    expect(await words(house, asker(), '/analyze btc')).toBe(
      [
        'BTCUSDT: AI reading',
        'Sentiment: 72/100 bullish · Risk: medium · Horizon: 1 hr',
        '🤖 Buyers lead while funding stays calm',
        '⬆ The whole answer is above, 20 sec old. Another can be had in 40 sec.',
      ].join('\n'),
    );
    const elsewhere = await words(house, asker({ userId: '43', chatId: '43' }), '/analyze btc');
    expect(elsewhere).toContain('Drivers');
    expect(elsewhere).toContain('Analysed 20 sec ago, shared at no cost');
    house.analysis = freshAnalysis({ id: 'analysis-2', shared: true });
    expect(await words(house, asker(), '/analyze btc')).toContain('Drivers');
  });

  it('is the same in Korean', async () => {
    const text = await words(house, korean, '/price 비트');
    expect(text).toContain('현재가: 67,450.2');
    expect(text).toContain('펀딩비: +0.0085 % · 03:00:00 후');
    expect(text).toContain('24시간 거래대금: 123억 USDT');
  });

  it('offers the symbols in use when none is named', async () => {
    const reply = await say(house, asker(), '/price');
    expect(
      reply?.buttons
        ?.flat()
        .map((button) => button.label)
        .slice(0, 2),
    ).toEqual(['BTC', 'ETH']);
    const pressed = await house.chat.press(asker(), actionOf(reply, 'BTC'));
    expect(plainText(pressed?.text ?? [])).toContain('BTCUSDT 67,450.2');
    expect(pressed?.replace).toBe(true);
  });

  it.each([
    ['an old brief', 60_000, 0, 'STALE: the newest data is 1 min old'],
    ['a feed that died', 0, 10_000, 'STALE'],
  ])('never shows %s as new', async (_, briefAge, healthAge, expected) => {
    house.clock.advanceBy(120_000);
    await house.writeBrief({ writtenAt: house.clock.now() - briefAge });
    await house.writeHealth({ at: house.clock.now() - healthAge });
    expect(await words(house, asker(), '/price btc')).toContain(expected);
  });

  it('never shows the price of a symbol whose trades have stopped as new, though the others go on', async () => {
    house.clock.advanceBy(120_000);
    const now = house.clock.now();
    const times = { trade: now - 120_000, mark: now, book: now, day: now };
    await house.writeBrief({ writtenAt: now, time: now, times });
    const [market] = makeHealth(now).routes;
    if (!market) throw new Error('no route');
    await house.writeHealth({ routes: [{ ...market, state: 'silent', silent: ['btcusdt@aggTrade'] }] });
    expect(await words(house, asker(), '/price btc')).toContain('STALE: the newest data is 2 min old');
    await house.writeHealth({ routes: [market] });
    expect(await words(house, asker(), '/price btc')).not.toContain('STALE');
  });

  it('says that a symbol is warming up, and which windows are', async () => {
    expect(await words(house, asker(), '/price eth')).toContain('ETHUSDT is warming up');
    await house.writeBrief();
    const brief = await house.deps.market.brief('BTCUSDT');
    if (!brief) throw new Error('no brief');
    const cold = { ...brief.windows['24h'], coverage: 0.4, gap: true };
    await house.writeBrief({ windows: { ...brief.windows, '24h': cold } });
    const text = await words(house, asker(), '/price btc');
    expect(text).toContain('Still warming up: 1 day');
    expect(text).toContain('A gap in the data lies within 1 day');
  });

  it('never shows the tutorial’s figures before their trades were seen', async () => {
    await house.writeBrief({ tradesSeen: 19, tickStd20: 0, buySell50: 1 });
    const few = await words(house, asker(), '/price btc');
    expect(few).toContain('Std of last 20 prices: warming (19 of 20 trades)');
    expect(few).toContain('Buy/sell of last 50 trades: warming (19 of 50 trades)');
    await house.writeBrief({ tradesSeen: 50, tickStd20: 0, buySell50: 1 });
    const enough = await words(house, asker(), '/price btc');
    expect(enough).toContain('Std of last 20 prices: 0');
    expect(enough).toContain('Buy/sell of last 50 trades: 1');
  });

  it('waits for a symbol that the feed begins to watch', async () => {
    house.deps.timings = { briefWaitMs: 5_000 };
    house.chat = createChat(house.deps);
    const asked = words(house, asker(), '/price eth');
    await expect.poll(() => house.deps.market.wanted(NOW)).toContain('ETHUSDT');
    await house.writeBrief({ symbol: 'ETHUSDT', last: 3_456.78, tickSize: 0.01 });
    expect(await asked).toContain('ETHUSDT 3,456.78');
  });

  it('says so before there is any feed', async () => {
    await rebuild({ universe: false });
    expect(await words(house, asker(), '/price btc')).toContain('The market feed is not there yet');
  });
});

describe('markets that are not live', () => {
  it.each([
    ['simulated', 'SIMULATED'],
    ['replay', 'REPLAY'],
  ] as const)('say so in every answer: %s', async (source, label) => {
    await house.deps.market.writeHealth({ ...(await requireHealth()), source });
    house.clock.advanceBy(1);
    house.chat = createChat(house.deps);
    for (const who of [asker(), asker({ chatId: '77', userId: '77', language: 'ko' })]) {
      for (const line of [
        '/start',
        '/help',
        '/price btc',
        '/price',
        '/analyze btc',
        '/subscribe BTC move 2%',
      ]) {
        expect(await words(house, who, line), line).toContain(label);
      }
      for (const line of ['/alerts', '/unsubscribe all', '/cost', '/status', '/price nosuch', '/nosuch']) {
        expect(await words(house, who, line), line).toContain(label);
      }
    }
  });
});

async function requireHealth() {
  const health = await house.deps.market.health();
  if (!health) throw new Error('no health');
  return health;
}
