import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseSubscribe } from '../../src/alerts/grammar.ts';
import { RULE_KINDS } from '../../src/alerts/rule.ts';
import { createChat } from '../../src/chat/chat.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { plainText } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { makeBrief } from '../desk/brief.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import {
  actionOf,
  asker,
  buildHouse,
  freshAnalysis,
  type House,
  makeHealth,
  NOW,
  say,
  words,
} from './support.ts';

let redis: TestRedis;
let store: Store;
let house: House;
beforeAll(async () => {
  redis = await startTestRedis();
  store = redis.connect();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.clear();
  house = await buildHouse(store);
});

const korean = asker({ language: 'ko' });

describe('/start and /help', () => {
  it('begins with a screen of buttons', async () => {
    const reply = await say(house, asker(), '/start');
    expect(plainText(reply?.text ?? [])).toContain('Sheepdog watches Binance USDT perpetuals');
    for (const [label, expected] of [
      ['Price', 'Which symbol?'],
      ['Analyze', 'Which symbol?'],
      ['Set an alert', 'Which symbol?'],
      ['Help', '/subscribe BTC move 2% 5m'],
    ] as const) {
      const pressed = await house.chat.press(asker(), actionOf(reply, label));
      expect(plainText(pressed?.text ?? [])).toContain(expected);
    }
  });

  it('speaks Korean to a Korean, and goes on doing so', async () => {
    expect(await words(house, korean, '/help')).toContain('명령');
    expect(await words(house, asker({ language: 'en' }), '/help')).toContain('명령');
  });

  it.each([
    ['no-key', 'off (no key)'],
    ['budget-off', 'off (budget of zero)'],
  ] as const)('says once that there is no AI, and why (%s), as /status does', async (off, why) => {
    const without = await buildHouse(store, { off });
    expect(await words(without, asker(), '/help')).toContain(`AI: ${why}. Alerts come without its notes`);
    expect(await words(without, asker(), '/status')).toContain(`AI today: ${why}`);
    expect(await words(house, asker(), '/help')).not.toContain('without its notes');
  });

  it('has only examples that work as they stand', async () => {
    const help = await say(house, asker(), '/help');
    const examples = (help?.text ?? [])
      .flatMap((block) => (block.type === 'list' ? block.items : []))
      .flatMap((item) =>
        item.flatMap((part) => (typeof part === 'object' && 'code' in part ? [part.code] : [])),
      );
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) {
      const reply = await words(house, asker(), example);
      // The id of the example is nobody's; everything else is answered.
      if (!example.includes('#a1b2c3')) expect(reply, example).not.toContain('Example:');
    }
  });
});

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
    await redis.clear();
    house = await buildHouse(store, { universe: false });
    expect(await words(house, asker(), '/price btc')).toContain('The market feed is not there yet');
  });
});

