import type { Brief, Window, WindowBrief } from '../../src/market/brief.ts';

/** A window of which only is known that it is covered. */
export function makeBareWindow(change: Partial<WindowBrief> = {}): WindowBrief {
  return {
    coverage: 1,
    change: undefined,
    high: undefined,
    low: undefined,
    range: undefined,
    moveUp: undefined,
    moveDown: undefined,
    realisedVolatility: undefined,
    takerBuy: undefined,
    takerSell: undefined,
    trades: undefined,
    gap: false,
    ...change,
  };
}

/** The same window under each name. */
export function sameWindows(window: WindowBrief): Record<Window, WindowBrief> {
  return { '1m': window, '5m': window, '15m': window, '1h': window, '4h': window, '24h': window };
}

/** A brief of which hardly more is known than the last price. */
export function makeBareBrief(change: Partial<Brief> = {}): Brief {
  return {
    v: 1,
    symbol: 'BTCUSDT',
    source: 'simulated',
    tickSize: 0.1,
    time: 1_000,
    writtenAt: 1_000,
    epoch: 1,
    last: 100,
    mark: undefined,
    index: undefined,
    fundingRate: undefined,
    nextFundingTime: undefined,
    bid: undefined,
    ask: undefined,
    bidDepth: undefined,
    askDepth: undefined,
    day: undefined,
    openInterest: undefined,
    windows: sameWindows(makeBareWindow()),
    tickStd20: 0,
    buySell50: 1,
    tradesSeen: 0,
    candles: 0,
    rejected: 0,
    times: { trade: undefined, mark: undefined, book: undefined, day: undefined },
    ...change,
  };
}
