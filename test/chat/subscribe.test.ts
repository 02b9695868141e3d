import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { actionOf, asker, buildHouse, type House, NOW, rememberCandles, say, words } from './support.ts';

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

/** Answers the next rule command as the shard's owner would. */
async function ownerSays(state: 'armed' | 'already' | 'warming', value: number | undefined): Promise<void> {
  const { rules } = house.deps;
  const from = new Map(Array.from({ length: 64 }, (_, shard) => [shard, '0-0'] as const));
  for (;;) {
    const [command] = await rules.readCommands(from, 200);
    if (command) return await rules.answer(command, { state, value });
  }
}

describe('a complete /subscribe', () => {
  it('stores the rule and says in words what, where, by whom and how often', async () => {
    const reply = await say(house, asker(), '/subscribe btc move -2% 15m');
    const [id] = await house.storedRules();
    expect(plainText(reply?.text ?? [])).toBe(
      [
        '✅ Alert set',
        'What: BTCUSDT falls 2 % within 15 min',
        'How often: repeats · at most once in 5 min',
        'Where: here',
        'By: Anna',
        'State: saved; active when the feed is back',
        `Id #${id}`,
      ].join('\n'),
    );
  });

  it('says it in Korean to a Korean', async () => {
    const text = await words(house, asker({ language: 'ko-KR' }), '/subscribe 비트 급등락 2% 5분');
    expect(text).toContain('✅ 알림을 설정했습니다');
    expect(text).toContain('조건: BTCUSDT 5분 안에 위아래로 2 % 움직이면');
  });

  it.each([
    ['armed', 0.4, 'State: watching; now 0.4 %'],
    ['already', 3, 'State: already beyond it; the next crossing will alert'],
    ['warming', undefined, 'State: warming up; it watches as soon as the window is full'],
  ] as const)('tells what the feed says: %s', async (state, value, expected) => {
    const patient = { ...house.deps, timings: { answerWaitMs: 5_000 } };
    const { createChat } = await import('../../src/chat/chat.ts');
    house.chat = createChat(patient);
    const [text] = await Promise.all([
      words(house, asker(), '/subscribe BTC volatility 1%'),
      ownerSays(state, value),
    ]);
    expect(text).toContain(expected);
  });

  it('takes the preset normal without a threshold, shows its value, and changes it by a button', async () => {
    const reply = await say(house, asker(), '/subscribe BTC volatility');
    expect(plainText(reply?.text ?? [])).toMatch(/BTCUSDT range within 5 min reaches [\d.]+ % \(Normal\)/);
    const [before] = await house.deps.rules.list((await chatUid()) ?? '');
    const changed = await house.chat.press(asker(), actionOf(reply, 'Calm'));
    expect(plainText(changed?.text ?? [])).toContain('✅ Alert changed');
    const after = await house.deps.rules.list((await chatUid()) ?? '');
    expect(after).toHaveLength(1);
    expect(after[0]?.id).toBe(before?.id);
    expect(after[0]?.preset).toBe('calm');
    expect(after[0]?.threshold).toBeGreaterThan(before?.threshold ?? 0);
  });

  it('sets a price level from a bare number, once, on the side the price comes from', async () => {
    expect(await words(house, asker(), '/subscribe BTC 70k')).toContain(
      'What: BTCUSDT rises above 70,000\nHow often: once',
    );
    expect(await words(house, asker(), '/alert BTC 60,000 repeat')).toContain(
      'What: BTCUSDT falls below 60,000\nHow often: repeats',
    );
  });

  it.each([
    ['volume 5x', 'en', 'volume of 5 min reaches 5× its usual'],
    ['ratio 3 15m', 'en', 'taker buys or sells of 15 min reach 3× the other side'],
    ['ratio -2.5', 'en', 'taker sells of 5 min reach 2.5× the buys'],
    ['funding -0.0125%', 'en', 'coming funding reaches −0.0125 %'],
    ['liquidation 1m 15m', 'en', 'liquidations seen within 15 min reach 1M USDT'],
    ['청산 1m', 'ko', '5분 안에 관측된 청산이 100만 USDT에 닿으면'],
    ['强平 1m', 'zh', '5分钟内观察到的强平达到 100万 USDT'],
    ['清算 1m', 'ja', '5 分以内に観測された清算が 100万 USDT に達したら'],
    ['거래량 5배', 'ko', '5분 거래량이 평소의 5×에 닿으면'],
    ['펀비 0.05%', 'ko', '다음 펀딩비가 위아래로 0.05 %에 닿으면'],
    ['成交量 5倍', 'zh', '5分钟成交量达到平时的 5×'],
    ['売買比率 3', 'ja', '5 分の成行買いか成行売りが反対側の 3× に達したら'],
  ])('puts a rule on other figures in words: %s', async (said, language, expected) => {
    expect(await words(house, asker({ language }), `/subscribe BTC ${said}`)).toContain(
      `BTCUSDT ${expected}`,
    );
  });

  it('takes and changes the presets of figures that candles do not count', async () => {
    const reply = await say(house, asker(), '/subscribe BTC volume');
    expect(plainText(reply?.text ?? [])).toContain('reaches 5× its usual (Normal)');
    const changed = await house.chat.press(asker(), actionOf(reply, 'Calm 10×'));
    expect(plainText(changed?.text ?? [])).toContain('reaches 10× its usual (Calm)');
    const [screen] = [await say(house, asker(), '/subscribe BTC')];
    const set = await house.chat.press(asker(), actionOf(screen, 'Funding'));
    expect(plainText(set?.text ?? [])).toContain('coming funding reaches 0.05 % either way (Normal)');
  });

  it.each([
    [
      'BTC move 3σ 5m and volume 3x 15m',
      'BTCUSDT moves 3σ either way within 5 min, and at the same time volume of 15 min reaches 3× its usual',
    ],
    ['BTC sentiment 80', 'BTCUSDT AI sentiment rises to 80'],
    ['BTC sentiment -20', 'BTCUSDT AI sentiment falls to 20'],
    ['BTC oi 3% 1h', 'BTCUSDT open interest changes 3 % either way within 1 hr'],
    ['listing', 'every symbol is listed, settled or delisted'],
    ['BTC listing', 'BTCUSDT is listed, settled or delisted'],
  ])('takes a rule of every kind: %s', async (said, expected) => {
    const reply = await say(house, asker(), `/subscribe ${said}`);
    expect(plainText(reply?.text ?? [])).toContain(`What: ${expected}\n`);
    const [id = ''] = await house.storedRules();
    const edit = await house.chat.press(asker(), actionOf(reply, 'Change'));
    expect(plainText(edit?.text ?? [])).toContain(expected);
    expect(await words(house, asker(), '/alerts')).toContain(`#${id}`);
    expect(await words(house, asker(), `/why ${id}`)).toContain(expected);
    await house.chat.press(asker(), actionOf(reply, 'Test alert'));
    expect(house.posted).toHaveLength(1);
  });

  it('on all symbols says how many these are, and that candles cannot count it', async () => {
    const row = (symbol: string, quoteVolume: number) => ({
      symbol,
      last: 1,
      change5m: undefined,
      change1h: undefined,
      change24h: 0,
      range24h: 1,
      quoteVolume,
      fundingRate: undefined,
    });
    await house.deps.market.writeOverview({
      v: 1,
      source: 'live',
      time: NOW,
      writtenAt: NOW,
      rows: [row('BTCUSDT', 9e9), row('ETHUSDT', 5e7), row('XRPUSDT', 4.9e7)],
    });
    const reply = await say(house, asker(), '/subscribe all move 3% 5m');
    expect(plainText(reply?.text ?? [])).toMatch(
      /What: every symbol moves 3 % .*\n[\s\S]*Symbols: 2 now: those with at least 50M USDT in 24 h\nBefore: candles cannot tell it for all symbols at once/,
    );
    expect(reply?.buttons?.flat().some(({ label }) => label.includes('Preview'))).toBe(false);
    const quieter = await house.chat.press(asker(), actionOf(reply, 'Change'));
    const set = await house.chat.press(asker(), actionOf(quieter, '+'));
    await house.chat.press(asker(), actionOf(set, '✓ Set 3.5 %'));
    const [rule] = await house.deps.rules.list((await chatUid()) ?? '');
    expect(rule).toMatchObject({ symbol: 'all', threshold: 3.5, rearm: 2.45 });
    expect(await words(house, asker(), '/subscribe 모두 price +2')).toContain('every symbol rises above 2');
    const list = await words(house, asker(), '/alerts');
    expect(list).toContain('every symbol moves 3.5 % either way within 5 min · repeats');
    expect(await words(house, asker(), `/why ${rule?.id}`)).toContain('Symbols: 2 now');
  });

  it.each([
    ['BTC sentiment 80', true],
    ['BTC move 2% and sentiment 80', true],
    ['BTC move 2%', false],
  ])('says where there is no AI that no reading will come, and why: %s', async (said, expected) => {
    const keyless = await buildHouse(store, { off: 'no-key' });
    const told = await words(keyless, asker(), `/subscribe ${said}`);
    expect(told.includes('No AI key is set here: no reading will come until')).toBe(expected);
    const moneyless = await buildHouse(store, { off: 'budget-off' });
    const refused = await words(moneyless, asker(), `/subscribe ${said}`);
    expect(refused.includes('budget is zero here: no reading will come until')).toBe(expected);
    expect(await words(house, asker(), `/subscribe ${said}`)).not.toContain('no reading will come');
    const unscheduled = await buildHouse(store, { analysesUnasked: false });
    const alone = await words(unscheduled, asker(), `/subscribe ${said}`);
    expect(alone.includes('it can fire only when somebody uses /analyze')).toBe(expected);
  });

  it('measures open interest over no window that is shorter than what the exchange tells, and says which is', async () => {
    const refused = await words(house, asker(), '/subscribe BTC oi 3% 1m');
    expect(refused).toContain('“1m” is too short for open interest');
    expect(refused).toContain('The shortest is 5m.');
    expect(await house.storedRules()).toEqual([]);
    const set = await say(house, asker(), '/subscribe BTC oi 3% 5m');
    const edit = await house.chat.press(asker(), actionOf(set, 'Change'));
    const windows = await house.chat.press(asker(), actionOf(edit, 'Window'));
    const labels = windows?.buttons?.flat().map(({ label }) => label);
    expect(labels?.[0]).toBe('• 5 min');
    const [id] = await house.storedRules();
    await house.chat.press(asker(), `v1:edit:${id}:W:1m`);
    expect((await house.deps.rules.list((await chatUid()) ?? ''))[0]?.window).toBe('5m');
  });

  it.each([
    ['funding', 'Calm 1 %', 'coming funding reaches 1 % either way (Calm)'],
    ['move 1h', 'Lively 6 %', 'moves 6 % either way within 1 hr (Lively)'],
    ['volume', 'Calm 50×', 'volume of 5 min reaches 50× its usual (Calm)'],
  ])('offers on all symbols the presets that are for these: %s', async (said, label, expected) => {
    const reply = await say(house, asker(), `/subscribe all ${said}`);
    const changed = await house.chat.press(asker(), actionOf(reply, label));
    expect(plainText(changed?.text ?? [])).toContain(`every symbol ${expected}`);
  });

  it('says of a listing on all symbols nothing of their size', async () => {
    expect(await words(house, asker(), '/subscribe listing')).not.toContain('Symbols:');
  });

  it('does not store the same rule twice', async () => {
    await say(house, asker(), '/subscribe BTC move 2%');
    const [id] = await house.storedRules();
    const again = await say(house, asker(), '/subscribe btc/usdt move 2% 5m');
    expect(plainText(again?.text ?? [])).toContain(`Already on, as #${id}`);
    expect(await house.storedRules()).toHaveLength(1);
    // Nothing was done that could be undone.
    expect(again?.buttons?.flat().map(({ label }) => label)).not.toContain('↩ Undo');
    expect(actionOf(again, '✕ Remove')).toBe(`v1:rm:${id}:`);
  });

  it('is told of its end too where the chat wants that of all its rules', async () => {
    await say(house, asker(), '/start');
    await house.deps.chats.update((await chatUid()) ?? '', { tellNormal: true });
    await say(house, asker(), '/subscribe BTC move 2%');
    const [rule] = await house.deps.rules.list((await chatUid()) ?? '');
    expect(rule?.tellNormal).toBe(true);
    expect(await words(house, asker(), '/subscribe BTC move 2%')).toContain('Already on');
  });

  it('is undone by its button, and that can be undone too', async () => {
    const reply = await say(house, asker(), '/subscribe BTC move 2%');
    const removed = await house.chat.press(asker(), actionOf(reply, 'Undo'));
    expect(await house.storedRules()).toEqual([]);
    await house.chat.press(asker(), actionOf(removed, 'Undo'));
    expect(await house.storedRules()).toHaveLength(1);
  });

  it('is given by Discord in named options', async () => {
    const reply = await house.chat.command(asker({ platform: 'discord' }), {
      name: 'subscribe',
      words: [],
      options: {
        symbol: 'ETHUSDT',
        kind: 'volatility',
        threshold: '1%',
        window: '15m',
        options: 'cooldown 10m',
      },
    });
    expect(plainText(reply?.text ?? [])).toContain(
      'What: ETHUSDT range within 15 min reaches 1 %\nHow often: repeats · at most once in 10 min',
    );
  });

  it('stops at the cap of the chat', async () => {
    house.deps.quotas = { rulesPerChat: 1, commandsPerMinute: 1000 };
    const { createChat } = await import('../../src/chat/chat.ts');
    house.chat = createChat(house.deps);
    await say(house, asker(), '/subscribe BTC move 2%');
    expect(await words(house, asker(), '/subscribe BTC move 3%')).toContain('limit: 1 alerts at most');
    expect(await house.storedRules()).toHaveLength(1);
  });
});

