import { describe, expect, it } from 'vitest';
import { createFacts } from '../../src/desk/facts.ts';
import { standing, usualWindows } from '../../src/desk/usual.ts';
import type { Candle } from '../../src/market/events.ts';
import { ManualClock } from '../support/clock.ts';
import { makeBrief } from './brief.ts';

const START = Date.parse('2026-11-17T00:00:00Z');

/** A minute whose range and turnover are given. */
function minute(i: number, rangePercent = 1, quoteVolume = 100): Candle {
  return {
    openTime: START + i * 60_000,
    open: 100,
    high: 100 + rangePercent,
    low: 100,
    close: 100,
    volume: 1,
    quoteVolume,
    trades: 5,
    takerBuyQuoteVolume: quoteVolume / 2,
    closed: true,
  };
}
const minutes = (count: number, make: (i: number) => Candle) =>
  Array.from({ length: count }, (_, i) => make(i));

/** A brief with this range and turnover in its 5-minute window. */
function now(range: number, turnover: number) {
  const { windows } = makeBrief();
  return { ...windows, '5m': { ...windows['5m'], range, takerBuy: turnover, takerSell: 0 } };
}

describe('what is usual', () => {
  it('ranks a range among the whole windows of the week, in %', () => {
    // 100 windows of five minutes, with ranges of 1 to 100 %.
    const usual = usualWindows(minutes(500, (i) => minute(i, Math.floor(i / 5) + 1)));
    expect(standing(now(90, 1), usual)['5m']?.rank).toBe(90);
    expect(standing(now(0.5, 1), usual)['5m']?.rank).toBe(0);
    expect(standing(now(500, 1), usual)['5m']?.rank).toBe(100);
  });

  it('measures turnover in deviations of its logarithm', () => {
    // Alternating windows of e and e³: mean 2, deviation 1.
    const usual = usualWindows(
      minutes(500, (i) => minute(i, 1, Math.exp(Math.floor(i / 5) % 2 === 0 ? 1 : 3) / 5)),
    );
    expect(standing(now(1, Math.exp(4)), usual)['5m']?.volumeZ).toBeCloseTo(2, 10);
    expect(standing(now(1, Math.exp(1)), usual)['5m']?.volumeZ).toBeCloseTo(-1, 10);
  });

  it('takes no window of which a minute is missing, and none that fits less than twenty times', () => {
    const holed = minutes(500, minute).filter((_, i) => i % 5 !== 2 || i >= 100);
    expect(usualWindows(holed).get('5m')?.ranges).toHaveLength(80);
    expect([...usualWindows(minutes(300, minute)).keys()]).toEqual(['1m', '5m', '15m']);
    expect(usualWindows([]).size).toBe(0);
  });

  it('says nothing of turnover that never changes, nor of a window that is still warming', () => {
    const usual = usualWindows(minutes(500, minute));
    expect(standing(now(1, 500), usual)['5m']?.volumeZ).toBeUndefined();
    const { windows } = makeBrief();
    const warming = { ...windows, '5m': { ...windows['5m'], coverage: 0.9 } };
    expect(standing(warming, usual)['5m']).toBeUndefined();
  });
});

describe('the facts', () => {
  const clock = new ManualClock(START);
  const brief = makeBrief({ symbol: 'ETHUSDT' });

  it('are the brief, how usual it is, and what Bitcoin does meanwhile', async () => {
    let reads = 0;
    const gather = createFacts({
      clock,
      market: {
        brief: async () => makeBrief(),
        candles: async (_, from) => {
          reads++;
          expect(from).toBe(brief.time - 7 * 86_400_000);
          return minutes(500, (i) => minute(i, Math.floor(i / 5) + 1, 100 + i));
        },
      },
    });
    const facts = await gather(brief);
    expect(facts).toMatchObject({ symbol: 'ETHUSDT', usual: { '5m': { rank: 0 } } });
    expect(facts.btc?.['1h']).toBeCloseTo(-0.1652, 4);
    await gather(brief);
    expect(reads).toBe(1);
    clock.advanceBy(15 * 60_000);
    await gather(brief);
    expect(reads).toBe(2);
  });

  it('do without Bitcoin where it is the question itself, or of another time', async () => {
    const of = (leader: ReturnType<typeof makeBrief>) =>
      createFacts({ clock, market: { brief: async () => leader, candles: async () => [] } });
    expect((await of(makeBrief())(makeBrief())).btc).toBeUndefined();
    expect((await of(makeBrief({ time: brief.time - 60_001 }))(brief)).btc).toBeUndefined();
  });
});
