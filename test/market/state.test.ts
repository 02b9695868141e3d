import { describe, expect, it } from 'vitest';
import { WINDOWS } from '../../src/market/brief.ts';
import type { Candle, Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import type { SymbolState } from '../../src/market/symbol-state.ts';
import { Windows } from '../../src/market/windows.ts';

const M0 = 1_771_214_400_000;
const MINUTE = 60_000;
const writer = { source: 'live', epoch: 3, writtenAt: 7 } as const;

function trade(id: number, time: number, price: number, quantity = 1, buyerIsMaker = false): Trade {
  return { symbol: 'X', id, time, eventTime: time, price, quantity, buyerIsMaker };
}

function candle(openTime: number, price: number, change: Partial<Candle> = {}): Candle {
  return {
    openTime,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 10,
    quoteVolume: 10 * price,
    trades: 5,
    takerBuyQuoteVolume: 4 * price,
    closed: true,
    ...change,
  };
}

/** A day of candles up to the minute `until`, calm at 100. */
function day(until = M0, price = 100): Candle[] {
  return Array.from({ length: 1440 }, (_, i) => candle(until - (1440 - i) * MINUTE, price));
}

function fresh(): SymbolState {
  return createSymbolState({ symbol: 'X', tickSize: 0.1 });
}

describe('warm start', () => {
  it('knows nothing before any data', () => {
    const state = fresh();
    expect(state.last).toBeUndefined();
    expect(state.lastTradeId).toBeUndefined();
    expect(state.time).toBe(0);
    const brief = state.brief(writer);
    expect(brief).toMatchObject({
      symbol: 'X',
      epoch: 3,
      writtenAt: 7,
      candles: 0,
      tickStd20: 0,
      buySell50: 1,
    });
    for (const window of WINDOWS) {
      expect(state.range(window)).toBeUndefined();
      expect(brief.windows[window]).toMatchObject({ coverage: 0, gap: false, range: undefined });
    }
  });

  it('makes every window usable at once, before and after the first trade', () => {
    const state = fresh();
    state.warm(day());
    expect(state.last).toBe(100);
    for (const window of WINDOWS) expect(state.range(window)).toBe(0);
    state.trade(trade(7, M0 + 40_000, 101));
    for (const window of WINDOWS) expect(state.moveUp(window)).toBeCloseTo(1, 12);
    const brief = state.brief(writer);
    for (const window of WINDOWS) {
      expect(brief.windows[window]).toMatchObject({ coverage: 1, gap: false, change: expect.closeTo(1, 10) });
    }
    expect(brief.candles).toBe(1440);
  });

  it('shows only what surely lay within a short window while its seconds are unknown', () => {
    const state = fresh();
    const candles = day();
    // High at an unknown second of the minute before: perhaps it is older than a minute.
    candles[1439] = candle(M0 - MINUTE, 100, { high: 120 });
    state.warm(candles);
    state.trade(trade(1, M0 + 30_000, 100));
    expect(state.range('1m')).toBe(0);
    expect(state.range('5m')).toBeCloseTo(20, 10);
    // No second grid yet: one minute says nothing of its own volatility, five do.
    expect(state.brief(writer).windows['1m'].realisedVolatility).toBeUndefined();
    expect(state.brief(writer).windows['5m'].realisedVolatility).toBe(0);
  });

  it('needs the minute’s own candle where candles and trades do not meet', () => {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + MINUTE + 10, 100));
    expect(state.range('1h')).toBeUndefined();
    state.candle(candle(M0, 100));
    expect(state.range('1h')).toBe(0);
    expect(state.range('1m')).toBe(0);
  });

  it('counts a minute once, however often its candle comes', () => {
    const state = fresh();
    state.warm(day());
    const first = state.brief(writer);
    state.warm(day());
    state.warm(day().slice(700));
    expect(state.brief(writer)).toEqual(first);
    expect(first.windows['24h'].takerBuy).toBe(1440 * 400);
  });

  it('completes the minute it joined with running and closed candles, without counting twice', () => {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + 30_000, 100, 1));
    state.candle(candle(M0, 100, { closed: false, high: 103, quoteVolume: 900, takerBuyQuoteVolume: 300 }));
    expect(state.brief(writer).windows['1m']).toMatchObject({ high: 103, takerBuy: 300, takerSell: 600 });
    state.trade(trade(2, M0 + 50_000, 100, 1));
    expect(state.brief(writer).windows['1m'].takerBuy).toBe(400);
    state.candle(candle(M0, 100, { high: 104, quoteVolume: 1000, takerBuyQuoteVolume: 350 }));
    // A trade that comes after its candle is in it already.
    state.trade(trade(3, M0 + 59_990, 100, 1));
    expect(state.brief(writer).windows['1m']).toMatchObject({ high: 104, takerBuy: 350, takerSell: 650 });
  });

  it('keeps live data of a minute that trades cover from its start', () => {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + 30_000, 100));
    state.candle(candle(M0, 100));
    state.trade(trade(2, M0 + MINUTE, 101, 2));
    state.trade(trade(3, M0 + 2 * MINUTE, 102, 2));
    state.candle(candle(M0 + MINUTE, 500));
    expect(state.brief(writer).windows['5m']).toMatchObject({
      high: 102,
      takerBuy: 3 * 400 + 202 + 204 + 0 * 1,
    });
  });
});