describe('what a rule would have done', () => {
  const patient = async () => {
    const { createChat } = await import('../../src/chat/chat.ts');
    house.chat = createChat({ ...house.deps, timings: { ...house.deps.timings, previewWaitMs: 5_000 } });
  };

  it('is said when it is set: of a day and a week, with the longest burst and what is about one a day', async () => {
    await rememberCandles(house, 7 * 1_440);
    await patient();
    expect(await words(house, asker(), '/subscribe BTC move 0.3% 5m')).toMatch(
      /\nBefore: would have fired \d+ times in 24 h and [\d,–]+ in 7 days; longest burst \d+; for about one a day take [\d.]+ %\n/,
    );
    const korean = asker({ language: 'ko', chatId: '77', userId: '77' });
    expect(await words(house, korean, '/subscribe BTC move 2%')).toMatch(
      /24시간 동안 \d+번, 7일 동안 [\d–]+번 울렸을 것입니다/,
    );
    expect(await words(house, korean, '/subscribe BTC 69k')).toContain('7일 동안 한 번도 울리지 않았을');
  });

  it('is said of the hours that are known', async () => {
    await rememberCandles(house, 300);
    await patient();
    expect(await words(house, asker(), '/subscribe BTC move 0.3% 5m')).toMatch(
      /would have fired (once|\d+ times) in the last 5 h/,
    );
  });

  it('is left out where it would come too late, or nothing is known up to now', async () => {
    await patient();
    expect(await words(house, asker(), '/subscribe BTC move 0.3% 5m')).not.toContain('would have');
    await rememberCandles(house, 600);
    await house.writeBrief({ time: NOW + 3_600_000 });
    expect(await words(house, asker(), '/subscribe BTC move 0.4% 5m')).not.toContain('would have');
    await house.writeBrief();
    house.deps.market.candles = () => new Promise(() => undefined);
    const { createChat } = await import('../../src/chat/chat.ts');
    house.chat = createChat(house.deps);
    expect(await words(house, asker(), '/subscribe BTC move 0.5% 5m')).toContain('Alert set');
  });

  it('chooses the presets, and stands on their buttons and suggestions', async () => {
    await rememberCandles(house, 3 * 1_440);
    await patient();
    const screen = await say(house, asker(), '/subscribe BTC');
    const labels = screen?.buttons?.flat().map((button) => button.label) ?? [];
    expect(labels.slice(0, 3)).toEqual([
      expect.stringMatching(/^Calm [\d.]+ % · ≈[\d.]+\/day$/),
      expect.stringMatching(/^Normal [\d.]+ % · ≈[\d.]+\/day$/),
      expect.stringMatching(/^Lively [\d.]+ % · ≈[\d.]+\/day$/),
    ]);
    const normal = /[\d.]+ %/.exec(labels[1] ?? '')?.[0];
    const set = await say(house, asker(), '/subscribe BTC volatility');
    expect(plainText(set?.text ?? [])).toContain(`range within 5 min reaches ${normal} (Normal)`);
    expect(set?.buttons?.flat().map((button) => button.label)).toContain(labels[0]);
    const [first] = await house.chat.suggest(asker(), 'threshold', 'nor', {
      symbol: 'btc',
      kind: 'volatility',
    });
    expect(first).toEqual({
      label: expect.stringMatching(/^Normal \([\d.]+ % · ≈[\d.]+\/day · last (today|yesterday) \d\d:\d\d\)$/),
      value: 'normal',
    });
    expect(await house.chat.suggest(asker(), 'threshold', 'nor', { symbol: 'nosu' })).toHaveLength(1);
  });
});

