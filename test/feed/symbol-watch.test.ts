import { describe, expect, it } from 'vitest';
import { SymbolWatch } from '../../src/feed/symbol-watch.ts';
import type { Candle } from '../../src/market/events.ts';
import { makeTrade } from '../support/samples.ts';

const START = Date.UTC(2026, 10, 24);
const MINUTE = 60_000;

const candle = (minute: number, closed = true, close = 100): Candle => ({
  openTime: START + minute * MINUTE,
  open: close,
  high: close + 1,
  low: close - 1,
  close,
  volume: 1,
  quoteVolume: 100,
  trades: 1,
  takerBuyQuoteVolume: 50,
  closed,
});

function watch() {
  return new SymbolWatch({ symbol: 'BTCUSDT', base: 'BTC', tickSize: 0.1, status: 'TRADING' });
}

describe('a symbol in use', () => {
  it('holds trades until its windows are filled, then takes them in', () => {
    const own = watch();
    expect(own.trade(makeTrade(1, START + MINUTE))).toBe(false);
    expect(own.state.lastTradeId).toBeUndefined();
    const held = own.fill([candle(0), candle(1, false)], START + MINUTE);
    expect(held.map((each) => each.id)).toEqual([1]);
    expect(own.warm).toBe(true);
    for (const each of held) expect(own.take(each)).toBe(true);
    expect(own.state.lastTradeId).toBe(1);
    // The candle before the first trade is where a price came from.
    expect(own.previous).toEqual({ price: 100, time: START + MINUTE });
  });

  it('refuses what it has seen and what it does not believe', () => {
    const own = watch();
    own.fill([], START);
    expect(own.trade(makeTrade(5, START))).toBe(true);
    expect(own.trade(makeTrade(5, START))).toBe(false);
    expect(own.trade(makeTrade(6, START + 1, 1e9))).toBe(false);
    expect(own.rejected).toBe(1);
  });

  it('lets trades wait behind missing ones, until these are there or given up', () => {
    const own = watch();
    own.fill([candle(0)], START + MINUTE);
    own.trade(makeTrade(1, START + MINUTE));
    expect(own.trade(makeTrade(4, START + MINUTE + 30))).toBe(false);
    expect(own.trade(makeTrade(6, START + MINUTE + 50))).toBe(false);
    expect(own.gap).toEqual({ fromId: 2, toId: 4, from: START + MINUTE, to: START + MINUTE + 30 });
    expect(own.release()).toEqual([]);
    own.trade(makeTrade(3, START + MINUTE + 20));
    own.trade(makeTrade(2, START + MINUTE + 10));
    own.trade(makeTrade(1, START + MINUTE));
    expect(own.release().map((each) => each.id)).toEqual([2, 3, 4]);
    expect(own.gap).toMatchObject({ fromId: 5, toId: 6 });
    expect(own.giveUp().map((each) => each.id)).toEqual([6]);
    expect(own.gapped).toBe(false);
  });

  it('asks for the minutes of a hole, once they are over', () => {
    const own = watch();
    own.fill([candle(0)], START + MINUTE);
    own.trade(makeTrade(1, START + MINUTE + 50_000));
    own.trade(makeTrade(9, START + 2 * MINUTE + 10_000));
    expect(own.gaps).toBe(1);
    for (const each of own.giveUp()) own.take(each);
    expect(own.takeHole()).toBeUndefined();
    own.trade(makeTrade(10, START + 3 * MINUTE + 2_000));
    const hole = { from: START + MINUTE, to: START + 2 * MINUTE };
    expect(own.takeHole()).toEqual(hole);
    expect(own.takeHole()).toBeUndefined();
    own.unmended(hole);
    expect(own.takeHole()).toEqual(hole);
  });

  it('finds missing minutes by the closed candles of the stream', () => {
    const own = watch();
    own.fill([candle(0), candle(1)], START + 2 * MINUTE);
    expect(own.candle(candle(2, false))).toBe(false);
    expect(own.candle(candle(2))).toBe(true);
    expect(own.takeHole()).toBeUndefined();
    own.candle(candle(6));
    own.trade(makeTrade(1, START + 7 * MINUTE));
    expect(own.takeHole()).toEqual({ from: START + 3 * MINUTE, to: START + 5 * MINUTE });
  });

  it('never lets the tick time go back', () => {
    const own = watch();
    own.fill([], START);
    own.trade(makeTrade(1, START + 10));
    own.trade(makeTrade(2, START + 4));
    expect(own.tickTime).toBe(START + 10);
  });

  describe('whose candles know of trades that are not in yet', () => {
    const moveDown = { metric: 'moveDown', window: '15m' } as const;
    const fall = (own: SymbolWatch) => own.read(moveDown);
    const warmed = () => {
      const own = watch();
      own.fill(
        Array.from({ length: 20 }, (_, minute) => candle(minute - 20)),
        START,
      );
      own.trade(makeTrade(1, START + 1_000, 100));
      return own;
    };
    /** The running minute went up to 104 by now. */
    const jumped = candle(0, false, 103);

    it('judges no older trade by their extremes: neither while trades wait nor where they come later', () => {
      const own = warmed();
      const before = fall(own);
      own.trade(makeTrade(3, START + 3_000, 100));
      own.candle(jumped, START + 9_000);
      own.trade(makeTrade(2, START + 2_000, 100));
      for (const each of own.release()) own.take(each);
      own.settle();
      expect(fall(own)).toBe(before);
      own.trade(makeTrade(4, START + 8_999, 100));
      own.settle();
      expect(fall(own)).toBe(before);
      own.trade(makeTrade(5, START + 9_001, 100));
      own.settle();
      expect(fall(own)).toBeCloseTo(-(1 - 100 / 104) * 100, 6);
    });

    it('waits for the end of a minute that was fetched, unless nothing was traded since', () => {
      const own = warmed();
      own.trade(makeTrade(3, START + 3_000, 100));
      for (const each of own.giveUp()) own.take(each);
      const before = fall(own);
      own.mend([candle(0, true, 103)], START + 2 * MINUTE);
      expect(fall(own)).toBe(before);
      own.hear(START + MINUTE - 2);
      expect(fall(own)).toBe(before);
      own.hear(START + MINUTE);
      own.trade(makeTrade(4, START + MINUTE + 1, 100));
      expect(fall(own)).toBeLessThan(-3);
    });

    it('judges only prices by what was fetched before its first trade, until its trades are as new', () => {
      const own = watch();
      own.trade(makeTrade(1, START + 3_000, 100));
      const minutes = Array.from({ length: 20 }, (_, minute) => candle(minute - 20));
      const held = own.fill([...minutes, candle(0, false, 103)], START + 9_000);
      for (const each of held) own.take(each);
      expect(fall(own)).toBeUndefined();
      expect(own.read({ metric: 'price', window: '1m' })).toBe(100);
      own.trade(makeTrade(2, START + 9_000, 100));
      expect(fall(own)).toBeLessThan(-3);
    });
  });
});
