import { describe, expect, it } from 'vitest';
import { parseSubscribe, type RuleDraft, type SubscribeCall } from '../../src/alerts/grammar.ts';
import { UserError } from '../../src/kit/errors.ts';

/** What was said, without what was left out. */
function said(text: string, options: SubscribeCall['options'] = {}): Partial<RuleDraft> {
  const draft = parseSubscribe({ words: text.split(' '), options });
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}

/** The fault found: its code and the word it names. */
function fault(text: string, options: SubscribeCall['options'] = {}): [string, unknown] {
  try {
    return ['accepted', JSON.stringify(said(text, options))];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.args.example).toMatch(/^\/subscribe (?:BTCUSDT|all|listing)/);
    return [error.code, error.args.word];
  }
}

const btc = { symbolText: 'btc' };
const either = { kind: 'move', direction: 'either' } as const;

describe('words of /subscribe', () => {
  it.each<[string, Partial<RuleDraft>]>([
    ['BTC volatility 1% 5m', { ...btc, kind: 'volatility', threshold: 1, window: '5m' }],
    ['5m 1% volatility BTC', { ...btc, kind: 'volatility', threshold: 1, window: '5m' }],
    ['BTC 변동성 1% 5분', { ...btc, kind: 'volatility', threshold: 1, window: '5m' }],
    ['비트 가격 7만', { symbolText: '비트', kind: 'price', threshold: 70_000 }],
    ['BTC 波动 1.5% 15分钟', { ...btc, kind: 'volatility', threshold: 1.5, window: '15m' }],
    ['BTC ボラ 1% 1時間', { ...btc, kind: 'volatility', threshold: 1, window: '1h' }],
    ['BTC 価格 7万', { ...btc, kind: 'price', threshold: 70_000 }],
    ['BTC 급등락 2% 4시간', { ...btc, kind: 'move', direction: 'either', threshold: 2, window: '4h' }],
    ['BTC 급락 2%', { ...btc, kind: 'move', direction: 'down', threshold: 2 }],
    ['$btc 70000', { symbolText: '$btc', kind: 'price', threshold: 70_000 }],
    ['btc/usdt 70,000', { symbolText: 'btc/usdt', kind: 'price', threshold: 70_000 }],
    ['btc 70k', { ...btc, kind: 'price', threshold: 70_000 }],
    ['btc 1.1k', { ...btc, kind: 'price', threshold: 1_100 }],
    ['btc 1.5m', { ...btc, kind: 'price', threshold: 1_500_000 }],
    ['btc .5', { ...btc, kind: 'price', threshold: 0.5 }],
    ['btc 2%', { ...btc, ...either, threshold: 2 }],
    ['btc 2 %', { ...btc, ...either, threshold: 2 }],
    ['btc ２％', { ...btc, ...either, threshold: 2 }],
    ['btc +2%', { ...btc, kind: 'move', direction: 'up', threshold: 2 }],
    ['btc −2%', { ...btc, kind: 'move', direction: 'down', threshold: 2 }],
    ['btc move 2', { ...btc, ...either, threshold: 2 }],
    ['btc 2% 5 분', { ...btc, ...either, threshold: 2, window: '5m' }],
    ['btc 2% 60m', { ...btc, ...either, threshold: 2, window: '1h' }],
    ['btc 2% 1d', { ...btc, ...either, threshold: 2, window: '24h' }],
    ['1000pepe 2%', { symbolText: '1000pepe', ...either, threshold: 2 }],
    ['move move 2%', { symbolText: 'move', ...either, threshold: 2 }],
    ['币安人生 2%', { symbolText: '币安人生', ...either, threshold: 2 }],
    ['btc volatility lively', { ...btc, kind: 'volatility', preset: 'lively' }],
    ['btc 변동성 보통', { ...btc, kind: 'volatility', preset: 'normal' }],
    ['btc 5x', { ...btc, kind: 'volume', threshold: 5 }],
    ['btc 거래량 5배 15분', { ...btc, kind: 'volume', threshold: 5, window: '15m' }],
    ['btc volume 5', { ...btc, kind: 'volume', threshold: 5 }],
    ['btc ratio 3', { ...btc, kind: 'ratio', direction: 'either', threshold: 3 }],
    ['btc ratio -3x 1h', { ...btc, kind: 'ratio', direction: 'down', threshold: 3, window: '1h' }],
    ['btc 펀비 0.05%', { ...btc, kind: 'funding', direction: 'either', threshold: 0.05 }],
    ['btc funding -0.05%', { ...btc, kind: 'funding', direction: 'down', threshold: 0.05 }],
    ['btc liquidation 1m', { ...btc, kind: 'liquidation', threshold: 1e6 }],
    ['btc 1m 청산 5m', { ...btc, kind: 'liquidation', threshold: 1e6, window: '5m' }],
    ['btc liquidation 500k 1m', { ...btc, kind: 'liquidation', threshold: 500_000, window: '1m' }],
    ['btc liquidation 2.5m 1h', { ...btc, kind: 'liquidation', threshold: 2.5e6, window: '1h' }],
    ['btc liquidation calm 1m', { ...btc, kind: 'liquidation', preset: 'calm', window: '1m' }],
    ['btc 3σ', { ...btc, ...either, threshold: 3, unit: 'sigma' }],
    [
      'btc -3.5sd 15m',
      { ...btc, kind: 'move', direction: 'down', threshold: 3.5, unit: 'sigma', window: '15m' },
    ],
    ['btc volatility 4 σ', { ...btc, kind: 'volatility', threshold: 4, unit: 'sigma' }],
    ['btc 미결제 3%', { ...btc, kind: 'oi', direction: 'either', threshold: 3 }],
    ['btc oi -3% 1h', { ...btc, kind: 'oi', direction: 'down', threshold: 3, window: '1h' }],
    ['btc sentiment 80', { ...btc, kind: 'sentiment', direction: 'up', threshold: 80 }],
    ['btc 심리 -20', { ...btc, kind: 'sentiment', direction: 'down', threshold: 20 }],
    ['listing', { symbolText: 'all', kind: 'listing' }],
    ['btc 상장', { ...btc, kind: 'listing' }],
    ['all 5%', { symbolText: 'all', ...either, threshold: 5 }],
    ['전체 volume 20x', { symbolText: 'all', kind: 'volume', threshold: 20 }],
    ['すべて 清算 5m 1h', { symbolText: 'all', kind: 'liquidation', threshold: 5e6, window: '1h' }],
    ['全部 price 1', { symbolText: 'all', kind: 'price', direction: 'up', threshold: 1 }],
    ['all price -1', { symbolText: 'all', kind: 'price', direction: 'down', threshold: 1 }],
    ['btc', btc],
    ['', {}],
  ])('%s', (text, draft) => {
    expect(said(text)).toEqual(draft);
  });

  it('may be followed by how often, how long, how seldom and until when', () => {
    expect(said('btc 70000 repeat cooldown 10m for 30s until 2026-12-31')).toEqual({
      ...btc,
      kind: 'price',
      threshold: 70_000,
      mode: 'repeat',
      cooldownMs: 600_000,
      holdMs: 30_000,
      until: '2026-12-31',
    });
    expect(said('until 2026-12-31 once btc cooldown 2 시간 2%')).toMatchObject({
      mode: 'once',
      cooldownMs: 7_200_000,
    });
  });

  it.each([
    ['@MyChannel', '@mychannel'],
    ['channel:-1001234567890', '-1001234567890'],
    ['<#1234567890>', '1234567890'],
    ['channel:@dogs', '@dogs'],
  ])('address another chat: %s', (word, channel) => {
    expect(said(`btc 2% ${word}`)).toMatchObject({ ...btc, channel });
  });
});

