import { describe, expect, it } from 'vitest';
import { parseSubscribe } from '../../src/alerts/grammar.ts';
import { RULE_KINDS } from '../../src/alerts/rule.ts';
import { asker, type House, say, useHouse } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

const korean = asker({ language: 'ko' });

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
