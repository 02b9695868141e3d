import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { KlineRow } from '../../src/exchange/market-model.ts';
import { createSimulatedMarket, type SimulatedMarket } from '../../src/exchange/simulated.ts';
import { ManualClock } from '../support/clock.ts';

const NOON = Date.UTC(2026, 10, 24, 12);

const tradeFrame = z.strictObject({
  e: z.literal('aggTrade'),
  E: z.number(),
  a: z.number(),
  s: z.string(),
  p: z.string(),
  q: z.string(),
  nq: z.string(),
  f: z.number(),
  l: z.number(),
  T: z.number(),
  m: z.boolean(),
  st: z.literal(1),
});
const klineFrame = z.object({
  E: z.number(),
  k: z.object({
    t: z.number(),
    x: z.boolean(),
    o: z.string(),
    h: z.string(),
    l: z.string(),
    c: z.string(),
    v: z.string(),
    n: z.number(),
    q: z.string(),
    V: z.string(),
    Q: z.string(),
    f: z.number(),
    L: z.number(),
  }),
});

/** A market that only moves when told, with everything it sends. */
function quietMarket(options: { seed?: number; volatility?: number; bursts?: boolean } = {}) {
  const clock = new ManualClock(NOON + 20_000);
  const market = createSimulatedMarket({ clock, automatic: false, bursts: false, ...options });
  const frames: { stream: string; data: string }[] = [];
  market.open({
    push: (stream, data) => frames.push({ stream, data }),
    congested: false,
    drained: () => Promise.resolve(),
  });
  return {
    market,
    frames,
    run(ms: number) {
      clock.advanceBy(ms);
      market.advanceTo(clock.now());
    },
    of: (stream: string) => frames.filter((frame) => frame.stream === stream).map((frame) => frame.data),
  };
}

const lastMinutes = (market: SimulatedMarket, symbol: string, limit: number): readonly KlineRow[] =>
  market.klines({ symbol, interval: '1m', startTime: undefined, endTime: undefined, limit });

