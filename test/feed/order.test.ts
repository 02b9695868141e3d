import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEngine } from '../../src/alerts/engine.ts';
import type { Firing } from '../../src/alerts/rule.ts';
import { Pipeline } from '../../src/feed/pipeline.ts';
import { RuleBook } from '../../src/feed/rule-book.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Candle, Trade } from '../../src/market/events.ts';
import { makeRule, makeTrade } from '../support/samples.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const START = Date.UTC(2026, 10, 24, 12);
const FLAT = 100;

/** What happened: a trade every so often, at a price that jumps about. */
const market = fc
  .array(fc.record({ after: fc.integer({ min: 1, max: 4_000 }), price: fc.integer({ min: 96, max: 104 }) }), {
    minLength: 20,
    maxLength: 120,
  })
  .map((steps) => {
    let time = START;
    return steps.map(({ after, price }, i) => {
      time += after;
      return makeTrade(i + 1, time, price);
    });
  });

/** How it reaches us: what each stream is late by (ms), which trades no socket brings, when they are found or given up. */
interface Delivery {
  trades: number;
  candles: number;
  /** When the first candles are there, ms after the first trade. */
  filled: number;
  lost: { from: number; count: number; after: number; found: boolean };
}
const delivery: fc.Arbitrary<Delivery> = fc.record({
  trades: fc.integer({ min: 0, max: 3_000 }),
  candles: fc.integer({ min: 0, max: 3_000 }),
  filled: fc.integer({ min: 0, max: 90_000 }),
  lost: fc.record({ from: fc.nat(60), count: fc.nat(20), after: fc.nat(60_000), found: fc.boolean() }),
});

/** The candle of a minute as the exchange knows it at `asOf`. */
function candleOf(trades: readonly Trade[], openTime: number, asOf: number): Candle {
  const before = trades.findLast(({ time }) => time < openTime)?.price ?? FLAT;
  const prices = trades
    .filter(({ time }) => time >= openTime && time <= asOf && time < openTime + MINUTE)
    .map(({ price }) => price);
  const open = prices[0] ?? before;
  return {
    openTime,
    open,
    high: Math.max(open, ...prices),
    low: Math.min(open, ...prices),
    close: prices.at(-1) ?? open,
    volume: prices.length,
    quoteVolume: prices.length * FLAT,
    trades: prices.length,
    takerBuyQuoteVolume: 0,
    closed: asOf >= openTime + MINUTE,
  };
}

/** All that the market did by `asOf`, as REST tells it. */
function candlesOf(trades: readonly Trade[], asOf: number): Candle[] {
  const first = START - 20 * MINUTE;
  const count = Math.floor((asOf - first) / MINUTE) + 1;
  return Array.from({ length: count }, (_, i) => candleOf(trades, first + i * MINUTE, asOf));
}

/** Plays the market to a pipeline in the order in which it arrives; returns what a rule on moves fired. */
function firingsOf(trades: readonly Trade[], how: Delivery) {
  const firings: Firing[] = [];
  const book = new RuleBook(createEngine(), silentLog());
  const pipeline = new Pipeline({
    book,
    onTransitions: (_watch, transitions) =>
      firings.push(...transitions.flatMap(({ firing }) => firing ?? [])),
    onGap: () => undefined,
    onClosedCandle: () => undefined,
    onContract: () => undefined,
    onTrades50: () => undefined,
    onLag: () => undefined,
  });
  const rule = makeRule({
    kind: 'move',
    direction: 'either',
    threshold: 3,
    rearm: 2.1,
    cooldownMs: 0,
    window: '15m',
  });
  book.add(rule, { phase: 'armed', since: 0, lastFire: 0, episode: 0, suppressed: 0, deferred: false });
  const watch = pipeline.watch({ symbol: rule.symbol, base: 'BTC', tickSize: 0.1, status: 'TRADING' });
  const lost = trades.slice(how.lost.from, how.lost.from + how.lost.count);
  // A stream that brings nothing for 10 s is known to be silent.
  const silentFrom = (lost[0]?.time ?? Infinity) + 10 * SECOND;
  const filledAt = START + how.filled;
  const foundAt = Math.max(filledAt, (lost.at(-1)?.time ?? START) + how.lost.after) + 3 * SECOND;
  const end = (trades.at(-1)?.time ?? START) + MINUTE;
  const arrivals: { at: number; take: () => void }[] = [];
  for (const trade of trades) {
    if (lost.includes(trade)) continue;
    arrivals.push({ at: trade.time + how.trades, take: () => pipeline.handle({ type: 'trade', trade }) });
  }
  for (let time = START; time < end; time += SECOND) {
    const openTime = Math.floor((time - 1) / MINUTE) * MINUTE;
    const candle = candleOf(trades, openTime, time);
    arrivals.push(
      {
        at: time + how.candles,
        take: () => pipeline.handle({ type: 'candle', symbol: rule.symbol, candle, eventTime: time }),
      },
      {
        at: time,
        take: () => {
          const mark = { mark: FLAT, index: FLAT, fundingRate: 0, nextFundingTime: 0, eventTime: time };
          pipeline.handle({ type: 'marks', marks: [{ symbol: rule.symbol, ...mark }] });
          pipeline.advance(time - 2_000, () => time < silentFrom || time > foundAt);
        },
      },
    );
  }
  arrivals.push({ at: filledAt, take: () => pipeline.fill(watch, candlesOf(trades, filledAt)) });
  arrivals.push({
    at: foundAt,
    take() {
      if (!watch.gapped) return;
      if (how.lost.found) return pipeline.replay(watch, lost, 0);
      pipeline.giveUp(watch);
      watch.mend(candlesOf(trades, foundAt), pipeline.asOf);
    },
  });
  for (const { take } of arrivals.toSorted((a, b) => a.at - b.at)) take();
  return firings;
}

it('fires for no move that never was, in whatever order trades, candles and fetched candles arrive', () => {
  fc.assert(
    fc.property(market, delivery, (trades, how) => {
      for (const { time, value } of firingsOf(trades, how)) {
        // The trade that is judged, against all before it.
        const last = trades.findLast((trade) => trade.time <= time);
        const before = trades.filter((trade) => trade.id <= (last?.id ?? 0)).map(({ price }) => price);
        const price = last?.price ?? FLAT;
        const rise = (price / Math.min(FLAT, ...before) - 1) * 100;
        const fall = (price / Math.max(FLAT, ...before) - 1) * 100;
        expect(value).toBeLessThanOrEqual(rise + 1e-9);
        expect(value).toBeGreaterThanOrEqual(fall - 1e-9);
      }
    }),
    { numRuns: 2_000 },
  );
});