describe('/analyze', () => {
  it('tells the reading, its drivers with values of the brief, model, tokens and cost', async () => {
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain('Sentiment: 72/100 bullish · Risk: medium · Horizon: 1 hr');
    expect(text).toContain('🤖 Buyers lead while funding stays calm');
    expect(text).toContain('• change 1 hr −0.17 % – ▲ bullish');
    expect(text).toContain('• funding 0.0085 % – ◆ neutral');
    expect(text).toContain('deepseek/deepseek-chat-v3-0324 · 612 + 88 tokens · $0.000121 · Read just now');
    expect(text).toContain('A machine’s opinion, not financial advice.');
    expect(text).toContain('Last: 67,450.2');
    expect(house.analyses).toEqual([
      expect.objectContaining({ symbol: 'BTCUSDT', locale: 'en', operator: false, trigger: 'interactive' }),
    ]);
  });

  it('is the same in Korean', async () => {
    const text = await words(house, korean, '/analyze 비트');
    expect(text).toContain('심리: 72/100 강세 · 위험: 보통 · 전망 구간: 1시간');
    expect(house.analyses[0]?.locale).toBe('ko');
  });

  it('says which model answered instead', async () => {
    house.analysis = freshAnalysis({ servedModel: 'other/model.shop' });
    expect(await words(house, asker(), '/analyze btc')).toContain(
      'Asked for deepseek/deepseek-chat-v3-0324, served by other/model. shop.',
    );
  });

  it.each([
    ['no-key', 'no HolySheep key'],
    ['budget-chat', 'this chat’s budget for today is used up'],
    ['timeout', 'did not answer in time'],
    ['gateway-balance', 'is empty'],
  ] as const)('gives the facts and the reason without a reading: %s', async (noReading, expected) => {
    house.analysis = freshAnalysis({ reading: undefined, noReading });
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain(expected);
    expect(text).toContain('Mark: 67,448.9');
  });

  it('makes nothing of markup in what the model said: strings stay strings', async () => {
    const summary = '<b>@everyone</b> [x](http://evil)';
    house.analysis = freshAnalysis({ reading: { ...reading(), summary } });
    const reply = await say(house, asker(), '/analyze btc');
    expect(JSON.stringify(reply?.text)).toContain(JSON.stringify(summary));
  });

  it('stops asking the desk after so many readings in an hour, and still gives the facts', async () => {
    house.deps.quotas = { commandsPerMinute: 1000, analysesPerHour: 2 };
    house.chat = createChat(house.deps);
    await say(house, asker(), '/analyze btc');
    await say(house, asker(), '/analyze btc');
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain('has asked for 2 readings within an hour');
    expect(text).toContain('Mark: 67,448.9');
    expect(house.analyses).toHaveLength(2);
  });
});