describe('bad prints', () => {
  it('rejects and counts a print too far from the mark, and goes on from its id', () => {
    const state = fresh();
    state.warm(day());
    state.mark({
      symbol: 'X',
      mark: 100,
      index: 100,
      fundingRate: 0.0001,
      nextFundingTime: M0,
      eventTime: M0,
    });
    expect(state.trade(trade(5, M0 + 100, 100))).toEqual({ type: 'accepted' });
    expect(state.trade(trade(6, M0 + 200, 111))).toEqual({ type: 'bad-print' });
    expect(state.trade(trade(7, M0 + 300, 89))).toEqual({ type: 'bad-print' });
    expect(state.trade(trade(8, M0 + 400, 110))).toEqual({ type: 'accepted' });
    expect(state.range('1m')).toBeCloseTo(10, 10);
    expect(state.brief(writer)).toMatchObject({ rejected: 2, last: 110, tradesSeen: 2 });
  });

  it('refuses a minute’s candle where it would bring a rejected print back', () => {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + 100, 100));
    state.candle(candle(M0, 100));
    state.trade(trade(2, M0 + MINUTE, 100));
    expect(state.trade(trade(3, M0 + MINUTE + 100, 130))).toEqual({ type: 'bad-print' });
    state.candle(candle(M0 + MINUTE, 100, { high: 130 }));
    expect(state.range('5m')).toBe(0);
  });

  it('judges by the last trade without a mark, but never by a price older than a minute', () => {
    const state = fresh();
    state.mark({ symbol: 'X', mark: 20, index: 20, fundingRate: 0, nextFundingTime: 0, eventTime: M0 });
    expect(state.trade(trade(1, M0 + 61_000, 100))).toEqual({ type: 'accepted' });
    expect(state.trade(trade(2, M0 + 62_000, 130))).toEqual({ type: 'bad-print' });
    expect(state.trade(trade(3, M0 + 122_000, 130))).toEqual({ type: 'accepted' });
  });

  it('still reports the hole when the first print after it is bad', () => {
    const state = fresh();
    state.trade(trade(1, M0, 100));
    expect(state.trade(trade(5, M0 + 10, 200))).toEqual({ type: 'bad-print' });
    expect(state.trade(trade(6, M0 + 20, 100))).toEqual({ type: 'gap', missing: 4 });
  });

  it('refuses nonsense and what it knows already', () => {
    const state = fresh();
    for (const price of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1]) {
      expect(state.trade(trade(1, M0, price))).toEqual({ type: 'bad-print' });
    }
    expect(state.trade(trade(1, 8e15, 1))).toEqual({ type: 'bad-print' });
    expect(state.trade(trade(1, M0, 1, Number.NaN))).toEqual({ type: 'bad-print' });
    expect(state.trade(trade(Number.NaN, M0, 1))).toEqual({ type: 'old' });
    expect(state.trade(trade(3, M0, 100))).toEqual({ type: 'accepted' });
    expect(state.trade(trade(3, M0, 100))).toEqual({ type: 'old' });
    expect(state.trade(trade(2, M0, 100))).toEqual({ type: 'old' });
    state.candle(candle(M0, 100, { high: Number.NaN }));
    state.mark({ symbol: 'X', mark: 0, index: 0, fundingRate: 0, nextFundingTime: 0, eventTime: M0 });
    expect(state.brief(writer)).toMatchObject({ mark: undefined, last: 100, candles: 0 });
  });
});

