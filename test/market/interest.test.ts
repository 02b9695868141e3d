import { expect, it } from 'vitest';
import { InterestHistory } from '../../src/market/interest-history.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 10, 20);
const at = (minute: number, openInterest: number) => ({
  symbol: 'BTCUSDT',
  time: T0 + minute * MINUTE,
  openInterest,
});

it('measures the change inside each window against the sample at its start', () => {
  const history = new InterestHistory();
  for (let minute = 0; minute <= 1_500; minute++) history.add(at(minute, 1_000 + minute));
  const now = T0 + 1_500 * MINUTE;
  expect(history.change('5m', now)).toBeCloseTo((2_500 / 2_495 - 1) * 100, 9);
  expect(history.change('1h', now)).toBeCloseTo((2_500 / 2_440 - 1) * 100, 9);
  // Longer windows know one sample in five minutes.
  expect(history.change('24h', now)).toBeCloseTo((2_500 / 1_059 - 1) * 100, 9);
});

it('knows the long windows from the past that was fetched, also after it was polled already', () => {
  const history = new InterestHistory();
  history.add(at(1_442, 1_100));
  expect(history.change('1h', T0 + 1_442 * MINUTE)).toBeUndefined();
  history.fill(Array.from({ length: 289 }, (_, index) => at(index * 5, 1_000)));
  for (const window of ['1h', '4h', '24h'] as const)
    expect(history.change(window, T0 + 1_442 * MINUTE)).toBeCloseTo(10, 9);
});

it('never takes another window for its own, however seldom it is asked for', () => {
  // Grows by 1 % a minute, so that a change tells how long its window was.
  for (const everySeconds of [20, 75, 90, 100, 130, 145, 200, 400]) {
    const history = new InterestHistory();
    for (let second = 0; second <= 7_200; second += everySeconds) {
      history.add({ symbol: 'BTCUSDT', time: T0 + second * 1_000, openInterest: 1.01 ** (second / 60) });
      const change = history.change('5m', T0 + second * 1_000);
      if (change === undefined) continue;
      const minutes = Math.log(1 + change / 100) / Math.log(1.01);
      expect(minutes).toBeGreaterThanOrEqual(5 - 1e-9);
      expect(minutes).toBeLessThanOrEqual(6.5 + 1e-9);
    }
  }
});

it('is warming until the window is covered, and unknown when nothing new has come for minutes', () => {
  const history = new InterestHistory();
  for (let minute = 0; minute <= 4; minute++) history.add(at(minute, 1_000));
  expect(history.change('5m', T0 + 4 * MINUTE)).toBeUndefined();
  history.add(at(5, 1_030));
  expect(history.change('5m', T0 + 5 * MINUTE)).toBeCloseTo(3, 9);
  expect(history.change('5m', T0 + 11 * MINUTE)).toBeUndefined();
});