describe('/alerts and /unsubscribe', () => {
  it('lists the nearest to firing first, with the value of now', async () => {
    await say(house, asker(), '/subscribe BTC volatility 5%');
    await say(house, asker(), '/subscribe BTC volatility 0.4%');
    await say(house, asker(), '/subscribe BTC 70000');
    const lines = (await words(house, asker(), '/alerts')).split('\n');
    expect(lines[0]).toBe('Alerts: 3 of 200');
    expect(lines[1]).toContain('reaches 0.4 % · now 0.37 %');
    expect(lines[2]).toContain('rises above 70,000 · now 67,450.2');
    expect(lines[3]).toContain('reaches 5 %');
  });

  it('tells the value of now in the unit of the rule, and of two conditions both', async () => {
    await house.writeBrief({ deviation: 0.1 });
    await say(house, asker(), '/subscribe BTC volatility 3σ 5m');
    await say(house, asker(), '/subscribe BTC volatility 5% 5m and volatility 2σ 15m');
    await say(house, asker(), '/subscribe BTC volatility 6% 5m and sentiment 80');
    const list = await words(house, asker(), '/alerts');
    expect(list).toMatch(/reaches 3σ · now 1\.7σ/);
    expect(list).toMatch(/reaches 2σ · now 0\.37 % & [\d.]+σ/);
    expect(list).toMatch(/rises to 80 · now 0\.37 % & \?/);
    const tag = (line: RegExp) =>
      /#[a-z0-9]{6}/.exec(list.split('\n').find((each) => line.test(each)) ?? '')?.[0];
    expect(await words(house, asker(), `/why ${tag(/reaches 3σ/)}`)).toMatch(/Now: 1\.7σ\nLevel: 3σ/);
    expect(await words(house, asker(), `/why ${tag(/reaches 2σ/)}`)).toMatch(
      /Now: 0\.37 % & .*σ\nLevel: 5 % & 2σ/,
    );
  });

  it('tells it of figures that the exchange and the AI are asked for, in the window of the rule', async () => {
    const { windows } = makeBrief();
    await house.writeBrief({
      sentiment: 62,
      windows: { ...windows, '15m': { ...windows['15m'], openInterestChange: -1.25 } },
    });
    await say(house, asker(), '/subscribe BTC oi 3% 15m');
    await say(house, asker(), '/subscribe BTC oi 3% 4h');
    await say(house, asker(), '/subscribe BTC sentiment -20');
    const list = await words(house, asker(), '/alerts');
    expect(list).toContain('within 15 min · now 1.25 %');
    expect(list).toContain('within 4 hr · no value yet');
    expect(list).toContain('falls to 20 · now 62');
    // Nearest first: 1.75 points, then 210 % of its level, then what is not known.
    expect(
      list
        .split('\n')
        .slice(1, 4)
        .map((line) => /15 min|20|4 hr/.exec(line)?.[0]),
    ).toEqual(['15 min', '20', '4 hr']);
  });

  it('says of a listing neither how soon another is told nor what it is now', async () => {
    const reply = await say(house, asker(), '/subscribe listing');
    expect(plainText(reply?.text ?? [])).toMatch(/How often: repeats$/m);
    expect(await words(house, asker(), '/alerts')).toMatch(/delisted · repeats$/m);
    const edit = await house.chat.press(asker(), actionOf(reply, 'Change'));
    const labels = edit?.buttons?.flat().map(({ label }) => label) ?? [];
    expect(labels.some((label) => /Once in|Back-to-normal|Window/.test(label))).toBe(false);
    expect(labels).toContain('☐ once for each symbol');
  });

  it('says that once is once on each where the rule is on every symbol', async () => {
    const reply = await say(house, asker(), '/subscribe all move 5% 5m once');
    expect(plainText(reply?.text ?? [])).toContain('How often: once for each symbol');
    const edit = await house.chat.press(asker(), actionOf(reply, 'Change'));
    expect(edit?.buttons?.flat().map(({ label }) => label)).toContain('☑ once for each symbol');
  });

  it('shows no decimals that a level on every symbol does not have', async () => {
    expect(await words(house, asker(), '/subscribe all price 0.5')).toContain(
      'every symbol rises above 0.5\n',
    );
    expect(await words(house, asker(), '/alerts')).toContain('rises above 0.5 · repeats');
  });

  it.each([
    ['/alerts', '⚙'],
    ['/unsubscribe', '✕ #'],
  ])('%s pages by buttons and removes by buttons', async (command, leads) => {
    for (let i = 1; i <= 8; i++) await say(house, asker(), `/subscribe BTC move ${i}%`);
    const first = await say(house, asker(), command);
    const second = await house.chat.press(asker(), actionOf(first, '›'));
    expect(plainText(second?.text ?? [])).toContain('7 % either way');
    expect(second?.buttons?.flat().some((button) => button.label === '2/2')).toBe(true);
    const one = await house.chat.press(asker(), actionOf(second, leads));
    if (leads === '⚙') await house.chat.press(asker(), actionOf(one, '✕ Remove'));
    expect(await house.storedRules()).toHaveLength(7);
    const beyond = await house.chat.press(asker(), 'v1:alerts:99:');
    expect(beyond?.buttons?.flat().some((button) => button.label === '2/2')).toBe(true);
  });

  it('removes by id, with or without #, in any case', async () => {
    await say(house, asker(), '/subscribe BTC move 2%');
    const [id = ''] = await house.storedRules();
    expect(await words(house, asker(), `/unsubscribe #${id.toUpperCase()}`)).toContain('Removed');
    expect(await house.storedRules()).toEqual([]);
  });

  it('removes all at once and brings all back', async () => {
    for (const percent of [1, 2, 3]) await say(house, asker(), `/subscribe BTC move ${percent}%`);
    const before = await house.storedRules();
    const reply = await say(house, asker(), '/unsubscribe all');
    expect(plainText(reply?.text ?? [])).toContain('Removed 3 alerts');
    expect(await house.storedRules()).toEqual([]);
    const back = await house.chat.press(asker(), actionOf(reply, 'Undo'));
    expect(plainText(back?.text ?? [])).toBe('3 alerts are back');
    expect((await house.storedRules()).sort()).toEqual(before.sort());
    const again = await house.chat.press(asker(), actionOf(reply, 'Undo'));
    expect(plainText(again?.text ?? [])).toContain('Nothing to undo');
  });
});