describe('holes', () => {
  function holed(): SymbolState {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + 1_000, 100));
    state.candle(candle(M0, 100));
    state.trade(trade(2, M0 + MINUTE + 1_000, 100));
    expect(state.trade(trade(9, M0 + 3 * MINUTE + 30_000, 105))).toEqual({ type: 'gap', missing: 6 });
    return state;
  }

  it('are said, and silence the windows of which they are more than a tenth', () => {
    const state = holed();
    const { windows } = state.brief(writer);
    expect(windows['1m']).toMatchObject({ gap: true, range: undefined });
    expect(windows['5m']).toMatchObject({ gap: true, range: undefined });
    expect(windows['1h']).toMatchObject({ gap: true, coverage: 57 / 60 });
    expect(windows['1h'].range).toBeCloseTo(5, 10);
  });

  it('are mended by closed candles', () => {
    const state = holed();
    state.candle(candle(M0 + MINUTE, 100));
    state.candle(candle(M0 + 2 * MINUTE, 100, { low: 90, quoteVolume: 5_000 }));
    state.candle(candle(M0 + 3 * MINUTE, 105, { open: 100, low: 100, closed: false }));
    const { windows } = state.brief(writer);
    expect(windows['5m']).toMatchObject({ gap: false, coverage: 1, low: 90 });
    expect(windows['1h']).toMatchObject({ gap: false, coverage: 1, low: 90 });
    expect(windows['1m']).toMatchObject({ gap: false, coverage: 1 });
  });

  it('a silent socket never passes for a quiet market', () => {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + 1_000, 100));
    // Repaired before the first trade is back: candles win over minutes that no trade has proven.
    state.warm([1, 2, 3].map((i) => candle(M0 + i * MINUTE, 100 + i)));
    expect(state.last).toBe(103);
    state.trade(trade(40, M0 + 4 * MINUTE + 1_000, 104));
    state.candle(candle(M0, 100));
    expect(state.extremes('15m')).toMatchObject({ high: 104, low: 100, last: 104 });
    expect(state.brief(writer).windows['5m']).toMatchObject({ takerBuy: 400 + 404 + 408 + 412 + 104 });
  });
});