describe('an incomplete /subscribe', () => {
  it('asks for the symbol, then what to watch, and stores only after a choice', async () => {
    const first = await say(house, asker(), '/subscribe');
    expect(plainText(first?.text ?? [])).toContain('Which symbol?');
    const second = await house.chat.press(asker(), actionOf(first, 'BTC'));
    expect(plainText(second?.text ?? [])).toContain('What should I watch on BTCUSDT?');
    expect(second?.buttons?.[0]?.map((button) => button.label)).toEqual([
      expect.stringMatching(/^Calm [\d.]+ %$/),
      expect.stringMatching(/^Normal [\d.]+ %$/),
      expect.stringMatching(/^Lively [\d.]+ %$/),
    ]);
    expect(await house.storedRules()).toEqual([]);
    const third = await house.chat.press(asker(), actionOf(second, 'Lively'));
    expect(plainText(third?.text ?? [])).toContain('✅ Alert set');
    expect(await house.storedRules()).toHaveLength(1);
  });

  it('offers levels around the price', async () => {
    const screen = await say(house, asker(), '/subscribe BTC price');
    expect(screen?.buttons?.flat().map((button) => button.label)).toEqual([
      '▲ 68,100',
      '▲ 68,800',
      '▲ 70,800',
      '▼ 66,800',
      '▼ 66,100',
      '▼ 64,100',
      'Type it …',
      '‹ Back',
    ]);
    const set = await house.chat.press(asker(), actionOf(screen, '70,800'));
    expect(plainText(set?.text ?? [])).toContain('BTCUSDT rises above 70,800');
  });

  it('forgets nothing that was said on the way through the screens', async () => {
    const first = await say(house, asker(), '/subscribe move -3σ 15m once and volume 3x 1h');
    const set = await house.chat.press(asker(), actionOf(first, 'ETH'));
    expect(plainText(set?.text ?? [])).toContain(
      'What: ETHUSDT falls 3σ within 15 min, and at the same time volume of 1 hr reaches 3× its usual\nHow often: once',
    );
  });

  it('offers on all symbols what the whole market is watched for', async () => {
    const screen = await say(house, asker(), '/subscribe all');
    expect(plainText(screen?.text ?? [])).toContain('What should I watch on every symbol?');
    const labels = screen?.buttons?.flat().map(({ label }) => label);
    expect(labels).toEqual([
      'Calm 10 %',
      'Normal 5 %',
      'Lively 3 %',
      'Move',
      'Volume',
      'Funding',
      'Liquidations',
      'Listing',
      'Type it …',
      '‹ Back',
    ]);
    expect(await house.storedRules()).toEqual([]);
    const set = await house.chat.press(asker(), actionOf(screen, 'Listing'));
    expect(plainText(set?.text ?? [])).toContain('every symbol is listed');
  });

  it('keeps every button within 64 bytes', async () => {
    const screens = [
      await say(house, asker(), '/subscribe'),
      await say(house, asker(), '/subscribe 币安人生'),
      await say(house, asker(), '/subscribe 1000pepe'),
    ];
    for (const button of screens.flatMap((screen) => screen?.buttons?.flat() ?? [])) {
      expect(Buffer.byteLength(button.action)).toBeLessThanOrEqual(64);
    }
  });
});

