import { type Brief, WINDOWS, type Window, type WindowBrief } from '../../src/market/brief.ts';
import type { Facts } from '../../src/store/analyses.ts';
import { makeBareWindow, sameWindows } from '../support/briefs.ts';

/** A window with believable figures that differ between windows. */
function windowBrief(place: number): WindowBrief {
  return {
    coverage: 1,
    change: 0.0413 * (place + 1) * (place % 2 === 0 ? 1 : -1),
    high: 67_512.4 + place * 180,
    low: 67_388.1 - place * 210,
    range: 0.1845 * (place + 1),
    moveUp: 0.12 * (place + 1),
    moveDown: -0.07 * (place + 1),
    realisedVolatility: 31.4 + place * 2.37,
    takerBuy: 1_234_567 * (place + 1),
    takerSell: 1_098_765 * (place + 1),
    trades: 812 * (place + 1) ** 3,
    liquidated: 125_000 * (place + 1),
    gap: false,
  };
}

/** A brief of a symbol with warm windows, as the feed writes it. */
export function makeBrief(change: Partial<Brief> = {}): Brief {
  const time = Date.parse('2026-11-22T12:00:00Z');
  return {
    v: 1,
    symbol: 'BTCUSDT',
    source: 'live',
    tickSize: 0.1,
    time,
    writtenAt: Date.now(),
    epoch: 1,
    last: 67_450.2,
    mark: 67_448.9,
    index: 67_455.3,
    fundingRate: 0.000085,
    nextFundingTime: time + 3 * 3_600_000,
    bid: 67_450.1,
    ask: 67_450.2,
    bidDepth: 2_345_678,
    askDepth: 1_987_654,
    day: { open: 66_800, high: 68_120, low: 66_310.5, change: 0.97, quoteVolume: 12_345_678_901 },
    openInterest: { value: 84_321.5, notional: 5_687_000_000, time: time - 20_000, change1h: -0.42 },
    longShort: { ratio: 1.8105, time: time - 120_000 },
    windows: Object.fromEntries(WINDOWS.map((name, place) => [name, windowBrief(place)])) as Record<
      Window,
      WindowBrief
    >,
    tickStd20: 1.2345,
    buySell50: 1.3809,
    tradesSeen: 5_000,
    candles: 10_080,
    rejected: 0,
    times: { trade: time, mark: time - 400, book: time - 80, day: time - 900 },
    ...change,
  };
}

/** A brief with all that the AI may be given. */
export function makeFacts(change: Partial<Facts> = {}): Facts {
  const usual = Object.fromEntries(
    WINDOWS.filter((window) => window !== '24h').map((window, place) => [
      window,
      { rank: 41.3 + place * 9.7, volumeZ: 1.37 - place * 0.61 },
    ]),
  );
  return { ...makeBrief(), usual, btc: { '5m': 0.041, '1h': -0.22, '24h': 1.73 }, ...change };
}

/** A brief whose windows are still warming. */
export function makeColdBrief(change: Partial<Brief> = {}): Brief {
  const warm = makeBrief();
  return {
    ...warm,
    fundingRate: undefined,
    openInterest: undefined,
    longShort: undefined,
    day: undefined,
    windows: sameWindows(makeBareWindow({ coverage: 0.1 })),
    tickStd20: 0,
    buySell50: 1,
    tradesSeen: 12,
    candles: 0,
    ...change,
  };
}