describe('the rest of the brief', () => {
  it('has mark, funding, book, day and open interest with their times', () => {
    const state = fresh();
    state.mark({
      symbol: 'X',
      mark: 50,
      index: 51,
      fundingRate: 0.0001,
      nextFundingTime: M0 + 1,
      eventTime: M0,
    });
    state.book({
      symbol: 'X',
      bids: [
        [49.9, 2],
        [49.8, 1],
      ],
      asks: [[50.1, 3]],
      eventTime: M0 + 5,
    });
    state.book({ symbol: 'X', bids: [[1, 1]], asks: [], eventTime: M0 + 4 });
    state.day({ symbol: 'X', last: 55, open: 50, high: 56, low: 49, quoteVolume: 9, eventTime: M0 });
    for (let i = 0; i <= 61; i++)
      state.openInterest({ symbol: 'X', openInterest: 1000 + i, time: M0 + i * MINUTE });
    expect(state.brief(writer)).toMatchObject({
      mark: 50,
      index: 51,
      fundingRate: 0.0001,
      bid: 49.9,
      ask: 50.1,
      bidDepth: expect.closeTo(149.6, 9),
      askDepth: expect.closeTo(150.3, 9),
      day: { change: expect.closeTo(10, 9), quoteVolume: 9 },
      openInterest: { value: 1061, notional: 53_050, change1h: expect.closeTo((1061 / 1001 - 1) * 100, 9) },
      times: { trade: undefined, mark: M0, book: M0 + 5, day: M0 },
      time: M0 + 5,
    });
  });

  it('compares open interest only with a sample of an hour ago', () => {
    const state = fresh();
    const change = (time: number, openInterest: number) => {
      state.openInterest({ symbol: 'X', openInterest, time });
      return state.brief(writer).openInterest?.change1h;
    };
    expect(change(M0, 100)).toBeUndefined();
    expect(change(M0 + 30 * MINUTE, 100)).toBeUndefined();
    expect(change(M0 + 64 * MINUTE, 110)).toBeCloseTo(10, 10);
    expect(state.brief(writer).windows['1h'].openInterestChange).toBeCloseTo(10, 10);
    expect(state.brief(writer).windows['24h'].openInterestChange).toBeUndefined();
    expect(change(M0 + 200 * MINUTE, 120)).toBeUndefined();
    // Out of order or nonsense: nothing changes.
    expect(change(M0, 500)).toBeUndefined();
    expect(state.brief(writer).openInterest?.value).toBe(120);
    expect(state.brief(writer).sentiment).toBeUndefined();
    state.sentiment = 62;
    expect(state.brief(writer).sentiment).toBe(62);
  });

  it('knows the usual volume and deviation of a day', () => {
    const state = fresh();
    const candles = day().map((c, i) => candle(c.openTime, i % 2 ? 100 : 100.1, { quoteVolume: 600 }));
    state.warm(candles);
    const r = Math.log(100.1 / 100);
    // The first minute's return, from its own open, is 0; the newest minute does not count yet.
    expect(state.sigma15m()).toBeCloseTo(r * Math.sqrt(15 * (1438 / 1439)) * 100, 8);
    state.trade(trade(1, M0, 100, 30));
    expect(state.volumeRatio('5m')).toBeCloseTo((4 * 600 + 3000) / 3000, 10);
    expect(fresh().sigma15m()).toBeUndefined();
    expect(fresh().volumeRatio('1h')).toBeUndefined();
  });

  it('tells when the extremes were, to the second where seconds were seen', () => {
    const state = fresh();
    state.warm(day());
    state.trade(trade(1, M0 + 5_000, 99));
    state.trade(trade(2, M0 + 17_400, 98));
    state.trade(trade(3, M0 + 130_000, 101));
    state.candle(candle(M0, 98, { open: 100, high: 100, low: 98 }));
    expect(state.extremes('5m')).toEqual({
      high: 101,
      highTime: M0 + 130_000,
      low: 98,
      lowTime: M0 + 17_000,
      last: 101,
    });
  });
});

describe('memory', () => {
  it('is fixed, whatever happens over two days', () => {
    const windows = new Windows();
    const bytes = windows.bytes;
    expect(bytes).toBeLessThan(150_000);
    for (let i = 0; i < 2 * 86_400; i += 7) windows.trade(M0 + i * 1_000, 100 + (i % 10), 1, i % 2 === 0);
    expect(windows.bytes).toBe(bytes);
    expect(windows.shown.usable('24h')).toBe(true);
    expect(windows.shown.high('24h')).toBe(109);
  });

  it('forgets after a day', () => {
    const state = fresh();
    state.warm(day(M0, 100));
    state.trade(trade(1, M0, 105));
    state.candle(candle(M0, 105));
    for (let minute = 1; minute <= 1440; minute++) {
      expect(state.extremes('24h')?.high).toBe(105);
      state.trade(trade(1 + minute, M0 + minute * MINUTE, 100));
    }
    // The price standing at the window's beginning still belongs to it; a minute later it is gone.
    expect(state.extremes('24h')?.high).toBe(105);
    state.trade(trade(2000, M0 + 1441 * MINUTE, 100));
    expect(state.extremes('24h')?.high).toBe(100);
  });
});