describe('/cost', () => {
  async function spend(payer: string, costNano: number): Promise<void> {
    const day = localDay(house.clock.now(), 'UTC');
    const reservation = { id: `r${payer}${costNano}`, day, payer, operator: false, amountNano: costNano };
    await house.deps.budget.reserve(reservation, house.deps.limits, 60_000);
    await house.deps.budget.settle(reservation, {
      id: reservation.id,
      at: NOW,
      payer,
      model: 'deepseek/deepseek-chat-v3-0324',
      servedModel: undefined,
      symbol: 'BTCUSDT',
      promptTokens: 600,
      cachedTokens: 0,
      completionTokens: 80,
      costNano,
      estimated: false,
      outcome: 'ok',
      priceTable: 'test',
    });
  }

  it("tells a chat its own spend, and an operator the bot's with its models", async () => {
    house.deps.access = { ...house.deps.access, operators: new Set(['telegram:7']) };
    house.chat = createChat(house.deps);
    await say(house, asker(), '/start');
    const chat = await house.deps.chats.find(asker().address);
    await spend(chat?.uid ?? '', 1_000_000);
    await spend('bot', 2_000_000);
    const own = await words(house, asker(), '/cost today');
    expect(own).toContain('Spent: $0.001 of $0.05');
    expect(own).not.toContain('deepseek');
    const all = await words(house, asker({ chatId: '7', userId: '7' }), '/cost 7d');
    expect(all).toContain('AI cost of the whole bot: 7 days');
    expect(all).toContain('$0.003');
    expect(all).toContain('deepseek/deepseek-chat-v3-0324: 2 · $0.003');
  });

  it('schedules a daily summary, naming the zone, and ends it', async () => {
    const reply = await say(house, asker(), '/cost 9:00');
    expect(plainText(reply?.text ?? [])).toContain('every day at 09:00 (UTC)');
    await house.chat.press(asker(), actionOf(reply, 'End it'));
    await say(house, asker(), '/cost off');
    expect(house.changes.map((each) => each.costAt)).toEqual(['09:00', undefined, undefined]);
    expect(await words(house, korean, '/cost 18:30')).toContain('18:30');
  });

  it('lets only administrators schedule in a group', async () => {
    const member = asker({ type: 'group', admin: false });
    expect(await words(house, member, '/cost 09:00')).toContain('Only administrators');
    expect(house.changes).toEqual([]);
    expect(await words(house, member, '/cost')).toContain('AI cost: today');
  });

  it('understands the words of each language', async () => {
    expect(await words(house, korean, '/cost 7일')).toContain('AI 비용: 7일');
    expect(await words(house, korean, '/cost 끄기')).toContain('끝냈습니다');
    await say(house, korean, '/subscribe 비트 급등락 2%');
    expect(await words(house, korean, '/unsubscribe 모두')).toContain('삭제했습니다');
    expect(await house.storedRules()).toEqual([]);
  });

  it('takes period and time as options', async () => {
    const ask = (options: { period?: string; time?: string }) =>
      house.chat.command(asker({ platform: 'discord' }), { name: 'cost', words: [], options });
    expect(plainText((await ask({ period: '30d' }))?.text ?? [])).toContain('AI cost: 30 days');
    await ask({ time: '07:15' });
    expect(house.changes[0]?.costAt).toBe('07:15');
    expect(plainText((await ask({ time: 'noon' }))?.text ?? [])).toContain('“noon” is no time of day');
  });
});

describe('/status', () => {
  it('tells feed, delay, queues, roles, spend and version', async () => {
    const text = await words(house, asker(), '/status');
    expect(text).toContain('Market stream: live · 12 streams · data 1 sec old');
    expect(text).toContain('Public stream: silent · 3 streams');
    expect(text).toContain('Delay: 42 ms');
    expect(text).toContain('Symbols: BTC ETH · warming: ETH');
    expect(text).toContain('Queue: analyses: 1 waiting · 2 active · 0 failed');
    expect(text).toContain('Roles: feed ×1');
    expect(text).toContain('AI today: $0.00 of $0.05');
    expect(text).toContain('Version: 0.1.0');
  });

  it('says when the market is out of sight, and why', async () => {
    await house.writeHealth({ blindSince: NOW - 120_000, refused: 'HTTP 451' });
    const text = await words(house, korean, '/status');
    expect(text).toContain('2분 동안 시장 데이터가 없습니다');
    expect(text).toContain('거래소가 이 서버를 거부합니다: HTTP 451');
  });

  it('counts the prints that were not believed, and the gaps', async () => {
    await house.writeHealth({ rejected: 1_203, gaps: 2 });
    expect(await words(house, asker(), '/status')).toContain(
      'Faulty data: bad prints left out: 1,203 · gaps: 2',
    );
  });

  it('says that no feed runs', async () => {
    house.clock.advanceBy(60_000);
    expect(await words(house, asker(), '/status')).toContain('Feed: not running');
  });
});

