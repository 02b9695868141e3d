import { describe, expect, it } from 'vitest';
import { OverviewKeeper } from '../../src/feed/overview.ts';
import type { DayTicker } from '../../src/market/events.ts';

const START = Date.parse('2026-11-24T12:00:10Z');
const MINUTE = 60_000;

function ticker(time: number, last: number, change: Partial<DayTicker> = {}): DayTicker {
  return {
    symbol: 'BTCUSDT',
    last,
    open: 100,
    high: 120,
    low: 80,
    quoteVolume: 5e6,
    eventTime: time,
    ...change,
  };
}

/** A keeper that hears one ticker a minute; `prices[i]` is that of minute i. */
function heard(prices: readonly number[]): OverviewKeeper {
  const keeper = new OverviewKeeper(() => true);
  for (const [i, last] of prices.entries()) {
    keeper.handle({ type: 'days', tickers: [ticker(START + i * MINUTE, last)] });
  }
  return keeper;
}

describe('the overview of the whole market', () => {
  it('has the figures of 24 h at once, and those of 5 min and 1 h as soon as it has watched so long', () => {
    expect(heard([110]).rows()).toEqual([
      {
        symbol: 'BTCUSDT',
        last: 110,
        change5m: undefined,
        change1h: undefined,
        change24h: expect.closeTo(10),
        range24h: 50,
        quoteVolume: 5e6,
        fundingRate: undefined,
      },
    ]);
    expect(heard(Array.from({ length: 6 }, () => 100)).rows()[0]?.change5m).toBeUndefined();
    // The beginning of minute 1 had the price of minute 0, and minute 6 looks back to it.
    const minutes = [100, 101, 102, 103, 104, 105, 110];
    expect(heard(minutes).rows()[0]?.change5m).toBeCloseTo(10);
    const hour = Array.from({ length: 62 }, (_, i) => (i < 2 ? 200 : 220));
    expect(heard(hour).rows()[0]?.change1h).toBeCloseTo(10);
  });

  it('goes on knowing for hours, in the memory of one', () => {
    const keeper = heard(Array.from({ length: 400 }, (_, i) => 1_000 + i));
    expect(keeper.rows()[0]?.change5m).toBeCloseTo((1_399 / 1_393 - 1) * 100);
    expect(keeper.rows()[0]?.change1h).toBeCloseTo((1_399 / 1_338 - 1) * 100);
  });

  it('never takes a price from before a silence for one of five minutes ago', () => {
    const keeper = heard([100, 100, 100, 100, 100, 100, 100]);
    keeper.handle({ type: 'days', tickers: [ticker(START + 40 * MINUTE, 150)] });
    expect(keeper.rows()[0]?.change5m).toBeUndefined();
    expect(keeper.rows()[0]?.change1h).toBeUndefined();
    // Five minutes later the price at the end of the silence is still not known; a minute more, and it is.
    const hear = (minute: number) =>
      keeper.handle({ type: 'days', tickers: [ticker(START + minute * MINUTE, 150)] });
    for (const minute of [41, 42, 43, 44, 45]) hear(minute);
    expect(keeper.rows()[0]?.change5m).toBeUndefined();
    hear(46);
    expect(keeper.rows()[0]?.change5m).toBe(0);
  });

  it('knows the price of a symbol that did not trade for minutes, since the stream names only those that did', () => {
    const keeper = new OverviewKeeper(() => true);
    keeper.handle({ type: 'days', tickers: [ticker(START, 50, { symbol: 'QUIETUSDT' })] });
    for (let i = 0; i < 8; i++) keeper.handle({ type: 'days', tickers: [ticker(START + i * MINUTE, 100)] });
    const late = ticker(START + 8 * MINUTE, 55, { symbol: 'QUIETUSDT' });
    keeper.handle({ type: 'days', tickers: [late] });
    const quiet = keeper.rows().find((row) => row.symbol === 'QUIETUSDT');
    expect(quiet?.change5m).toBeCloseTo(10);
  });

  it('keeps listed symbols only, with their funding, and forgets those that left', () => {
    const listed = new Set(['BTCUSDT']);
    const keeper = new OverviewKeeper((symbol) => listed.has(symbol));
    const mark = { mark: 1, index: 1, nextFundingTime: START, eventTime: START };
    const tickers = [ticker(START, 100), ticker(START, 100, { symbol: 'TSLAUSDT' })];
    keeper.handle({ type: 'days', tickers });
    keeper.handle({
      type: 'marks',
      marks: [
        { symbol: 'BTCUSDT', fundingRate: 0.0001, ...mark },
        { symbol: 'TSLAUSDT', fundingRate: 0.1, ...mark },
      ],
    });
    expect(keeper.rows().map((row) => [row.symbol, row.fundingRate])).toEqual([['BTCUSDT', 0.0001]]);
    listed.clear();
    expect(keeper.rows()).toEqual([]);
  });
});
