import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathOf } from '../../src/alerts/candle-path.ts';
import { SIDE_METRICS } from '../../src/alerts/condition.ts';
import { type ForwardSeries, firingsAlong, sideOf } from '../../src/alerts/counting.ts';
import { createEngine } from '../../src/alerts/engine.ts';
import { rearmOf } from '../../src/alerts/kinds.ts';
import { readerAlong } from '../../src/alerts/path-reader.ts';
import { presetsFromCandles } from '../../src/alerts/presets.ts';
import { isCountable, previewRule } from '../../src/alerts/preview.ts';
import { WINDOW_MS, WINDOWS } from '../../src/market/brief.ts';
import type { Candle } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import { makeTrade } from '../support/samples.ts';
import { MINUTE, makeCandle, START, story, walk } from './candles.ts';
import { makeRule } from './rules.ts';

const DAY = 1_440;
const moved = makeRule({ kind: 'move', direction: 'either', threshold: 2, rearm: 1.4, window: '5m' });

describe('the path through a candle', () => {
  const pathThrough = (...candle: [number, number, number, number]) => [
    ...pathOf([makeCandle(0, ...candle)]).prices,
  ];

  it('goes to the nearer extreme first', () => {
    expect(pathThrough(100, 110, 99, 105)).toEqual([100, 99, 110, 105]);
    expect(pathThrough(100, 101, 90, 95)).toEqual([100, 101, 90, 95]);
  });

  it('goes against its body first when both are equally near', () => {
    expect(pathThrough(100, 105, 95, 103)).toEqual([100, 95, 105, 103]);
    expect(pathThrough(100, 105, 95, 97)).toEqual([100, 105, 95, 97]);
  });

  it('passes over what is unsound, running or repeated', () => {
    const good = makeCandle(0, 100, 101, 99, 100);
    const running = { ...makeCandle(1, 100, 101, 99, 100), closed: false };
    const unsound = makeCandle(2, 100, 99, 101, 100);
    expect(pathOf([good, good, running, unsound]).length).toBe(4);
  });
});

/** Plays the path of each candle into a live state as trades, with its closed candle after it. */
function playLive(
  candles: readonly Candle[],
  each: (state: ReturnType<typeof createSymbolState>, point: number) => void,
) {
  const path = pathOf(candles);
  const state = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.01 });
  let id = 0;
  for (const [minute, candle] of candles.entries()) {
    const before = candles[minute - 1];
    // Trades that nobody saw.
    if (before && candle.openTime > before.openTime + MINUTE) id += 1_000;
    for (let point = 4 * minute; point < 4 * minute + 4; point++) {
      const [time = 0, price = 0] = [path.times[point], path.prices[point]];
      id += 1;
      state.trade(makeTrade(id, time, price));
      each(state, point);
    }
    state.candle(candle);
  }
}

/** Candles of whole numbers, each beginning near the close before it. */
const candle = fc.record({
  jump: fc.integer({ min: -3, max: 3 }),
  body: fc.integer({ min: -8, max: 8 }),
  above: fc.nat({ max: 6 }),
  below: fc.nat({ max: 6 }),
});
const someCandles = (most: number) =>
  fc.array(candle, { minLength: 2, maxLength: most, size: 'max' }).map((drawn) => {
    let price = 1_000;
    return drawn.map(({ jump, body, above, below }, minute) => {
      const open = price + jump;
      price = open + body;
      return makeCandle(minute, open, Math.max(open, price) + above, Math.min(open, price) - below, price);
    });
  });

