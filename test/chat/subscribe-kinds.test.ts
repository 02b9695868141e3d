import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { actionOf, asker, buildHouse, chatUid, type House, say, useHouse, words } from './support.ts';

let store: Store;
let house: House;
useHouse((built, opened) => {
  house = built;
  store = opened;
});

describe('a complete /subscribe', () => {
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
    expect((await house.deps.rules.list(await chatUid(house)))[0]?.window).toBe('5m');
  });
});
