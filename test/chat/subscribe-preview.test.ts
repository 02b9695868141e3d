import { describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { plainText } from '../../src/notice/text.ts';
import { asker, type House, NOW, rememberCandles, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

describe('what a rule would have done', () => {
  const patient = () => {
    house.chat = createChat({ ...house.deps, timings: { ...house.deps.timings, previewWaitMs: 5_000 } });
  };

  it('is said when it is set: of a day and a week, with the longest burst and what is about one a day', async () => {
    await rememberCandles(house, 7 * 1_440);
    patient();
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
    patient();
    expect(await words(house, asker(), '/subscribe BTC move 0.3% 5m')).toMatch(
      /would have fired (once|\d+ times) in the last 5 h/,
    );
  });

  it('is left out where it would come too late, or nothing is known up to now', async () => {
    patient();
    expect(await words(house, asker(), '/subscribe BTC move 0.3% 5m')).not.toContain('would have');
    await rememberCandles(house, 600);
    await house.writeBrief({ time: NOW + 3_600_000 });
    expect(await words(house, asker(), '/subscribe BTC move 0.4% 5m')).not.toContain('would have');
    await house.writeBrief();
    house.deps.market.candles = () => new Promise(() => undefined);
    house.chat = createChat(house.deps);
    expect(await words(house, asker(), '/subscribe BTC move 0.5% 5m')).toContain('Alert set');
  });

  it('chooses the presets, and stands on their buttons and suggestions', async () => {
    await rememberCandles(house, 3 * 1_440);
    patient();
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