describe('windows along candles', () => {
  const compare = (candles: readonly Candle[], isCompared: (point: number, span: number) => boolean) => {
    const read = readerAlong(pathOf(candles));
    playLive(candles, (state, point) => {
      for (const window of WINDOWS) {
        if (!isCompared(point, WINDOW_MS[window])) continue;
        const along = (['range', 'moveUp', 'moveDown'] as const).map((metric) =>
          read({ metric, window }, point),
        );
        expect(along).toEqual([state.range(window), state.moveUp(window), state.moveDown(window)]);
      }
    });
  };

  // The minute in which trades begin is only known live when its candle closes.
  it('have the values that the live state has', () => {
    fc.assert(
      fc.property(someCandles(40), (candles) => compare(candles, (point) => point >= 4)),
      { numRuns: 150 },
    );
  });

  it('have them also over hours and a day', () => {
    compare(walk(1_700, 7), (point) => point >= 4 && (point < 300 || point % 7 === 0));
  });

  it('have them again when a hole has left the window, and none while too much of it is missing', () => {
    fc.assert(
      fc.property(
        someCandles(45),
        fc.nat({ max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        (all, at, missing) => {
          const candles = all.filter((_, minute) => minute <= at || minute > at + missing);
          const after = START + (at + missing + 2) * MINUTE;
          const { times } = pathOf(candles);
          compare(candles, (point, span) => {
            const begin = (times[point] ?? 0) - span;
            return point >= 4 && (begin > after || (times[point] ?? 0) < START + (at + 1) * MINUTE);
          });
          const read = readerAlong(pathOf(candles));
          for (const [point, time] of times.entries()) {
            const [from, to] = [START + (at + 1) * MINUTE, START + (at + missing + 1) * MINUTE];
            const begin = Math.floor(time / 1_000) * 1_000 + 1_000 - WINDOW_MS['15m'];
            const hole = time < to ? 0 : Math.max(0, to - Math.max(from, begin));
            const known = begin >= START && hole <= 90_000;
            expect(read({ metric: 'range', window: '15m' }, point) !== undefined).toBe(
              known || (begin >= START && candles.length <= at + 1),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('what was traded along candles', () => {
  /** Volumes that differ from minute to minute, and a third to two thirds of them bought. */
  const busy = (minutes: number, seed: number) =>
    walk(minutes, seed).map((each, minute): Candle => {
      const quoteVolume = 1_000 + ((minute * 7_919) % 5_000);
      return { ...each, quoteVolume, takerBuyQuoteVolume: quoteVolume * (0.33 + ((minute * 31) % 34) / 100) };
    });

  it.each([1, 2])('has the values that the live state has at the close of a minute (%s)', (seed) => {
    const all = busy(1_900, seed);
    // A hole of some minutes, known to neither.
    const candles = all.filter((_, minute) => minute < 1_200 || minute > 1_204);
    const read = readerAlong(pathOf(candles));
    for (const last of [1_600, 1_700, 1_850]) {
      const state = createSymbolState({ symbol: 'BTCUSDT', tickSize: 0.01 });
      for (const each of candles.slice(0, last + 1)) state.candle(each);
      const point = 4 * last + 3;
      for (const window of ['1h', '4h'] as const) {
        const live = [state.volumeRatio(window), state.takerRatio(window), state.sigma(window)];
        const range = read({ metric: 'range', window }, point) ?? Number.NaN;
        const along = [
          read({ metric: 'volume', window }, point),
          read({ metric: 'buyers', window }, point),
          range / (read({ metric: 'rangeSigma', window }, point) ?? Number.NaN),
        ];
        expect(live).not.toContain(undefined);
        for (const [i, value] of along.entries()) {
          expect((value ?? Number.NaN) / (live[i] ?? Number.NaN)).toBeCloseTo(1, 9);
        }
      }
    }
  });

  it('is spread evenly over each minute', () => {
    const candles = story(200, {}).map((each, minute) => {
      const quoteVolume = minute === 190 ? 1_000 : 100;
      return { ...each, quoteVolume, takerBuyQuoteVolume: quoteVolume / 4 };
    });
    const read = readerAlong(pathOf(candles));
    const volume = (point: number) => read({ metric: 'volume', window: '1m' }, point);
    // A third of the burst is in by second 20, and two thirds of the quiet minute before it are still in the window.
    expect(volume(4 * 190 + 1)).toBeCloseTo(4, 1);
    expect(volume(4 * 190 + 3)).toBeCloseTo(10, 5);
    expect(read({ metric: 'sellers', window: '5m' }, 4 * 190)).toBeCloseTo(3, 9);
    expect(read({ metric: 'takers', window: '5m' }, 4 * 190)).toBeCloseTo(3, 9);
    expect(volume(4 * 59)).toBeUndefined();
  });

  it('says nothing of what candles do not know', () => {
    const read = readerAlong(pathOf(busy(1_900, 1)));
    for (const metric of SIDE_METRICS) expect(read({ metric, window: '5m' }, 7_000)).toBeUndefined();
    for (const kind of ['funding', 'oi', 'liquidation', 'sentiment', 'listing'] as const) {
      expect(isCountable(kind)).toBe(false);
      expect(() => previewRule({ ...moved, kind }, [])).toThrow(/nothing/);
      expect(() => previewRule({ ...moved, and: { ...moved, kind } }, [])).toThrow(/nothing/);
    }
  });
});

describe('counting without the engine', () => {
  const STALE = 50;
  const value = fc.integer({ min: 1, max: 40 });
  const watch = fc
    .record({
      level: fc.integer({ min: 8, max: 30 }),
      gap: fc.integer({ min: 1, max: 7 }),
      cooldownMs: fc.constantFrom(0, 20, 100, 400),
      holdMs: fc.constantFrom(0, 0, 15, 90),
    })
    .map(({ gap, ...drawn }) => ({ ...drawn, rearm: drawn.level - gap }));
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) },
    fc.constantFrom(STALE, STALE + 1, 90),
  );
  // Long stretches at one height, so that whole blocks are passed over too.
  const stretch = fc.record({ step, rise: value, fall: value, repeat: fc.constantFrom(1, 1, 1, 40, 100) });

  it('is what the engine does, one rule at a time', () => {
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1, maxLength: 40, size: 'max' }),
        watch,
        fc.boolean(),
        fc.nat({ max: 600 }),
        (stretches, watched, either, rest) => {
          const points = stretches.flatMap(({ repeat, ...point }) =>
            Array.from({ length: repeat }, () => point),
          );
          let time = 1_000;
          const times = Float64Array.from(points, (point) => {
            time += point.step;
            return time;
          });
          const rises = Float64Array.from(points, ({ rise }) => rise);
          const falls = Float64Array.from(points, ({ fall }) => fall);
          const series: ForwardSeries = {
            times,
            sides: either ? [sideOf(rises), sideOf(falls)] : [sideOf(rises)],
            end: time + rest,
          };
          const engine = createEngine({ staleMs: STALE });
          const { level: threshold, ...rule } = watched;
          const direction = either ? 'either' : 'up';
          engine.add(makeRule({ ...rule, threshold, kind: 'move', direction }), undefined);
          const told = points.flatMap(({ rise, fall }, i) =>
            engine.tick('BTCUSDT', times[i] ?? 0, i, ({ metric }) => (metric === 'moveDown' ? -fall : rise)),
          );
          told.push(...engine.advance('BTCUSDT', series.end));
          const fired = told.flatMap(({ firing }) => (firing ? [firing.time] : []));
          expect(firingsAlong(series, watched, STALE)).toEqual(fired);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('finds nothing where nothing is known', () => {
    const series: ForwardSeries = { times: new Float64Array(), sides: [sideOf(new Float64Array())], end: 0 };
    expect(firingsAlong(series, { level: 2, rearm: 1, cooldownMs: 0, holdMs: 0 }, STALE)).toEqual([]);
  });
});

describe('a preview', () => {
  it('counts the barks of a day and of a week, the longest burst and the last', () => {
    const candles = story(8 * DAY, {
      // Before the week that counts.
      200: 103,
      [3 * DAY]: 106,
      [3 * DAY + 20]: 103,
      [3 * DAY + 40]: 106,
      [7 * DAY + 600]: 103,
    });
    const preview = previewRule(moved, candles);
    expect(preview).toMatchObject({ fires7d: 4, fires24h: 1, longestBurst: 3, doubts: [], otherFires7d: 4 });
    expect(preview.times.map((time) => Math.floor((time - START) / MINUTE))).toEqual([
      3 * DAY,
      3 * DAY + 20,
      3 * DAY + 40,
      7 * DAY + 600,
    ]);
    expect(preview.lastTime).toBe(preview.times.at(-1));
    expect(preview.judgedMs).toBe(7 * DAY * MINUTE);
  });

  it('counts as one burst what lies within an hour', () => {
    const up = { ...moved, direction: 'up' } as const;
    const burst = (apart: number) =>
      previewRule(up, story(2 * DAY, { 1000: 103, 1030: 100, [1000 + apart]: 103 })).longestBurst;
    expect([burst(59), burst(60)]).toEqual([2, 1]);
  });

  it('keeps cooldown and hold time', () => {
    const candles = story(2 * DAY, { 1000: 103, 1010: 100, 1020: 103 });
    expect(previewRule({ ...moved, direction: 'up' }, candles).fires7d).toBe(2);
    expect(previewRule({ ...moved, direction: 'up', cooldownMs: 3_600_000 }, candles).fires7d).toBe(1);
    expect(previewRule({ ...moved, direction: 'up', holdMs: 4 * MINUTE }, candles)).toMatchObject({
      fires7d: 2,
      doubts: ['within-minute', 'short-history'],
    });
    expect(previewRule({ ...moved, direction: 'up', holdMs: 6 * MINUTE }, candles).fires7d).toBe(0);
  });

  it('counts a rule for once, a paused and an ended one as if it went on', () => {
    const candles = story(2 * DAY, { 1000: 103, 1030: 100 });
    expect(previewRule({ ...moved, mode: 'once', paused: true, until: 5 }, candles).fires7d).toBe(2);
  });

  it('counts crossings of a price and proposes no other', () => {
    const rule = makeRule({ threshold: 102, rearm: 101 });
    const preview = previewRule(rule, story(2 * DAY, { 1000: 103, 1300: 100, 1600: 102 }));
    expect(preview).toMatchObject({
      fires7d: 2,
      suggestion: undefined,
      lastTime: START + 1_600 * MINUTE + 40_000,
    });
  });

  it('counts volume, σ and two conditions, and proposes for one alone', () => {
    const bursts = [3_000, 3_500, 4_000, 5_000];
    const candles = walk(5 * DAY, 3).map((each, minute) => {
      const quoteVolume = bursts.includes(minute) ? 2_000 : 100 + (minute % 7);
      return { ...each, quoteVolume, takerBuyQuoteVolume: quoteVolume / 2 };
    });
    const volume = makeRule({ kind: 'volume', threshold: 3, rearm: 2.1, window: '5m' });
    expect(previewRule(volume, candles)).toMatchObject({ fires7d: 4, longestBurst: 1 });
    const { suggestion = 0 } = previewRule(volume, candles);
    expect(previewRule({ ...volume, threshold: suggestion, rearm: suggestion * 0.7 }, candles).fires7d).toBe(
      4,
    );
    const inSigma = makeRule({
      kind: 'move',
      direction: 'either',
      unit: 'sigma',
      threshold: 3,
      rearm: 2.1,
      window: '5m',
    });
    const alone = previewRule(inSigma, candles);
    expect(alone.fires7d).toBeGreaterThan(4);
    expect(alone.suggestion).toBeGreaterThan(3);
    const either = makeRule({ kind: 'move', direction: 'either', threshold: 0.15, rearm: 0.1, window: '5m' });
    const joint = previewRule({ ...either, and: { ...volume } }, candles);
    expect(joint.fires7d).toBeLessThan(previewRule(either, candles).fires7d);
    expect(joint).toMatchObject({ suggestion: undefined });
    const always = { ...volume, threshold: 0.1, rearm: 0.05 };
    expect(previewRule({ ...either, and: always }, candles).fires7d).toBeGreaterThan(4);
  });

  it('takes less than three steps of the price for no move, in σ', () => {
    const candles = walk(3 * DAY, 3);
    const inSigma = makeRule({ kind: 'move', direction: 'either', unit: 'sigma', threshold: 3, rearm: 2.1 });
    const { fires7d } = previewRule(inSigma, candles, 0.001);
    expect(fires7d).toBe(previewRule(inSigma, candles).fires7d);
    // A step of 1 % of the price: nothing on the walk is three of them within five minutes.
    expect(previewRule(inSigma, candles, 1)).toMatchObject({ fires7d: 0 });
    expect(fires7d).toBeGreaterThan(0);
  });

  it('says when it matters which extreme of a candle came first', () => {
    const candles = story(2 * DAY, {});
    // From 100 down to 97.5 and up to 103: only in this order is it a fall and a rise.
    candles[2_000] = makeCandle(2_000, 100, 103, 97.5, 100);
    const preview = previewRule({ ...moved, window: '1m', direction: 'up', threshold: 4, rearm: 3 }, candles);
    expect(preview).toMatchObject({ fires7d: 1, otherFires7d: 0 });
    expect(preview.doubts).toEqual(['order', 'within-minute', 'short-history']);
  });

  it('says nothing from less than a window, and proposes nothing from less than a day', () => {
    expect(previewRule(moved, [])).toMatchObject({ fires7d: 0, judgedMs: 0, suggestion: undefined });
    expect(previewRule(moved, story(4, { 2: 110 }))).toMatchObject({ fires7d: 0, judgedMs: 0 });
    expect(previewRule(moved, walk(1_000, 1))).toMatchObject({ suggestion: undefined });
  });

  it('proposes a threshold that would have fired about once a day', () => {
    for (const seed of [1, 2, 3]) {
      const candles = walk(7 * DAY, seed);
      const { suggestion = 0 } = previewRule(moved, candles);
      const { fires7d } = previewRule({ ...moved, threshold: suggestion, rearm: suggestion * 0.7 }, candles);
      expect(fires7d).toBeGreaterThanOrEqual(5);
      expect(fires7d).toBeLessThanOrEqual(9);
    }
  });
});

describe('presets from candles', () => {
  const shape = { kind: 'move', direction: 'either', window: '5m', cooldownMs: 300_000, holdMs: 0 } as const;

  it('are of two digits, and no neighbour would have fired nearer to 1, 3 and 10 times a day', () => {
    const candles = walk(7 * DAY, 5);
    const presets = presetsFromCandles(candles, shape);
    for (const [preset, wanted] of [
      ['calm', 1],
      ['normal', 3],
      ['lively', 10],
    ] as const) {
      const threshold = presets?.[preset] ?? 0;
      expect(threshold).toBe(Number(threshold.toPrecision(2)));
      const digit = 10 ** (Math.floor(Math.log10(threshold)) - 1);
      const [miss = 0, ...others] = [threshold, threshold - digit, threshold + digit].map((each) => {
        const level = Number(each.toPrecision(2));
        const rule = makeRule({ ...shape, threshold: level, rearm: rearmOf('move', level) });
        return Math.abs(previewRule(rule, candles).fires7d / 7 - wanted);
      });
      expect(miss).toBeLessThanOrEqual(Math.min(...others) + 0.01);
      expect(miss).toBeLessThan(wanted / 3);
    }
  });

  it('grow from lively over normal to calm, on every walk', () => {
    for (const window of WINDOWS) {
      const presets = presetsFromCandles(walk(3 * DAY, 9), { ...shape, window });
      const { calm = 0, normal = 0, lively = 0 } = presets ?? {};
      expect([calm, normal, lively]).toEqual([calm, normal, lively].toSorted((a, b) => b - a));
    }
  });

  it('ask for no less than what is noise on every symbol', () => {
    expect(presetsFromCandles(story(2 * DAY, {}), shape)).toEqual({ calm: 0.15, normal: 0.15, lively: 0.15 });
  });

  it('would all have fired, though some barks may be farther from one a day than none', () => {
    // Up and down by the same 3 %: all are reached or none.
    const candles = story(1_445, { 700: 103.01, 701: 99.9, 800: 102.92, 801: 99.82 });
    const { calm = 0 } = presetsFromCandles(candles, shape) ?? {};
    expect(previewRule({ ...moved, threshold: calm, rearm: rearmOf('move', calm) }, candles).fires7d).toBe(4);
  });

  it('are not counted on less than about a day', () => {
    expect(presetsFromCandles(walk(1_200, 1), shape)).toBeUndefined();
    expect(presetsFromCandles(walk(1_440, 1), shape)).toBeDefined();
    expect(presetsFromCandles(walk(1_440, 1), { ...shape, window: '24h' })).toBeUndefined();
  });
});
