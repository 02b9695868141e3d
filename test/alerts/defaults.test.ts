import { describe, expect, it } from 'vitest';
import { isWatchable } from '../../src/alerts/condition.ts';
import {
  changeShapeOf,
  completeRule,
  presetThreshold,
  rearmDistance,
  sigma15m,
} from '../../src/alerts/defaults.ts';
import { parseSubscribe } from '../../src/alerts/grammar.ts';
import { presetsFromCandles, proposalSteps } from '../../src/alerts/presets.ts';
import { UserError } from '../../src/kit/errors.ts';
import { finish } from '../../src/kit/steps.ts';
import { type Brief, WINDOWS } from '../../src/market/brief.ts';
import type { Candle } from '../../src/market/events.ts';
import { makeBareBrief, makeBareWindow, sameWindows } from '../support/briefs.ts';
import { walk } from './candles.ts';

/** A brief of which only the last price is known, and how much the symbol moves in a year, in %. */
function makeBrief(last: number | undefined, realisedVolatility?: number): Brief {
  return makeBareBrief({ last, windows: sameWindows(makeBareWindow({ realisedVolatility })) });
}

const NOW = Date.UTC(2026, 10, 22, 12);

function complete(
  text: string,
  brief: Brief | undefined = makeBrief(65_000),
  timezone = 'UTC',
  candles?: readonly Candle[],
) {
  const draft = parseSubscribe({ words: text.split(' '), options: {} });
  const shape = changeShapeOf(draft);
  return completeRule(draft, {
    chat: { uid: 'chat-1', timezone },
    symbol: draft.symbolText === 'all' ? 'all' : 'BTCUSDT',
    createdBy: 'telegram:1',
    now: NOW,
    brief,
    proposals: candles && shape && finish(proposalSteps(candles, shape)),
    tickSize: 0.1,
  });
}

function faultOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('what was left out of a rule', () => {
  it('of volatility: 5 minutes, repeated, re-armed at 70 % of the threshold', () => {
    expect(complete('btc volatility 1%')).toEqual({
      v: 1,
      chat: 'chat-1',
      symbol: 'BTCUSDT',
      kind: 'volatility',
      direction: 'up',
      threshold: 1,
      window: '5m',
      preset: undefined,
      rearm: 0.7,
      mode: 'repeat',
      cooldownMs: 300_000,
      holdMs: 0,
      until: undefined,
      paused: false,
      createdBy: 'telegram:1',
      createdAt: NOW,
    });
  });

  it('of the newer kinds: a round preset, and a level that a sentiment rises or falls to', () => {
    expect(complete('btc oi')).toMatchObject({
      preset: 'normal',
      threshold: 3,
      direction: 'either',
      rearm: 2.1,
    });
    expect(complete('btc sentiment 80')).toMatchObject({
      direction: 'up',
      threshold: 80,
      rearm: 75,
      mode: 'repeat',
    });
    expect(complete('btc sentiment -2')).toMatchObject({ direction: 'down', threshold: 2, rearm: 7 });
    expect(complete('btc sentiment 2')).toMatchObject({ threshold: 2, rearm: 0 });
    expect(complete('btc 3σ 1h')).toMatchObject({ kind: 'move', unit: 'sigma', threshold: 3, rearm: 2.1 });
    expect(complete('listing')).toMatchObject({
      symbol: 'all',
      kind: 'listing',
      preset: undefined,
      mode: 'repeat',
    });
  });

  it('of a rule on all symbols: what is remarkable on any, and the side that was said', () => {
    expect(complete('all move', undefined)).toMatchObject({ symbol: 'all', preset: 'normal', threshold: 5 });
    expect(complete('all volume calm', undefined)).toMatchObject({ threshold: 50, rearm: 35 });
    expect(complete('all price 1', undefined)).toMatchObject({
      direction: 'up',
      rearm: 0.99,
      mode: 'repeat',
    });
    expect(complete('all price -1', undefined)).toMatchObject({ direction: 'down', rearm: 1.01 });
  });

  it('of a second condition: as of a first', () => {
    const { and } = complete('btc move 2% 5m and volume 3x');
    expect(and).toEqual({
      kind: 'volume',
      direction: 'up',
      threshold: 3,
      unit: undefined,
      window: '5m',
      rearm: 2.1,
    });
    expect(complete('btc move 2% and funding lively').and).toMatchObject({ threshold: 0.03, rearm: 0.021 });
    expect(complete('btc 2% and price 70000').and).toMatchObject({ direction: 'up', rearm: 69_860 });
    expect(faultOf(() => complete('btc 2% and 65001'))).toBe('price-too-near');
  });

  it('leaves a rule that can be watched, whatever was said', () => {
    const calls = [
      'btc oi -3%',
      'btc sentiment -99',
      'btc sentiment 1',
      'listing',
      'all 3σ and volume 9x',
      'btc -2σ',
    ];
    for (const call of calls) expect(isWatchable({ ...complete(call), id: 'a' })).toBe(true);
    expect(isWatchable({ ...complete('btc 5x'), id: 'a', unit: 'sigma' })).toBe(false);
    expect(isWatchable({ ...complete('listing'), id: 'a', and: complete('btc 5x and 2%').and })).toBe(false);
  });

  it('of a threshold: the preset normal, which the rule remembers', () => {
    expect(complete('btc move 1h', undefined)).toMatchObject({
      preset: 'normal',
      threshold: 1.1,
      direction: 'either',
    });
    expect(complete('btc move -2%')).toMatchObject({
      preset: undefined,
      threshold: 2,
      direction: 'down',
      rearm: 1.4,
    });
  });

  it('of a threshold: what the symbol’s own candles say, once a day of them is known', () => {
    const counted = (minutes: number, text: string) =>
      complete(text, undefined, 'UTC', walk(minutes, 5)).threshold;
    const shape = { window: '15m', cooldownMs: 300_000, holdMs: 0 } as const;
    const presets = presetsFromCandles(walk(4_000, 5), { ...shape, kind: 'volatility', direction: 'up' });
    expect(counted(4_000, 'btc volatility 15m')).toBe(presets?.normal);
    expect(counted(4_000, 'btc volatility 15m calm')).toBe(presets?.calm);
    expect(counted(600, 'btc volatility 15m')).toBe(0.86);
    expect(counted(4_000, 'btc volatility 15m 2%')).toBe(2);
    // A longer hold is reached less often, and so its threshold for as many barks a day is lower.
    expect(counted(4_000, 'btc volatility 15m for 20m')).toBeLessThan(presets?.normal ?? 0);
    expect(complete('btc move 15m calm', undefined).threshold).toBe(1.2);
  });

  it('of a threshold that candles do not count: a round figure, re-armed three tenths of the way back', () => {
    expect(complete('btc volume')).toMatchObject({
      threshold: 5,
      preset: 'normal',
      rearm: 3.5,
      direction: 'up',
      window: '5m',
      mode: 'repeat',
    });
    // An even market has a ratio of 1, not of 0.
    expect(complete('btc ratio calm 1h')).toMatchObject({ threshold: 5, rearm: 3.8, window: '1h' });
    expect(complete('btc funding -0.05%')).toMatchObject({
      threshold: 0.05,
      rearm: 0.035,
      direction: 'down',
      window: '1m',
    });
  });

  it('of a price: the side it is crossed from, once', () => {
    expect(complete('btc 70000')).toMatchObject({
      direction: 'up',
      rearm: 69_860,
      mode: 'once',
      window: '1m',
    });
    expect(complete('btc 60000 repeat')).toMatchObject({ direction: 'down', rearm: 60_120, mode: 'repeat' });
  });

  it('an end is the end of the day in the chat’s zone', () => {
    expect(complete('btc 2% until 2026-12-31').until).toBe(Date.UTC(2027, 0, 1) - 1);
    expect(complete('btc 2% until 2026-12-31', undefined, 'Asia/Seoul').until).toBe(
      Date.UTC(2026, 11, 31, 15) - 1,
    );
    // The day on which New York's clocks go back has 25 hours.
    const fall = complete('btc 2% until 2027-11-07', undefined, 'America/New_York');
    expect(fall.until).toBe(Date.UTC(2027, 10, 8, 5) - 1);
  });
});

