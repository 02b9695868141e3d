import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { asker, type House, say, useHouse } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

describe('bad input: a short answer that names the wrong word, one right example, nothing stored', () => {
  const long = 'x'.repeat(5_000);
  it.each([
    ['/subscribe NOSUCH move 2%', 'nosuch', '/subscribe BTC'],
    ['/subscribe BTC sideways 2%', 'sideways', '/subscribe BTCUSDT'],
    ['/subscribe BTC ETH move 2%', '“ETH” is a second symbol', '/subscribe BTC'],
    ['/subscribe btc,eth move 2%', '“eth” is a second symbol', '/subscribe BTC'],
    ['/price BTC,ETH', '“ETH” is a second symbol', '/price BTC'],
    ['/price BTC,', '“BTC,”', '/price BTC'],
    ['/subscribe BTC move 0%', '0%', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 1e999', '1e999', '/subscribe BTCUSDT'],
    ['/subscribe BTC move %', '%', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 500%', '500%', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% 7m', '7m', '/subscribe BTCUSDT'],
    ['/subscribe BTC move 2% cooldown soon', 'soon', '/subscribe BTCUSDT'],
    ['/subscribe BTC price 70000 until 2026-02-30', '2026-02-30', '/subscribe BTCUSDT'],
    ['/subscribe BTC price 70000 until 2020-01-01', '2020-01-01', '/subscribe BTCUSDT'],
    ['/subscribe BTC 67450', 'too near the current price (67,450.2)', '/subscribe BTCUSDT'],
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