describe('the simulated market', () => {
  it('has the same prices for the same seed, whoever watches, and others for another', () => {
    const [first, second, other] = [
      quietMarket({ seed: 7 }),
      quietMarket({ seed: 7 }),
      quietMarket({ seed: 8 }),
    ];
    for (const stream of ['btcusdt@aggTrade', 'btcusdt@depth20@100ms', '!ticker@arr'])
      second.market.watch(stream);
    for (const one of [first, second, other]) one.run(90_000);
    const rows = lastMinutes(first.market, 'ETHUSDT', 200);
    expect(lastMinutes(second.market, 'ETHUSDT', 200)).toEqual(rows);
    expect(lastMinutes(other.market, 'ETHUSDT', 200)).not.toEqual(rows);
  });

  it('brings a day and more of minutes that meet the live price', () => {
    const { market } = quietMarket();
    const rows = lastMinutes(market, 'BTCUSDT', 1500);
    expect(rows).toHaveLength(1500);
    rows.slice(1).forEach((row, i) => {
      expect(Number(row[0])).toBe(Number(rows[i]?.[0]) + 60_000);
      const [open, high, low, close] = row.slice(1, 5).map(Number);
      expect(Math.max(open ?? 0, close ?? 0)).toBeLessThanOrEqual(high ?? 0);
      expect(Math.min(open ?? 0, close ?? 0)).toBeGreaterThanOrEqual(low ?? 0);
    });
    const [past, running] = [rows.at(-2), rows.at(-1)];
    expect(Math.abs(Number(running?.[1]) / Number(past?.[4]) - 1)).toBeLessThan(0.001);
    expect(market.dayTicker('BTCUSDT')).toMatchObject({ lastPrice: running?.[4] });
  });

  it('moves the coins together', () => {
    const { market } = quietMarket();
    const returns = (symbol: string) =>
      lastMinutes(market, symbol, 1000).map((row) => Math.log(Number(row[4]) / Number(row[1])));
    const [btc, eth, gold] = [returns('BTCUSDT'), returns('ETHUSDT'), returns('XAUUSDT')];
    expect(correlation(btc, eth)).toBeGreaterThan(0.5);
    expect(Math.abs(correlation(btc, gold))).toBeLessThan(0.4);
  });

  it('sends trades in the form of today, with ids that grow by one', () => {
    const { market, run, of } = quietMarket();
    market.watch('btcusdt@aggTrade');
    run(30_000);
    const trades = of('btcusdt@aggTrade').map((text) => tradeFrame.parse(JSON.parse(text)));
    expect(trades.length).toBeGreaterThan(100);
    trades.slice(1).forEach((trade, i) => {
      expect(trade.a).toBe((trades[i]?.a ?? 0) + 1);
      expect(trade.f).toBe((trades[i]?.l ?? 0) + 1);
      expect(trade.T).toBeGreaterThanOrEqual(trades[i]?.T ?? 0);
      expect(trade.E).toBeGreaterThanOrEqual(trade.T);
    });
  });

  it('makes each candle of exactly the trades of its minute', () => {
    const { market, run, of } = quietMarket();
    for (const stream of ['btcusdt@aggTrade', 'btcusdt@kline_1m', 'btcusdt@kline_5m']) market.watch(stream);
    run(40_000); // to 12:01:00
    run(60_000);
    const trades = of('btcusdt@aggTrade')
      .map((text) => tradeFrame.parse(JSON.parse(text)))
      .filter((trade) => trade.T >= NOON + 60_000 && trade.T < NOON + 120_000);
    const klines = of('btcusdt@kline_1m').map((text) => klineFrame.parse(JSON.parse(text)));
    const closed = klines.find((frame) => frame.k.t === NOON + 60_000 && frame.k.x);
    const prices = trades.map((trade) => Number(trade.p));
    const sum = (of: (trade: z.infer<typeof tradeFrame>) => number) =>
      trades.reduce((total, trade) => total + of(trade), 0);
    expect(closed).toMatchObject({
      E: NOON + 120_000,
      k: {
        o: trades[0]?.p,
        c: trades.at(-1)?.p,
        h: Math.max(...prices).toFixed(2),
        l: Math.min(...prices).toFixed(2),
        v: sum((trade) => Number(trade.q)).toFixed(3),
        n: sum((trade) => trade.l - trade.f + 1),
        V: sum((trade) => (trade.m ? 0 : Number(trade.q))).toFixed(3),
        f: trades[0]?.f,
        L: trades.at(-1)?.l,
      },
    });
    expect(klines.filter((frame) => frame.k.x)).toHaveLength(2);
    expect(lastMinutes(market, 'BTCUSDT', 2)[0]?.slice(1, 6)).toEqual([
      closed?.k.o,
      closed?.k.h,
      closed?.k.l,
      closed?.k.c,
      closed?.k.v,
    ]);
    expect(of('btcusdt@kline_5m').some((text) => text.includes('"x":true'))).toBe(false);
  });

  it('jumps, glides and prints as the script says', () => {
    const { market, run, of } = quietMarket({ volatility: 0 });
    market.watch('ethusdt@aggTrade');
    const newest = () => Number(tradeFrame.parse(JSON.parse(of('ethusdt@aggTrade').at(-1) ?? '')).p);
    market.setPrice('ETHUSDT', 2000);
    expect(newest()).toBe(2000);
    market.jump('ETHUSDT', 2);
    expect(newest()).toBe(2040);
    run(5_000);
    expect(newest()).toBeCloseTo(2040, 0);
    market.jump('ETHUSDT', -1, 10_000);
    run(5_000);
    expect(newest()).toBeCloseTo(2040 * Math.sqrt(0.99), 0);
    run(10_000);
    expect(newest()).toBeCloseTo(2019.6, 0);
    market.print('ETHUSDT', 2222, 1);
    expect(newest()).toBe(2222);
    run(2_000);
    expect(newest()).toBeCloseTo(2019.6, 0);
    expect(() => market.jump('NOSUCH', 1)).toThrow(/no NOSUCH/);
  });

  it('keeps quiet about a frozen stream and a symbol that stopped trading, and says that it stopped', () => {
    const { market, run, of, frames } = quietMarket();
    for (const stream of ['btcusdt@aggTrade', 'ethusdt@aggTrade', '!contractInfo']) market.watch(stream);
    market.freeze('btcusdt@aggTrade');
    market.setStatus('ETHUSDT', 'SETTLING');
    run(5_000);
    expect(frames.map((frame) => frame.stream)).toEqual(['!contractInfo']);
    expect(JSON.parse(of('!contractInfo')[0] ?? '')).toMatchObject({ s: 'ETHUSDT', cs: 'SETTLING' });
    expect(market.openInterest('ETHUSDT')).toBeUndefined();
    market.thaw('btcusdt@aggTrade');
    run(5_000);
    expect(of('btcusdt@aggTrade').length).toBeGreaterThan(0);
  });

  it.each([1, 2, 3, 4, 5])(
    'moves by more than one per cent within five minutes, in the demo (seed %i)',
    (seed) => {
      const { market, run } = quietMarket({ seed, bursts: true });
      run(300_000);
      const ranges = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'].map((symbol) => {
        const rows = lastMinutes(market, symbol, 6);
        return (
          Math.max(...rows.map((row) => Number(row[2]))) / Math.min(...rows.map((row) => Number(row[3]))) - 1
        );
      });
      expect(Math.max(...ranges)).toBeGreaterThan(0.01);
    },
  );

  it('catches up after a night asleep', () => {
    const { market, run } = quietMarket();
    run(8 * 3_600_000);
    const rows = lastMinutes(market, 'BTCUSDT', 481);
    expect(rows.every((row) => Number(row[8]) > 0)).toBe(true);
    expect(rows.at(-1)?.[0]).toBe(NOON + 8 * 3_600_000);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const cov = mean(a.map((value, i) => (value - ma) * ((b[i] ?? 0) - mb)));
  const deviation = (values: readonly number[], m: number) =>
    Math.sqrt(mean(values.map((value) => (value - m) ** 2)));
  return cov / (deviation(a, ma) * deviation(b, mb));
}