describe('a second condition', () => {
  const volume = { kind: 'volume', threshold: 3, window: '15m' };
  it.each<[string, Partial<RuleDraft>]>([
    ['BTC move 2% 5m and volume 3x 15m', { ...btc, ...either, threshold: 2, window: '5m' }],
    ['5m 2% move BTC and 15m 3x', { ...btc, ...either, threshold: 2, window: '5m' }],
    ['btc 급락 2% 그리고 거래량 3배 15분', { ...btc, kind: 'move', direction: 'down', threshold: 2 }],
    [
      'btc 2% cooldown 10m and volume 3x 15m for 30s',
      { ...btc, ...either, threshold: 2, cooldownMs: 600_000, holdMs: 30_000 },
    ],
    ['btc 2% and 3x 15m once @dogs', { ...btc, ...either, threshold: 2, mode: 'once', channel: '@dogs' }],
  ])('%s', (text, first) => {
    const { and, ...rest } = said(text);
    expect(rest).toEqual(first);
    expect(and).toMatchObject(volume);
  });

  it('has sides, presets and σ as the first has, and may stand among the options', () => {
    expect(said('btc 5x and -3σ 1h').and).toMatchObject({
      kind: 'move',
      direction: 'down',
      threshold: 3,
      unit: 'sigma',
    });
    expect(said('btc 5x and funding lively').and).toMatchObject({ kind: 'funding', preset: 'lively' });
    expect(said('2% 5m', { symbol: 'btc', options: 'cooldown 10m and volume 3x 15m repeat' })).toMatchObject({
      ...btc,
      ...either,
      mode: 'repeat',
      and: volume,
    });
  });
});

