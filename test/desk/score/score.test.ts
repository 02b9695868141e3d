import { describe, expect, it } from 'vitest';
import { brier, clusteredMean, type Forecast } from '../../../src/desk/score/brier.ts';
import { costPer, type Sample, scoreCalls } from '../../../src/desk/score/score.ts';
import { wilson } from '../../../src/desk/score/wilson.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

describe('Wilson’s interval', () => {
  it.each([
    [55, 100, 0.452, 0.644],
    [0, 10, 0, 0.278],
    [10, 10, 0.722, 1],
    [530, 1000, 0.499, 0.561],
  ])('of %i in %i is %d to %d', (hits, n, low, high) => {
    expect(wilson(hits, n).low).toBeCloseTo(low, 3);
    expect(wilson(hits, n).high).toBeCloseTo(high, 3);
  });

  it('of nothing is everything', () => expect(wilson(0, 0)).toEqual({ low: 0, high: 1 }));
});

/** Each probability once with a rise and once with a fall, weighted by how often it rises, of 100. */
const forecasts = (ps: readonly number[], ups: number): Forecast[] =>
  ps.flatMap((p) => Array.from({ length: 100 }, (_, i) => ({ p, came: i < ups })));
const between = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => (from + i) / 100);

describe('Brier’s score', () => {
  it('of always saying ½ is 0.25', () => {
    expect(brier(forecasts([0.5], 37))).toBe(0.25);
  });

  it.each([
    ['sentiment as a probability, without skill, 30–70', forecasts(between(30, 70), 50), 0.264],
    ['the same, 10–90', forecasts(between(10, 90), 50), 0.3047],
    ['75 % said of what comes in 53 %', forecasts([0.75], 53), 0.2975],
    ['perfect foresight', [...forecasts([1], 100), ...forecasts([0], 0)], 0],
  ])('of %s is as computed by hand', (_, made, expected) => {
    expect(brier(made)).toBeCloseTo(expected, 4);
  });

  it('of calibrated words between 47 and 53 % is a shade better than ½', () => {
    const calibrated = between(47, 53).flatMap((p) => forecasts([p], Math.round(p * 100)));
    expect(brier(calibrated)).toBeCloseTo(0.2496, 4);
  });
});

describe('a mean by clusters', () => {
  it('knows as much as there are clusters, not values', () => {
    const days = [1, 2, 3, 4].map((value) => ({ value, cluster: `d${value}` }));
    const once = clusteredMean(days);
    const often = clusteredMean(days.flatMap((each) => Array.from({ length: 100 }, () => each)));
    // The standard error of 1, 2, 3, 4 is √(5/3 ÷ 4) = 0.6455.
    expect(once.mean).toBe(2.5);
    expect(once.high - once.mean).toBeCloseTo(1.96 * 0.6455, 3);
    expect(often.high).toBeCloseTo(once.high, 10);
    expect(clusteredMean([{ value: 1, cluster: 'a' }]).high).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a score', () => {
  /** One call an hour; `moves` in bps. */
  const samples = (count: number, make: (i: number) => Partial<Sample>): Sample[] =>
    Array.from({ length: count }, (_, i) => ({
      at: START + i * HOUR,
      pUp: 0.6,
      movedBps: 10,
      flatBps: 2,
      before: 1,
      ...make(i),
    }));
  /** Rises and falls without a pattern that momentum could ride. */
  const side = (i: number) => ((i * 2654435761) % 97 < 48 ? 1 : -1);

  it('counts of calls that overlap only the first, and of small moves none', () => {
    const score = scoreCalls(
      samples(48, (i) => ({ at: START + i * (HOUR / 4), movedBps: i === 0 ? 1.9 : 10 })),
      HOUR,
    );
    expect(score).toMatchObject({ calls: 12, decided: 11, hits: 11, verdict: 'few' });
  });

  it('takes a schedule that comes a little early for what it is', () => {
    expect(
      scoreCalls(
        samples(24, (i) => ({ at: START + i * (HOUR - 30_000) })),
        HOUR,
      ).calls,
    ).toBe(24);
  });

  it('takes no side at ½: it is no hit and no miss, but a forecast', () => {
    const score = scoreCalls(
      samples(10, () => ({ pUp: 0.5 })),
      HOUR,
    );
    expect(score).toMatchObject({ calls: 10, decided: 0, hits: 0, brier: 0.25, verdict: 'few' });
  });

  it('says that a coin has no skill, however often it is thrown', () => {
    const coin = samples(1_000, (i) => ({ movedBps: 10 * side(i), pUp: side(i * 7 + 3) > 0 ? 0.55 : 0.45 }));
    const score = scoreCalls(coin, HOUR);
    expect(score.decided).toBe(1_000);
    expect(score.hitRate.low).toBeLessThan(0.5);
    expect(score.verdict).not.toBe('skill');
  });

  it('says nothing below 200 calls, though all were right, and then that it is skill', () => {
    const seer = (count: number) =>
      scoreCalls(
        samples(count, (i) => ({
          movedBps: 10 * side(i),
          pUp: side(i) > 0 ? 0.8 : 0.2,
          before: side(i * 5),
        })),
        HOUR,
      );
    expect(seer(199).verdict).toBe('few');
    const score = seer(200);
    expect(score).toMatchObject({ hits: 200, verdict: 'skill' });
    expect(score.skill).toBeGreaterThan(0.7);
    expect(score.skillInterval.low).toBeGreaterThan(0);
  });

  it('calls who is always wrong worse than chance', () => {
    const fool = samples(300, (i) => ({ movedBps: 10 * side(i), pUp: side(i) > 0 ? 0.2 : 0.8 }));
    expect(scoreCalls(fool, HOUR)).toMatchObject({ hits: 0, verdict: 'worse' });
  });

  it('gives no credit for saying up in a market that rises: the base rate and the baselines know it too', () => {
    const bull = samples(400, (i) => ({ movedBps: i % 10 < 7 ? 10 : -10, pUp: 0.7 }));
    const score = scoreCalls(bull, HOUR);
    expect(score.hits / score.decided).toBeCloseTo(0.7, 2);
    expect(score.baselines.up).toBeCloseTo(0.7, 2);
    expect(score.verdict).toBe('none');
  });

  it('sets it against always up, momentum, reversal and a coin on the same calls', () => {
    const score = scoreCalls(
      samples(100, (i) => ({
        movedBps: i % 4 === 0 ? -10 : 10,
        before: i % 4 === 0 ? -1 : i % 4 === 1 ? 0 : 1,
      })),
      HOUR,
    );
    expect(score.baselines).toEqual({ up: 0.75, momentum: 1, reversal: 0, coin: 0.5 });
    expect(
      scoreCalls(
        samples(10, () => ({ before: undefined })),
        HOUR,
      ).baselines.momentum,
    ).toBeUndefined();
  });

  it('tells what a useful call costs, and nothing where there was none', () => {
    const score = scoreCalls(
      samples(100, (i) => ({ movedBps: i < 53 ? 10 : -10 })),
      HOUR,
    );
    expect(costPer(31_300_000, score)).toEqual({ call: 313_000, hit: 590_566, aboveCoin: 10_433_333 });
    const even = scoreCalls(
      samples(100, (i) => ({ movedBps: i < 50 ? 10 : -10 })),
      HOUR,
    );
    expect(costPer(100, even).aboveCoin).toBeUndefined();
    expect(costPer(100, scoreCalls([], HOUR))).toEqual({});
  });
});
