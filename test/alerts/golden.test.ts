import { describe, expect, it } from 'vitest';
import { pathOf } from '../../src/alerts/candle-path.ts';
import { presetThreshold } from '../../src/alerts/defaults.ts';
import { createEngine } from '../../src/alerts/engine.ts';
import { rearmOf } from '../../src/alerts/kinds.ts';
import { presetsFromCandles } from '../../src/alerts/presets.ts';
import { previewRule } from '../../src/alerts/preview.ts';
import { type Firing, type InstancePhase, PRESETS, type Rule } from '../../src/alerts/rule.ts';
import { FrameDecoder } from '../../src/feed/decode/decoder.ts';
import type { FeedEvent } from '../../src/feed/decode/events.ts';
import { metricReader } from '../../src/feed/metrics.ts';
import { WINDOWS } from '../../src/market/brief.ts';
import type { Candle, Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import type { SymbolState } from '../../src/market/symbol-state.ts';
import { MINUTE } from './candles.ts';
import { recorded, recordedCandles, recordedFrames } from './recorded.ts';
import { makeRule } from './rules.ts';

if (!recorded) console.log('skipped: no recorded data');

/** What the live feed does without sockets and store: events → windows → rules. */
class Feed {
  readonly firings: Firing[] = [];
  accepted = 0;
  rejected = 0;
  readonly #rules: readonly Rule[];
  readonly #engine = createEngine();
  readonly #states = new Map<string, SymbolState>();

  constructor(rules: readonly Rule[], warmUp: readonly Candle[] = []) {
    this.#rules = rules;
    for (const rule of rules) {
      this.#engine.add(rule, undefined);
      if (this.#states.has(rule.symbol)) continue;
      const state = createSymbolState({ symbol: rule.symbol, tickSize: 0.01 });
      state.warm(warmUp);
      this.#states.set(rule.symbol, state);
    }
  }

  handle(event: FeedEvent): void {
    if (event.type === 'marks') for (const mark of event.marks) this.#states.get(mark.symbol)?.mark(mark);
    if (event.type === 'candle') this.#states.get(event.symbol)?.candle(event.candle);
    if (event.type === 'trade') this.#trade(event.trade);
  }

  phases(): (InstancePhase | undefined)[] {
    return this.#rules.map(({ id, symbol }) => this.#engine.state(id, symbol)?.phase);
  }

  #trade(trade: Trade): void {
    const state = this.#states.get(trade.symbol);
    if (!state) return;
    if (state.trade(trade).type !== 'accepted') {
      this.rejected += 1;
      return;
    }
    this.accepted += 1;
    const told = this.#engine.tick(trade.symbol, trade.time, trade.id, metricReader(state));
    for (const { firing } of told) if (firing) this.firings.push(firing);
  }
}

/** Minutes of one price before the first frame, so that every window is known from its first trade on. */
function flatDay(until: number, price: number): Candle[] {
  const first = Math.floor(until / MINUTE) * MINUTE - 1_440 * MINUTE;
  return Array.from({ length: 1_440 }, (_, minute) => ({
    openTime: first + minute * MINUTE,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 1,
    quoteVolume: price,
    trades: 1,
    takerBuyQuoteVolume: 0,
    closed: true,
  }));
}

/**
 * What recorded frames of one symbol say, with the closed candle that a live feed would bring of the minute in which they
 * begin: these tapes have none, and without it the windows do not know that minute.
 */
function* eventsOf(frames: readonly Buffer[], symbol: string): Generator<FeedEvent> {
  const decoder = new FrameDecoder();
  const prices: number[] = [];
  let minute = 0;
  for (const frame of frames) {
    const event = decoder.decode(frame);
    if (event.type === 'trade' && event.trade.symbol === symbol && minute >= 0) {
      const { price, time } = event.trade;
      minute ||= Math.floor(time / MINUTE) * MINUTE;
      if (time < minute + MINUTE) prices.push(price);
      else {
        const [open = price] = prices;
        const [high, low, close] = [Math.max(...prices), Math.min(...prices), prices.at(-1) ?? price];
        const [flat] = flatDay(minute + 1_440 * MINUTE, price);
        if (flat) {
          const candle = { ...flat, open, high, low, close };
          yield { type: 'candle', symbol, candle, eventTime: minute + MINUTE };
        }
        minute = -1;
      }
    }
    yield event;
  }
}

/** A candle's path as the events that live trading would bring: four trades, then the closed candle. */
function* tradesOf(symbol: string, candles: readonly Candle[]): Generator<FeedEvent> {
  const { times, prices } = pathOf(candles);
  for (const [minute, candle] of candles.entries()) {
    for (let point = 4 * minute; point < 4 * minute + 4; point++) {
      const [time = 0, price = 0] = [times[point], prices[point]];
      const trade = { symbol, id: point + 1, price, quantity: 1, time, eventTime: time, buyerIsMaker: false };
      yield { type: 'trade', trade };
    }
    yield { type: 'candle', symbol, candle, eventTime: candle.openTime + MINUTE };
  }
}

function moveRule(symbol: string, threshold: number, change: Partial<Rule> = {}): Rule {
  const move = { kind: 'move', direction: 'either', window: '5m', cooldownMs: 5 * MINUTE } as const;
  return makeRule({ ...move, symbol, threshold, rearm: rearmOf('move', threshold), ...change });
}

const clock = (time: number) => new Date(time).toISOString().slice(5, 16);

describe.skipIf(!recorded)('2023-04-05, when the insurance fund printed 2 % off the market', () => {
  const TAPE = 'ws-derived/tape-2023-04-05.aggTrade+depth20+markPrice.jsonl.gz';
  const RAW = 'ws-real/btcusdt-2023-04-05.trade+markPrice.jsonl.gz';
  const FIRST = 1_680_652_700_452;
  const PRINT = { time: 1_680_652_874_400, price: 28_722.5 };
  const change = (id: string, kind: 'move' | 'volatility', threshold: number, window: Rule['window']) =>
    moveRule('BTCUSDT', threshold, { id, kind, window, direction: kind === 'move' ? 'either' : 'up' });
  const rules = [
    change('move1m', 'move', 0.5, '1m'),
    change('move5m', 'move', 1, '5m'),
    change('range5', 'volatility', 1, '5m'),
    change('range1', 'volatility', 1, '1h'),
    makeRule({ id: 'level2', threshold: 28_500, rearm: 28_440 }),
  ];

  /** Plays the aggregate trades with one print among them, whose id comes in between. */
  const playWithPrint = (price: number) => {
    const feed = new Feed(rules, flatDay(FIRST, 28_145.1));
    let late = 0;
    for (const event of eventsOf(recordedFrames(TAPE), 'BTCUSDT')) {
      if (event.type !== 'trade') {
        feed.handle(event);
        continue;
      }
      const { trade } = event;
      if (late === 0 && trade.time > PRINT.time) {
        late = 1;
        feed.handle({ type: 'trade', trade: { ...trade, price, time: PRINT.time } });
      }
      feed.handle({ type: 'trade', trade: { ...trade, id: trade.id + late } });
    }
    return feed;
  };

  it('is silent: the print is on the raw stream alone, which nothing reads', () => {
    const feed = new Feed(rules, flatDay(FIRST, 28_145.1));
    const frames = recordedFrames(TAPE, RAW);
    const [print] = frames.filter((frame) => frame.includes('INSURANCE_FUND'));
    expect(print && new FrameDecoder().decode(print)).toEqual({ type: 'ignored' });
    for (const event of eventsOf(frames, 'BTCUSDT')) feed.handle(event);
    expect(feed.accepted).toBe(4_028);
    expect(feed.firings).toEqual([]);
    expect(feed.phases()).toEqual(rules.map(() => 'armed'));
  });

  it('would be loud if such a print came as an aggregate trade, since 2 % may be a real price', () => {
    const { firings } = playWithPrint(PRINT.price);
    expect(new Set(firings.map(({ ruleId }) => ruleId))).toEqual(new Set(rules.map(({ id }) => id)));
  });

  it('would reject it there too if it were more than a tenth from the mark price', () => {
    const { firings, rejected } = playWithPrint(28_145 * 1.12);
    expect(firings).toEqual([]);
    expect(rejected).toBe(1);
  });
});

describe.skipIf(!recorded)('LAYERUSDT, 2025-05-05 to 08: 187 minutes of 1 % and more', () => {
  const shape = { kind: 'move', direction: 'either', window: '5m', cooldownMs: 300_000, holdMs: 0 } as const;

  it('barks 6 to 20 times in four days by `move 5m normal`, live as in the preview', () => {
    const candles = recordedCandles('1m-2025-05-05_09-15symbols.csv.gz').get('LAYERUSDT') ?? [];
    const normal = presetsFromCandles(candles, shape)?.normal ?? 0;
    const rule = moveRule('LAYERUSDT', normal);
    const feed = new Feed([rule]);
    for (const event of tradesOf('LAYERUSDT', candles)) feed.handle(event);
    expect(feed.firings.length).toBeGreaterThanOrEqual(6);
    expect(feed.firings.length).toBeLessThanOrEqual(20);
    // A live feed moves its deadlines on each second, here only trades do: the same barks, at the same market times.
    expect(previewRule(rule, candles).times).toEqual(feed.firings.map(({ time }) => time));
  });
});

describe.skipIf(!recorded)('DOGEUSDT, 2026-01-31 18:43Z: −4.7 %, the next minute +6.0 %', () => {
  it.each([2, 3, 4])(
    'barks twice by a `move` of %s percent in `5m`: at once for the fall, after its cooldown for the rise',
    (percent) => {
      const day = recordedCandles('1m-2026-01-31_02-06-DOGE.csv.gz').get('DOGEUSDT')?.slice(0, 1_440) ?? [];
      const feed = new Feed([moveRule('DOGEUSDT', percent)]);
      for (const event of tradesOf('DOGEUSDT', day)) feed.handle(event);
      const hour = feed.firings.filter(
        ({ time }) => time >= Date.UTC(2026, 0, 31, 18) && time < Date.UTC(2026, 0, 31, 20),
      );
      expect(hour.map(({ time, why, value }) => [clock(time), why, Math.sign(value)])).toEqual([
        ['01-31T18:43', 'cross', -1],
        ['01-31T18:48', 'still', 1],
      ]);
    },
  );
});

describe.skipIf(!recorded)('2024-07-19, a calm night', () => {
  it('has no bark in its first minutes, at whatever preset', () => {
    const symbols = { BTCUSDT: 63_943.9, ETHUSDT: 3_424.98 };
    for (const [symbol, price] of Object.entries(symbols)) {
      const rules = WINDOWS.flatMap((window) =>
        PRESETS.flatMap((preset) =>
          (['volatility', 'move'] as const).map((kind) =>
            moveRule(symbol, presetThreshold(preset, window, undefined), {
              id: `${kind} ${window} ${preset}`,
              window,
              kind,
              direction: kind === 'move' ? 'either' : 'up',
            }),
          ),
        ),
      );
      const feed = new Feed(rules, flatDay(1_721_347_022_707, price));
      const frames = recordedFrames('ws-derived/tape-2024-07-19.aggTrade+depth20.jsonl.gz');
      for (const event of eventsOf(frames, symbol)) feed.handle(event);
      expect(feed.accepted).toBeGreaterThan(4_000);
      expect(feed.firings).toEqual([]);
      expect(feed.phases()).toEqual(rules.map(() => 'armed'));
    }
  });
});

describe.skipIf(!recorded)('2025-06-21 21:24Z, when nine symbols fell together', () => {
  it('barks once for each fall of 1 % in 5 minutes: eight of the nine, within one minute', () => {
    const all = recordedCandles('1m-2025-06-21_24-9symbols.csv.gz');
    const from = Date.UTC(2025, 5, 21, 20);
    const until = Date.UTC(2025, 5, 21, 21, 32);
    const rules = [...all.keys()].map((symbol, index) => moveRule(symbol, 1, { id: `rule${index}` }));
    expect(rules).toHaveLength(9);
    const feed = new Feed(rules);
    const { firings } = feed;
    for (const [symbol, candles] of all) {
      const hour = candles.filter(({ openTime }) => openTime >= from && openTime < until);
      for (const event of tradesOf(symbol, hour)) feed.handle(event);
    }
    const fell = firings.filter(({ time }) => time < Date.UTC(2025, 5, 21, 21, 29));
    expect(fell.map(({ time, value }) => [clock(time), Math.sign(value)])).toEqual(
      Array.from({ length: 8 }, () => ['06-21T21:24', -1]),
    );
    // BNBUSDT's fall was 0.8 % until then; it came to 1 % only at 21:34.
    const silent = [...all.keys()].filter((symbol) => !firings.some((firing) => firing.symbol === symbol));
    expect(silent).toEqual(['BNBUSDT']);
    // What follows, once the cooldown is over, is the rebound of 21:25 if it still holds, or the second fall of 21:31.
    const later = firings.filter((firing) => !fell.includes(firing));
    for (const { time, value } of later) expect(clock(time)).toBe(value > 0 ? '06-21T21:29' : '06-21T21:31');
    expect(new Set(later.map(({ ruleId }) => ruleId)).size).toBe(later.length);
  });
});
