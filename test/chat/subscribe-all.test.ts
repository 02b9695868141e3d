import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { actionOf, asker, chatUid, type House, NOW, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

describe('a complete /subscribe', () => {
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
    const [rule] = await house.deps.rules.list(await chatUid(house));
    expect(rule).toMatchObject({ symbol: 'all', threshold: 3.5, rearm: 2.45 });
    expect(await words(house, asker(), '/subscribe 모두 price +2')).toContain('every symbol rises above 2');
    const list = await words(house, asker(), '/alerts');
    expect(list).toContain('every symbol moves 3.5 % either way within 5 min · repeats');
    expect(await words(house, asker(), `/why ${rule?.id}`)).toContain('Symbols: 2 now');
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
});