describe('named options', () => {
  it('say the same as words', () => {
    const options = {
      symbol: 'BTC',
      kind: '변동성',
      threshold: '1 %',
      window: '5 분',
      channel: '123',
      options: 'once for 30s',
    };
    const expected = {
      ...btc,
      kind: 'volatility',
      threshold: 1,
      window: '5m',
      channel: '123',
      mode: 'once',
      holdMs: 30_000,
    };
    expect(said('', options)).toEqual(expected);
  });

  it('take 1m as a window or as a million by the name they stand under', () => {
    expect(said('', { threshold: '1m' })).toEqual({ kind: 'price', threshold: 1_000_000 });
    expect(said('', { window: '1m' })).toEqual({ window: '1m' });
  });

  it.each([
    [{ kind: 'loudness' }, 'kind', 'loudness'],
    [{ threshold: 'abc' }, 'threshold', 'abc'],
    [{ window: '7m' }, 'window', '7m'],
    [{ window: 'soon' }, 'window', 'soon'],
    [{ options: 'btc' }, 'option', 'btc'],
    [{ options: 'once twice' }, 'option', 'twice'],
    [{ channel: 'the pack' }, 'channel', 'the pack'],
    [{ symbol: '<script>' }, 'word', '<script>'],
    [{ threshold: '2%', kind: 'price' }, 'threshold', '2%'],
  ])('%o: %s', (options, code, word) => {
    expect(fault('', options)).toEqual([code, word]);
  });
});

