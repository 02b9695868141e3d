import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateCandles } from '../../src/charts/aggregate.ts';
import type { Candle } from '../../src/market/events.ts';
import { CHART_INTERVAL_MS, CHART_INTERVALS } from '../../src/notice/picture.ts';
import { NOON } from './support.ts';

const MINUTE_MS = 60_000;

function minute(openTime: number, open: number, close: number, quoteVolume = 1): Candle {
  const [low, high] = [Math.min(open, close) - 1, Math.max(open, close) + 1];
  return {
    openTime,
    open,
    high,
    low,
    close,
    volume: 1,
    quoteVolume,
    trades: 1,
    takerBuyQuoteVolume: 0,
    closed: true,
  };
}

/** Minutes in order, some of them missing. */
const minutes = fc
  .array(
    fc.record({
      after: fc.integer({ min: 1, max: 90 }),
      open: fc.integer({ min: 10, max: 1_000 }),
      close: fc.integer({ min: 10, max: 1_000 }),
      volume: fc.integer({ min: 0, max: 1_000_000 }),
    }),
    { minLength: 1, maxLength: 300 },
  )
  .map((steps) => {
    let time = Math.floor(NOON / MINUTE_MS) * MINUTE_MS;
    return steps.map(({ after, open, close, volume }) => {
      time += after * MINUTE_MS;
      return minute(time, open, close, volume);
    });
  });

describe('candles of any interval', () => {
  it('begin at multiples of the interval, in order, each once', () => {
    fc.assert(
      fc.property(minutes, fc.constantFrom(...CHART_INTERVALS), (given, interval) => {
        const ms = CHART_INTERVAL_MS[interval];
        const times = aggregateCandles(given, ms).map(({ openTime }) => openTime);
        expect(times.every((time) => time % ms === 0)).toBe(true);
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
      }),
    );
  });

  it('hold exactly what their minutes hold', () => {
    fc.assert(
      fc.property(minutes, fc.constantFrom(...CHART_INTERVALS), (given, interval) => {
        const ms = CHART_INTERVAL_MS[interval];
        for (const candle of aggregateCandles(given, ms)) {
          const inside = given.filter(
            ({ openTime }) => openTime >= candle.openTime && openTime < candle.openTime + ms,
          );
          expect(candle).toEqual({
            openTime: candle.openTime,
            open: inside.at(0)?.open,
            close: inside.at(-1)?.close,
            high: Math.max(...inside.map(({ high }) => high)),
            low: Math.min(...inside.map(({ low }) => low)),
            volume: inside.reduce((sum, { quoteVolume }) => sum + quoteVolume, 0),
          });
        }
      }),
    );
  });

  it('lose nothing but a first one that began before history did', () => {
    fc.assert(
      fc.property(minutes, fc.constantFrom(...CHART_INTERVALS), (given, interval) => {
        const ms = CHART_INTERVAL_MS[interval];
        const buckets = [...new Set(given.map(({ openTime }) => Math.floor(openTime / ms) * ms))];
        const [first, ...rest] = buckets;
        const keepsFirst = first === given[0]?.openTime || rest.length === 0;
        const joined = aggregateCandles(given, ms).map(({ openTime }) => openTime);
        expect(joined).toEqual(keepsFirst ? buckets : rest);
      }),
    );
  });

  it('of one minute are the minutes themselves', () => {
    const given = [minute(NOON, 10, 12, 5), minute(NOON + 2 * MINUTE_MS, 12, 11, 7)];
    expect(aggregateCandles(given, MINUTE_MS)).toEqual(
      given.map(({ openTime, open, high, low, close, quoteVolume }) => ({
        openTime,
        open,
        high,
        low,
        close,
        volume: quoteVolume,
      })),
    );
  });

  it('of nothing are none', () => {
    expect(aggregateCandles([], MINUTE_MS)).toEqual([]);
  });
});
