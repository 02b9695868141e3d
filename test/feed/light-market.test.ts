import { afterEach, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/alerts/engine.ts';
import { LightWatch } from '../../src/feed/light-market.ts';
import { startLightWarmUp } from '../../src/feed/light-warm-up.ts';
import { RuleBook } from '../../src/feed/rule-book.ts';
import { DEFAULT_TIMINGS } from '../../src/feed/timings.ts';
import { OperationalError } from '../../src/kit/errors.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Candle } from '../../src/market/events.ts';
import { FAST, priceRule } from './support.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 10, 24, 12);

const light = (symbol = 'SOLUSDT') =>
  new LightWatch({ symbol, base: symbol, tickSize: 0.01, status: 'TRADING' }, () => false);

/** Candles as they are answered at `time`: the last one still runs. */
function candlesAt(time: number, minutes = 10): Candle[] {
  const running = Math.floor(time / MINUTE) * MINUTE;
  return Array.from({ length: minutes }, (_, index) => {
    const openTime = running - (minutes - 1 - index) * MINUTE;
    return {
      openTime,
      open: 100,
      high: 101,
      low: 99,
      close: 100,
      volume: 1,
      quoteVolume: 100,
      trades: 1,
      takerBuyQuoteVolume: 50,
      closed: openTime < running,
    };
  });
}

function ticker(watch: LightWatch, eventTime: number, last = 100): void {
  const { symbol } = watch;
  watch.ticker({ symbol, last, open: 100, high: 101, low: 99, quoteVolume: 1e9, eventTime });
}

/** Hears a price each second from `from` up to `to`. */
function hear(watch: LightWatch, from: number, to: number): void {
  for (let time = from; time <= to; time += 1_000) ticker(watch, time);
}

const move = (watch: LightWatch) => watch.read({ metric: 'moveUp', window: '5m' });

describe('the windows of a symbol that only the streams of the whole market tell of', () => {
  it('are known from its first price on, once there are candles', () => {
    const watch = light();
    watch.fill(candlesAt(T0 + 30_000), 5, 0);
    ticker(watch, T0 + 30_500);
    expect(move(watch)).toBeCloseTo(1.01, 2);
    expect(watch.lacks).toBe(false);
  });

  it('lack the minute in which candles came when it ended before anything was heard, and get it at once', () => {
    const watch = light();
    watch.fill(candlesAt(T0 + MINUTE - 500), 5, 0);
    hear(watch, T0 + MINUTE + 300, T0 + MINUTE + 1_300);
    expect(move(watch)).toBeUndefined();
    expect(watch.lacks).toBe(true);
    watch.fill(candlesAt(T0 + MINUTE + 1_300), 1, watch.state.time);
    expect(move(watch)).toBeCloseTo(1.01, 2);
    expect(watch.lacks).toBe(false);
  });

  it('need the candle of the minute in which hearing began, and none after it', () => {
    const watch = light();
    watch.fill(candlesAt(T0 + 20_000), 5, 0);
    hear(watch, T0 + 20_300, T0 + MINUTE + 1_300);
    expect(watch.lacks).toBe(true);
    watch.fill(candlesAt(T0 + MINUTE + 1_300), 1, watch.state.time);
    hear(watch, T0 + MINUTE + 2_300, T0 + 5 * MINUTE);
    expect(watch.lacks).toBe(false);
    expect(move(watch)).toBeDefined();
  });

  it('need no candle for ever that the exchange does not have', () => {
    const watch = light();
    watch.fill(candlesAt(T0 + 20_000), 5, 0);
    hear(watch, T0 + 20_300, T0 + MINUTE + 1_300);
    watch.fill([], 1, watch.state.time);
    expect(watch.lacks).toBe(false);
  });

  it('need the minutes of a silence again, and all of them after one that the cheapest call does not reach', () => {
    const watch = light();
    watch.fill(candlesAt(T0), 5, 0);
    hear(watch, T0 + 300, T0 + 2 * MINUTE);
    watch.fill(candlesAt(T0 + 2 * MINUTE), 1, watch.state.time);
    watch.unseen(T0 + 2 * MINUTE, T0 + 4 * MINUTE);
    ticker(watch, T0 + 4 * MINUTE);
    expect(move(watch)).toBeUndefined();
    ticker(watch, T0 + 4 * MINUTE + 1_000);
    expect(watch).toMatchObject({ lacks: true, minutesKnown: 5 });
    watch.fill(candlesAt(T0 + 4 * MINUTE + 1_000), 1, watch.state.time);
    expect(move(watch)).toBeDefined();
    watch.unseen(T0 + 5 * MINUTE, T0 + 125 * MINUTE);
    expect(watch.minutesKnown).toBe(0);
  });
});

describe('warming the symbols that rules on all symbols watch', () => {
  const ending = new AbortController();
  afterEach(() => ending.abort(new Error('over')));

  it('passes over one whose candles cannot be had: the others do not wait for it', async () => {
    const log = silentLog();
    const book = new RuleBook(createEngine(), log);
    const watches = new Map(['BADUSDT', 'SOLUSDT', 'XRPUSDT'].map((symbol) => [symbol, light(symbol)]));
    for (const symbol of watches.keys()) {
      book.add({ ...priceRule({ symbol, kind: 'move', threshold: 3, rearm: 2.1 }), all: true }, undefined);
    }
    const asked: string[] = [];
    const loop = startLightWarmUp({
      rest: {
        async klines(symbol) {
          asked.push(symbol);
          if (symbol === 'BADUSDT') throw new OperationalError('bug', 'HTTP 400: no such symbol');
          return candlesAt(T0);
        },
      },
      light: { watches, fill: (watch, ...candles) => watch.fill(...candles) },
      book,
      timings: { ...DEFAULT_TIMINGS, ...FAST },
      log,
      signal: ending.signal,
    });
    await vi.waitFor(() => expect(watches.get('XRPUSDT')?.minutesKnown).toBe(5));
    await loop.stop();
    expect(asked).toEqual(['BADUSDT', 'SOLUSDT', 'XRPUSDT']);
  });
});