describe('a rule is refused', () => {
  it.each<[string, string, Brief | undefined]>([
    ['btc', 'kind-missing', undefined],
    ['btc price', 'price-missing', undefined],
    ['btc 70000', 'price-unknown', makeBrief(undefined)],
    ['btc 65100', 'price-too-near', makeBrief(65_000)],
    ['btc 2% until 2026-11-21', 'until-past', undefined],
  ])('%s: %s', (text, code, brief) => {
    expect(faultOf(() => complete(text, brief))).toBe(code);
  });
});

describe('presets', () => {
  it('ask less the livelier they are, and more of a symbol that moves more', () => {
    for (const window of WINDOWS) {
      for (const brief of [undefined, makeBrief(1, 40), makeBrief(1, 120)]) {
        const [calm, normal, lively] = (['calm', 'normal', 'lively'] as const).map((preset) =>
          presetThreshold(preset, window, brief),
        );
        expect(calm).toBeGreaterThan(normal ?? 0);
        expect(normal).toBeGreaterThan(lively ?? 0);
      }
      const wild = presetThreshold('normal', window, makeBrief(1, 120));
      expect(wild).toBeGreaterThan(presetThreshold('normal', window, makeBrief(1, 40)));
    }
  });

  it('ask at least 0.15 % and at most 100 %', () => {
    expect(presetThreshold('lively', '1m', makeBrief(1, 1))).toBe(0.15);
    expect(presetThreshold('calm', '24h', makeBrief(1, 9_999))).toBe(100);
  });
});

it('takes the 15-minute deviation from annualised volatility by the square root of time', () => {
  // 50 % a year is 0.267 % in 15 minutes (fact sheet: 0.27 %).
  expect(sigma15m(makeBrief(1, 50))).toBeCloseTo(0.267, 3);
  expect(sigma15m(undefined)).toBeUndefined();
});

it('re-arms a price at the greatest of 0.2 %, one deviation and three ticks', () => {
  expect(rearmDistance(100, undefined, 0.01)).toBeCloseTo(0.2);
  expect(rearmDistance(100, makeBrief(1, 100), 0.01)).toBeCloseTo(0.534, 3);
  expect(rearmDistance(100, undefined, 0.5)).toBe(1.5);
});
