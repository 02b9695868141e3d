import { describe, expect, it } from 'vitest';
import type { Rule, RulePart } from '../../src/alerts/rule.ts';
import { distanceToFiring, metricValue } from '../../src/chat/distance.ts';
import { formatsFor } from '../../src/chat/format.ts';
import { catalogueOf } from '../../src/chat/locale/index.ts';
import { conditionWords, nameWords, symbolWords, valueWords } from '../../src/chat/rule-words.ts';
import type { Locale } from '../../src/store/chat-model.ts';
import { makeBrief } from '../desk/brief.ts';
import { makeRule } from '../support/samples.ts';

function inWords(rule: Partial<Rule>, locale: Locale = 'en'): string {
  return conditionWords(makeRule(rule), 0.1, catalogueOf(locale), formatsFor(locale, 'UTC'));
}

const volume: RulePart = {
  kind: 'volume',
  direction: 'up',
  threshold: 3,
  window: '15m',
  rearm: 2.1,
};

describe('a rule in words', () => {
  it.each([
    [{ kind: 'move', direction: 'either', threshold: 3, unit: 'sigma' }, 'moves 3σ either way within 5 min'],
    [{ kind: 'volatility', threshold: 2.5, unit: 'sigma' }, 'range within 5 min reaches 2.5σ'],
    [{ kind: 'oi', direction: 'up', threshold: 3, window: '1h' }, 'open interest rises 3 % within 1 hr'],
    [{ kind: 'oi', direction: 'down', threshold: 3, window: '1h' }, 'open interest falls 3 % within 1 hr'],
    [{ kind: 'sentiment', direction: 'up', threshold: 80 }, 'AI sentiment rises to 80'],
    [{ kind: 'sentiment', direction: 'down', threshold: 20 }, 'AI sentiment falls to 20'],
    [{ kind: 'listing', threshold: 1 }, 'is listed, settled or delisted'],
    [
      { kind: 'move', direction: 'either', threshold: 3, unit: 'sigma', and: volume },
      'moves 3σ either way within 5 min, and at the same time volume of 15 min reaches 3× its usual',
    ],
  ] as const satisfies readonly (readonly [Partial<Rule>, string])[])('%j', (rule, words) => {
    expect(inWords(rule)).toBe(words);
  });

  it.each([
    ['ko', '5분 안에 위아래로 3σ 움직이면, 그리고 동시에 15분 거래량이 평소의 3×에 닿으면'],
    ['zh', '5分钟内涨跌 3σ，并且同时15分钟成交量达到平时的 3×'],
    ['ja', '5 分以内に上下 3σ 動いたら、かつ同時に 15 分の出来高が通常の 3× に達したら'],
  ] as const)('in %s', (locale, words) => {
    expect(
      inWords({ kind: 'move', direction: 'either', threshold: 3, unit: 'sigma', and: volume }, locale),
    ).toBe(words);
  });

  it('names every symbol as such, and values in σ', () => {
    const t = catalogueOf('en');
    const f = formatsFor('en', 'UTC');
    expect([symbolWords({ symbol: 'all' }, t), nameWords({ symbol: 'all' }, t)]).toEqual([
      'every symbol',
      'every symbol',
    ]);
    expect(nameWords({ symbol: 'BTCUSDT' }, t)).toBe('BTC');
    expect(valueWords({ kind: 'move', unit: 'sigma' }, 3.14, 0.1, f)).toBe('3.1σ');
    expect(valueWords({ kind: 'move' }, 3.14, 0.1, f)).toBe('3.14 %');
  });
});

describe('how far a rule is from firing', () => {
  it('is the way of the condition that is farther, and not known in σ before a day of minutes is', () => {
    const brief = makeBrief();
    const rule = makeRule({ threshold: 9 });
    const alone = distanceToFiring(rule, brief) ?? 0;
    const both = distanceToFiring({ ...rule, and: { ...volume, threshold: 500 } }, brief);
    expect(alone).toBeGreaterThan(0);
    expect(both === undefined || both > alone).toBe(true);
    expect(distanceToFiring({ ...rule, unit: 'sigma' }, brief)).toBeUndefined();
    expect(distanceToFiring({ ...rule, and: { ...volume, unit: 'sigma' } }, brief)).toBeUndefined();
  });

  it('counts in σ by the deviation of the window, and calls nothing what is too small to be a move', () => {
    const brief = makeBrief({ deviation: 0.1 });
    const rule = makeRule({ kind: 'volatility', direction: 'up', unit: 'sigma', threshold: 3, window: '5m' });
    // Of 5 minutes it is √5 times that of one.
    const range = brief.windows['5m'].range ?? Number.NaN;
    expect(metricValue(rule, brief)).toBeCloseTo(range / (0.1 * Math.sqrt(5)), 9);
    expect(distanceToFiring(rule, brief)).toBeCloseTo(((3 - range / (0.1 * Math.sqrt(5))) / 3) * 100, 9);
    const still = { ...brief, windows: { ...brief.windows, '5m': { ...brief.windows['5m'], range: 0.14 } } };
    expect(metricValue(rule, still)).toBe(0);
  });
});