describe('who is answered', () => {
  it('suggests in private what an unknown command may have meant, and is silent in groups', async () => {
    expect(await words(house, asker(), '/pirce btc')).toBe('There is no /pirce. Did you mean /price?');
    expect(await say(house, asker({ type: 'group' }), '/pirce btc')).toBeUndefined();
  });

  it.each([
    ['/가격 비트', 'BTCUSDT'],
    ['/차트 btc 5분', '· 5 min'],
    ['/设置', 'Settings of this chat'],
    ['/アラート一覧', 'alerts'],
    ['/ステータス', 'Market stream'],
  ])('understands the command in %s', async (line, expected) => {
    await house.writeBrief();
    expect(await words(house, asker({ type: 'group' }), line)).toContain(expected);
  });

  it.each(['v0:price:BTCUSDT', 'v1:nothing:x', 'garbage', '', 'v1:sub:BTCUSDT:m::nonsense:'])(
    'answers an old button politely: %j',
    async (action) => {
      const reply = await house.chat.press(asker(), action);
      expect(plainText(reply?.text ?? [])).toContain('out of date');
      expect(reply?.personal).toBe(true);
    },
  );

  it('asks once for patience beyond so many commands in a minute', async () => {
    await redis.clear();
    house = await buildHouse(store, { commandsPerMinute: 3 });
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await words(house, asker(), '/help'));
    expect(answers[2]).toContain('Commands');
    expect(answers[3]).toContain('more than 3 commands in a minute');
    expect(answers.slice(4)).toEqual(['', '']);
    expect(await words(house, asker({ userId: '43', chatId: '43' }), '/help')).toContain('Commands');
  });

  it('is private under ACCESS=list: one sentence in private, silence in groups', async () => {
    await redis.clear();
    house = await buildHouse(store, {
      access: { access: 'list', allowed: new Set(['telegram:-100500']), operators: new Set(['telegram:7']) },
    });
    expect(await words(house, asker(), '/price btc')).toBe(
      'This bot is private. Its operator decides who may use it.',
    );
    expect(await say(house, asker({ type: 'group', chatId: '-1' }), '/price btc')).toBeUndefined();
    expect(
      await house.chat.press(asker({ type: 'group', chatId: '-1' }), 'v1:price:BTCUSDT'),
    ).toBeUndefined();
    expect(await house.chat.joined(asker({ type: 'group', chatId: '-1' }))).toBeUndefined();
    expect(await house.deps.chats.list()).toEqual([]);
    expect(await words(house, asker({ type: 'group' }), '/price btc')).toContain('BTCUSDT');
    expect(await words(house, asker({ chatId: '7', userId: '7' }), '/price btc')).toContain('BTCUSDT');
  });

  it('gives a new chat three alerts and no AI under ACCESS=approval, until an operator taps Approve', async () => {
    await redis.clear();
    house = await buildHouse(store, { access: { access: 'approval', operators: new Set(['telegram:7']) } });
    expect(await words(house, asker(), '/start')).toContain('waits for approval');
    expect(await words(house, asker(), '/analyze btc')).toContain('this chat waits for approval');
    expect(house.analyses).toEqual([]);
    for (const percent of [1, 2, 3]) await say(house, asker(), `/subscribe BTC move ${percent}%`);
    expect(await words(house, asker(), '/subscribe BTC move 4%')).toContain('limit: 3 alerts at most');

    expect(house.told).toHaveLength(1);
    const [word] = house.told;
    const operatorChat = await house.deps.chats.ensure(
      { platform: 'telegram', chatId: '7', threadId: '' },
      { type: 'private', title: 'Op', locale: 'en', timezone: 'UTC', approved: true },
    );
    const notice = house.chat.present(
      [{ type: 'operator', eventId: 'e', code: 'approval', args: word?.args ?? {} }],
      operatorChat,
      false,
    );
    expect(plainText(notice.text)).toContain('A new chat asks for approval: Anna (telegram)');
    const action = notice.buttons[0]?.[0]?.action ?? '';
    const stranger = await house.chat.press(asker(), action);
    expect(plainText(stranger?.text ?? [])).toContain('out of date');
    const approved = await house.chat.press(asker({ chatId: '7', userId: '7' }), action);
    expect(plainText(approved?.text ?? [])).toContain('Approved: Anna');
    expect(await words(house, asker(), '/analyze btc')).toContain('72/100');
    expect(await words(house, asker(), '/subscribe BTC move 4%')).toContain('Alert set');
  });

  it('greets once when added, and wakes a paused chat', async () => {
    const group = asker({ type: 'group' });
    expect(plainText((await house.chat.joined(group))?.text ?? [])).toContain('Sheepdog watches');
    const chat = await house.deps.chats.find(group.address);
    await house.deps.chats.update(chat?.uid ?? '', { pausedReason: 'kicked' });
    expect(await house.chat.joined(group)).toBeUndefined();
    expect((await house.deps.chats.find(group.address))?.pausedReason).toBeUndefined();
  });

  it('answers a fault of its own with a reference, and tells nothing of it', async () => {
    house.deps.status = async () => {
      throw new Error('secret detail');
    };
    const reply = await say(house, asker(), '/status');
    expect(plainText(reply?.text ?? [])).toMatch(/went wrong on my side.*reference [a-z2-9]{6}/);
    expect(JSON.stringify(reply)).not.toContain('secret');
  });
});

