import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { actionOf, asker, type House, say, useHouse } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
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