describe('bad input: a short answer that names the wrong word, one right example, nothing stored', () => {
  const long = 'x'.repeat(5_000);
  it.each([
    ['/subscribe NOSUCH move 2%', 'nosuch', '/subscribe BTC'],
    ['/subscribe BTC sideways 2%', 'sideways', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 0%', '0%', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 1e999', '1e999', '/subscribe BTCUSDT'],
    ['/subscribe BTC move %', '%', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 500%', '500%', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% 7m', '7m', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% cooldown soon', 'soon', '/subscribe BTCUSDT'],
    ['/subscribe BTC price 70000 until 2026-02-30', '2026-02-30', '/subscribe BTCUSDT'],
    ['/subscribe BTC price 70000 until 2020-01-01', '2020-01-01', '/subscribe BTCUSDT'],
    ['/subscribe BTC 67450', 'too near the price of now (67,450.2)', '/subscribe BTCUSDT'],
    ['/subscribe all ratio 3', 'ratio', '/subscribe'],
    ['/subscribe all price', 'price', '/subscribe all price 1'],
    ['/subscribe BTC volume 3σ', '3σ', '/subscribe BTCUSDT move 3σ 5m'],
    ['/subscribe BTC oi 3x', '3x', '/subscribe BTCUSDT oi 3% 1h'],
    ['/subscribe BTC sentiment 120', '120', '/subscribe BTCUSDT sentiment 80'],
    ['/subscribe listing 3%', '3%', '/subscribe listing'],
    ['/subscribe BTC move 2% and', 'and', '/subscribe BTCUSDT move 2% 5m and volume 3x 15m'],
    ['/subscribe BTC volume -5x', '-5x', '/subscribe BTCUSDT volume 5x 5m'],
    ['/subscribe BTC ratio 1', 'from 1.1x to 1000x', '/subscribe BTCUSDT ratio 3 5m'],
    ['/subscribe LUNA move 2%', 'LUNAUSDT', '/subscribe BTC'],
    ['/subscribe BTC move 2% <script>alert(1)</script>', '<script>', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% @everyone', '@everyone', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% 🚀', '🚀', '/subscribe BTCUSDT'],
    [`/subscribe BTC move 2% ${long}`, 'xxxx', '/subscribe BTCUSDT'],
    [`/subscribe ${long} move 2%`, 'xxxx', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% \u202Eevil', 'evil', '/subscribe BTCUSDT'],
    ['/unsubscribe #zzzzzz', '#zzzzzz', '/unsubscribe #a1b2c3'],
    [`/unsubscribe ${long}`, 'xxxx', '/unsubscribe #a1b2c3'],
    ['/cost 25:00', '25:00', '/cost 09:00'],
    ['/cost yesterday', 'yesterday', '/cost 7d'],
    ['/price NOSUCH', 'NOSUCH', '/price BTC'],
    ['/analyze 🚀', '🚀', '/analyze BTC'],
  ])('%s', async (line, named, example) => {
    const reply = await say(house, asker(), line);
    const text = plainText(reply?.text ?? []);
    expect(text).toContain(named);
    expect(text).toContain(`Example: ${example}`);
    expect(text.length).toBeLessThan(300);
    expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
    expect(reply?.personal).toBe(true);
    expect(await house.storedRules()).toEqual([]);
    expect(house.changes).toEqual([]);
  });
});

describe('who may change alerts', () => {
  const channel = {
    address: { platform: 'telegram', chatId: '-100777', threadId: '' },
    type: 'channel',
    title: 'Signals',
    askerIsAdmin: true,
    missing: [],
  } as const;

  it.each([
    ['a person in private', { type: 'private' }, true],
    ['a member of a group', { type: 'group', admin: false }, false],
    ['an administrator of a group', { type: 'group', admin: true }, true],
    ['a post in a channel', { type: 'channel', admin: true, userId: undefined }, true],
  ] as const)('%s', async (_, who, may) => {
    const text = await words(house, asker(who), '/subscribe BTC move 2%');
    expect(await house.storedRules()).toHaveLength(may ? 1 : 0);
    expect(text).toContain(may ? 'Alert set' : 'Only administrators');
  });

  it('lets a member see, but not remove', async () => {
    const admin = asker({ type: 'group', admin: true });
    const member = asker({ type: 'group', admin: false, userId: '43' });
    const set = await say(house, admin, '/subscribe BTC move 2%');
    const list = await say(house, member, '/alerts');
    expect(plainText(list?.text ?? [])).toContain('Alerts: 1 of 200');
    expect(list?.buttons?.flat().some((button) => button.label.startsWith('✕'))).toBe(false);
    const pressed = await house.chat.press(member, actionOf(set, 'Undo'));
    expect(plainText(pressed?.text ?? [])).toContain('Only administrators');
    expect(await words(house, member, '/unsubscribe all')).toContain('Only administrators');
    expect(await house.storedRules()).toHaveLength(1);
  });

  it('serves a channel from private to its administrator only', async () => {
    const owner = asker({ channels: { '@signals': channel, '-100777': channel } });
    const set = await say(house, owner, '/subscribe BTC volatility 1% @signals');
    expect(plainText(set?.text ?? [])).toContain('Where: Signals');
    const target = await house.deps.chats.find(channel.address);
    expect(await house.deps.rules.list(target?.uid ?? '')).toHaveLength(1);
    expect(await words(house, owner, '/alerts @signals')).toContain('Alerts in Signals: 1 of 200');
    expect(await words(house, owner, '/alerts')).toContain('No alerts here yet.');
    await house.chat.press(owner, actionOf(set, 'Undo'));
    expect(await house.storedRules()).toEqual([]);
  });

  it.each([
    ['one he does not administer', { askerIsAdmin: false }, 'You are not an administrator of “Signals”'],
    ['one where the bot cannot post', { missing: ['post messages'] }, 'Missing there: post messages'],
  ])('refuses a channel: %s', async (_, change, expected) => {
    const who = asker({ channels: { '@signals': { ...channel, ...change } } });
    expect(await words(house, who, '/subscribe BTC move 2% @signals')).toContain(expected);
    expect(await house.storedRules()).toEqual([]);
  });

  it('says that a channel is not visible', async () => {
    expect(await words(house, asker(), '/subscribe BTC move 2% @nowhere')).toContain(
      'I cannot see “@nowhere”',
    );
  });

  it("never resolves another chat's id", async () => {
    await say(house, asker(), '/subscribe BTC move 2%');
    const [id] = await house.storedRules();
    const stranger = asker({ chatId: '99', userId: '99' });
    expect(await words(house, stranger, `/unsubscribe #${id}`)).toContain(`no alert “#${id}” here`);
    expect(await house.storedRules()).toEqual([id]);
  });
});

async function chatUid(): Promise<string | undefined> {
  return (await house.deps.chats.find(asker().address))?.uid;
}