describe('suggestions', () => {
  it('come from memory: symbols in use first, thresholds by name and figure', async () => {
    await say(house, asker(), '/price btc');
    const symbols = await house.chat.suggest(asker(), 'symbol', 'b');
    expect(symbols[0]).toEqual({ label: 'BTC · BTCUSDT', value: 'BTCUSDT' });
    expect((await house.chat.suggest(asker(), 'symbol', '')).length).toBeLessThanOrEqual(25);
    expect((await house.chat.suggest(korean, 'threshold', '보')).map((each) => each.value)).toEqual([
      'normal',
    ]);
    expect((await house.chat.suggest(asker(), 'threshold', '2')).map((each) => each.value)).toEqual(['2%']);
    const volume = await house.chat.suggest(asker(), 'threshold', '', { symbol: 'btc', kind: 'volume' });
    expect(volume.map((each) => each.label)).toEqual([
      'Normal (5×)',
      'Calm (10×)',
      'Lively (3×)',
      '3x',
      '5x',
      '10x',
      '20x',
    ]);
    expect(await house.chat.suggest(asker(), 'threshold', '', { kind: 'price' })).toEqual([]);
    // Whatever is suggested is understood.
    for (const kind of RULE_KINDS) {
      for (const { value } of await house.chat.suggest(asker(), 'threshold', '', { kind })) {
        expect(parseSubscribe({ words: [], options: { kind, threshold: value } }).kind).toBe(kind);
      }
    }
    expect(await house.chat.suggest(asker(), 'window', '')).toEqual([]);
  });

  it('offer all symbols where a rule can be on them, with the presets of these', async () => {
    const first = async (typed: string, said: object, command?: string) =>
      (await house.chat.suggest(asker(), 'symbol', typed, said, command))[0];
    const all = { label: 'all · every symbol', value: 'all' };
    expect(await first('', {}, 'subscribe')).toEqual(all);
    expect(await first('al', { kind: 'move' }, 'alert')).toEqual(all);
    expect(await first('모', {}, 'subscribe')).toEqual(all);
    expect(await first('b', {}, 'subscribe')).not.toEqual(all);
    expect(await first('', { kind: 'oi' }, 'subscribe')).not.toEqual(all);
    expect(await first('', {}, 'price')).not.toEqual(all);
    const [normal] = await house.chat.suggest(asker(), 'threshold', '', { symbol: 'all', kind: 'move' });
    expect(normal?.label).toBe('Normal (5 %)');
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

function reading() {
  const made = freshAnalysis().reading;
  if (!made) throw new Error('no reading');
  return made;
}