describe('wrong words are named', () => {
  it.each([
    ['btc volatility -1%', '/subscribe BTCUSDT volatility 1% 5m', { kind: 'volatility' }],
    ['btc %', '/subscribe BTCUSDT move 2% 5m', { word: '%' }],
    ['btc price 2%', '/subscribe BTCUSDT price 70000', { kind: 'price' }],
    ['btc move 0%', '/subscribe BTCUSDT move 2% 5m', { kind: 'move' }],
    ['btc price −50k', '/subscribe BTCUSDT price 70000', { word: '−50k', level: '50k' }],
    ['btc volatility 101%', '/subscribe BTCUSDT volatility 1% 5m', { min: '0.1%', max: '100%' }],
  ])('beside a right call of the same kind: %s', (text, example, args) => {
    expect(() => said(text)).toThrow(
      expect.objectContaining({ args: expect.objectContaining({ example, ...args }) }),
    );
  });

  it.each([
    ['btc volatility 0%', 'threshold', '0%'],
    ['btc 1e999', 'threshold', '1e999'],
    ['btc 1e5%', 'threshold', '1e5%'],
    ['btc %', 'threshold', '%'],
    ['btc volatility -1%', 'threshold', '-1%'],
    ['btc -70000', 'price-sign', '-70000'],
    ['btc price 2%', 'threshold', '2%'],
    ['btc price normal', 'threshold', 'normal'],
    ['btc volatility 5x', 'threshold', '5x'],
    ['btc 1,2,3', 'threshold', '1,2,3'],
    ['btc 2%%', 'threshold', '2%%'],
    ['btc 급락 +2%', 'threshold', '+2%'],
    ['btc volatility 0.01%', 'threshold-bounds', '0.01%'],
    ['btc move 101%', 'threshold-bounds', '101%'],
    ['btc volatility 70000', 'threshold-bounds', '70000'],
    ['btc 99999999999', 'threshold-bounds', '99999999999'],
    ['btc Abc 2%', 'word', 'Abc'],
    ['btc volatility 2h', 'window', '2h'],
    ['btc volatility 7분', 'window', '7분'],
    ['btc 1m 5m', 'twice', '5m'],
    ['btc 2% 70000', 'twice', '70000'],
    ['btc price volatility', 'twice', 'volatility'],
    ['btc once repeat', 'twice', 'repeat'],
    ['btc 2% cooldown soon', 'duration', 'soon'],
    ['btc 2% cooldown', 'duration', 'cooldown'],
    ['btc 2% cooldown 1s', 'duration-bounds', '1s'],
    ['btc 2% for 900d', 'duration-bounds', '900d'],
    ['btc 2% until 2026-02-30', 'date', '2026-02-30'],
    ['btc 2% until tomorrow', 'date', 'tomorrow'],
    ['btc 2% and', 'and-missing', 'and'],
    ['btc 2% and 5m', 'and-missing', 'and'],
    ['btc 2% and eth', 'word', 'eth'],
    ['btc 2% and 3x and 5x', 'twice', 'and'],
    ['btc 2% and listing', 'and-listing', 'listing'],
    ['btc 상장 and 2%', 'and-listing', '상장'],
    ['btc 5x and volatility 101%', 'threshold-bounds', '101%'],
    ['btc volume 3σ', 'sigma-kind', '3σ'],
    ['btc 0.1σ', 'threshold-bounds', '0.1σ'],
    ['btc 51sd', 'threshold-bounds', '51sd'],
    ['btc sentiment 100', 'threshold-bounds', '100'],
    ['btc sentiment 80%', 'threshold', '80%'],
    ['btc oi 3x', 'threshold', '3x'],
    ['btc oi 3% 1m', 'window-short', '1m'],
    ['btc 2% 5m and oi 3% 1m', 'window-short', '1m'],
    ['listing 5%', 'listing-bare', '5%'],
    ['btc listing 1h', 'listing-bare', '1h'],
    ['all ratio 3', 'kind-on-all', 'ratio'],
    ['all 심리 80', 'kind-on-all', '심리'],
    ['all 5% and oi 3%', 'kind-on-all', 'oi'],
    ['all btc 5%', 'word', 'btc'],
    ['btc volume -5x', 'threshold', '-5x'],
    ['btc volume 5%', 'threshold', '5%'],
    ['btc ratio 1x', 'threshold-bounds', '1x'],
    ['btc funding 2k', 'threshold', '2k'],
    ['btc 청산 5', 'threshold-bounds', '5'],
    ['btc 청산 -1m', 'threshold', '-1m'],
    ['btc 청산 1m 7m', 'window', '7m'],
    ['btc @everyone', 'channel', '@everyone'],
    ['btc @here', 'channel', '@here'],
    ['🚀 2%', 'word', '🚀'],
    ['<script>alert(1)</script> 2%', 'word', '<script>alert(1)</script>'],
    ['btc\u200f 2%', 'word', 'btc'],
    ['\u202e 2%', 'word', '?'],
    ['"; DROP 2%', 'word', '";'],
  ])('%s', (text, code, word) => {
    expect(fault(text)).toEqual([code, word]);
  });

  it('in at most 40 characters', () => {
    expect(fault('x'.repeat(5_000))).toEqual(['word', 'x'.repeat(40)]);
    expect(fault('9'.repeat(5_000))).toEqual(['word', '9'.repeat(40)]);
    expect(fault('🐕'.repeat(2_500))).toEqual(['word', '🐕'.repeat(40)]);
    expect(fault('once '.repeat(1_000))).toEqual(['word', 'once']);
  });
});
