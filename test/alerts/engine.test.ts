import { describe, expect, it } from 'vitest';
import { isSideMetric, type Metric } from '../../src/alerts/condition.ts';
import { createEngine, type Engine, type EngineTransition } from '../../src/alerts/engine.ts';
import type { Firing, InstanceState, Rule } from '../../src/alerts/rule.ts';
import { makeRule } from './rules.ts';

const MINUTE = 60_000;

/** Drives one symbol's price through an engine, one event a second unless told. */
class Story {
  readonly engine: Engine;
  time = 1_000_000;
  #seq = 0;

  constructor(engine = createEngine()) {
    this.engine = engine;
  }

  price(value: number, afterMs = 1_000): Firing[] {
    this.time += afterMs;
    this.#seq += 1;
    return firings(this.engine.tick('BTCUSDT', this.time, this.#seq, () => value));
  }

  prices(...values: number[]): Firing[] {
    return values.flatMap((value) => this.price(value));
  }

  heartbeat(afterMs: number): Firing[] {
    this.time += afterMs;
    return firings(this.engine.advance('BTCUSDT', this.time));
  }
}

function firings(transitions: readonly EngineTransition[]): Firing[] {
  return transitions.flatMap(({ firing }) => (firing ? [firing] : []));
}

describe('kinds beside price', () => {
  const takeIn = (engine: Engine, metric: Metric, value: number, i: number) => {
    const read = (book: { metric: Metric }) => (book.metric === metric ? value : undefined);
    return isSideMetric(metric)
      ? engine.measure('BTCUSDT', 1_000 + i, read, (book) => book.metric === metric)
      : engine.tick('BTCUSDT', 1_000 + i, i, read);
  };
  const play = (rule: Partial<Rule>, metric: Metric, values: readonly number[]) => {
    const engine = createEngine();
    engine.add(makeRule(rule), undefined);
    return values.flatMap((value, i) =>
      takeIn(engine, metric, value, i).flatMap(({ firing }) => firing?.value ?? []),
    );
  };
  it.each<[Partial<Rule>, Metric, number[], number[]]>([
    [{ kind: 'volume', threshold: 5, rearm: 3.5, window: '5m' }, 'volume', [1, 5.2, 4, 6, 3.4, 5], [5.2, 5]],
    [
      { kind: 'ratio', direction: 'either', threshold: 3, rearm: 2.4 },
      'takers',
      [1, 3.5, 2.5, 3, 2, 4],
      [3.5, 4],
    ],
    [{ kind: 'ratio', direction: 'down', threshold: 3, rearm: 2.4 }, 'sellers', [0.5, 3.1], [3.1]],
    [
      { kind: 'funding', direction: 'down', threshold: 0.05, rearm: 0.035 },
      'funding',
      [0.01, 0.06, -0.06, -0.04, -0.06, -0.03, -0.05],
      [-0.06, -0.05],
    ],
    [
      { kind: 'funding', direction: 'either', threshold: 0.05, rearm: 0.035 },
      'fundingSize',
      [0.01, 0.06],
      [0.06],
    ],
  ])('fire once for each way beyond and back: %j', (rule, metric, values, fired) => {
    expect(play(rule, metric, values)).toEqual(fired);
  });
});

describe('a rule on a price level', () => {
  it('barks once for one move, however often the price bounces around the level', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    const barks = story.prices(97, 99, 100.5, 99.9, 100.2, 99.5, 101, 98.5, 103, 99);
    expect(barks).toMatchObject([{ eventId: 'rule22:BTCUSDT.1', why: 'cross', value: 100.5, episode: 1 }]);
  });

  it('barks again after the price has been back at the re-arm level', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    const barks = story.prices(97, 101, 98, 99, 102);
    expect(barks.map(({ value, episode }) => [value, episode])).toEqual([
      [101, 1],
      [102, 2],
    ]);
  });

  it('takes reaching the level as crossing it, and a jump over it too', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    expect(story.prices(99, 100)).toHaveLength(1);
    expect(story.prices(50, 150)).toHaveLength(1);
  });

  it('says nothing when the condition is already true at its making', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    expect(story.prices(105, 107, 101)).toEqual([]);
    expect(story.engine.state('rule22', 'BTCUSDT')).toMatchObject({ phase: 'fired', episode: 0 });
    expect(story.prices(97, 101)).toHaveLength(1);
  });

  it('is watched downwards from above', () => {
    const story = new Story();
    story.engine.add(makeRule({ direction: 'down', rearm: 102 }), undefined);
    expect(story.prices(105, 101, 100, 103, 99).map(({ value }) => value)).toEqual([100, 99]);
  });

  it('is done after one bark if asked for once', () => {
    const story = new Story();
    story.engine.add(makeRule({ mode: 'once' }), undefined);
    expect(story.prices(97, 101, 97, 101, 97, 101)).toHaveLength(1);
    expect(story.engine.state('rule22', 'BTCUSDT')?.phase).toBe('done');
  });
});

describe('a hold time', () => {
  const holding = makeRule({ holdMs: 30_000 });

  it('barks when the condition has held that long, at the very moment', () => {
    const story = new Story();
    story.engine.add(holding, undefined);
    story.prices(97, 101);
    const crossed = story.time;
    expect(story.price(102, 29_000)).toEqual([]);
    expect(story.price(103, 5_000)).toMatchObject([{ time: crossed + 30_000, value: 102 }]);
  });

  it('begins anew when the price falls back for one tick', () => {
    const story = new Story();
    story.engine.add(holding, undefined);
    story.prices(97, 101);
    expect([...story.price(99.9, 20_000), ...story.price(101, 1_000), ...story.price(101, 20_000)]).toEqual(
      [],
    );
    expect(story.heartbeat(15_000)).toHaveLength(1);
  });

  it('begins anew after a hole in the data', () => {
    const story = new Story();
    story.engine.add(holding, undefined);
    story.prices(97, 101);
    expect(story.price(102, 2 * MINUTE)).toEqual([]);
    expect(story.heartbeat(31_000)).toHaveLength(1);
  });
});

describe('a cooldown', () => {
  const cooling = makeRule({ cooldownMs: 5 * MINUTE });

  it('swallows a crossing, and tells when it ends if the condition still holds', () => {
    const story = new Story();
    story.engine.add(cooling, undefined);
    story.prices(97, 101);
    const fired = story.time;
    expect(story.prices(97, 102, 97, 103)).toEqual([]);
    for (let i = 0; i < 4; i++) expect(story.heartbeat(MINUTE)).toEqual([]);
    expect(story.heartbeat(MINUTE)).toMatchObject([
      { why: 'still', episode: 2, time: fired + 5 * MINUTE, value: 103, suppressed: 2 },
    ]);
  });

  it('tells nothing when the condition is over by then', () => {
    const story = new Story();
    story.engine.add(cooling, undefined);
    story.prices(97, 101, 97, 102, 97);
    expect(story.heartbeat(MINUTE).concat(story.heartbeat(5 * MINUTE))).toEqual([]);
    expect(story.price(101, 1_000)).toMatchObject([{ why: 'cross', suppressed: 1 }]);
  });
});

describe('a move either way', () => {
  it('reports the larger side with its sign', () => {
    const engine = createEngine();
    engine.add(
      makeRule({ kind: 'move', direction: 'either', threshold: 2, rearm: 1.4, window: '5m' }),
      undefined,
    );
    expect(engine.books('BTCUSDT')).toEqual([{ metric: 'moveEither', window: '5m' }]);
    const tick = (seq: number, up: number, down: number) =>
      firings(
        engine.tick('BTCUSDT', seq * 1_000, seq, ({ metric, window }) => {
          expect(window).toBe('5m');
          return metric === 'moveUp' ? up : down;
        }),
      );
    expect(tick(1, 0.5, -0.5)).toEqual([]);
    expect(tick(2, 0.5, -2.5)).toMatchObject([{ value: -2.5 }]);
    expect(tick(3, 1, -1)).toEqual([]);
    expect(tick(4, 2, -1.9)).toMatchObject([{ value: 2 }]);
  });

  it('barks twice at a whipsaw: once for the fall, once for the rise that follows', () => {
    const engine = createEngine();
    const either = { kind: 'move', direction: 'either', threshold: 3, rearm: 2.1 } as const;
    engine.add(makeRule({ ...either, id: 'at-once' }), undefined);
    engine.add(makeRule({ ...either, id: 'cools', cooldownMs: 5_000 }), undefined);
    engine.add(makeRule({ ...either, id: 'holds', holdMs: 2_500 }), undefined);
    const told = [1, -4.7, -5, 6, 6.5, 4, 3.5, 3.2].flatMap((move, second) => {
      const read = ({ metric }: { metric: string }) => (move > 0 === (metric === 'moveUp') ? move : 0);
      return firings(engine.tick('BTCUSDT', second * 1_000, second + 1, read));
    });
    expect(told.map(({ ruleId, why, time, value }) => [ruleId, why, time, value])).toEqual([
      ['at-once', 'cross', 1_000, -4.7],
      ['cools', 'cross', 1_000, -4.7],
      ['at-once', 'cross', 3_000, 6],
      ['holds', 'cross', 5_500, 4],
      ['cools', 'still', 6_000, 4],
    ]);
  });

  it('knows after a restart by which side it was crossed', () => {
    const rule = makeRule({ kind: 'move', direction: 'either', threshold: 3, rearm: 2 });
    const read =
      (move: number) =>
      ({ metric }: { metric: string }) =>
        move > 0 === (metric === 'moveUp') ? move : 0;
    const first = createEngine();
    first.add(rule, undefined);
    first.tick('BTCUSDT', 1_000, 1, read(1));
    first.tick('BTCUSDT', 2_000, 2, read(-4));
    const kept: InstanceState = JSON.parse(JSON.stringify(first.state('rule22', 'BTCUSDT')));
    const restarted = (move: number) => {
      const second = createEngine();
      second.add(rule, kept);
      return firings(second.tick('BTCUSDT', 3_000, 3, read(move)));
    };
    expect(restarted(-5)).toEqual([]);
    expect(restarted(5)).toMatchObject([{ value: 5, episode: 2 }]);
  });

  it('says nothing while its window is warming', () => {
    const engine = createEngine();
    engine.add(makeRule({ kind: 'move', direction: 'down', threshold: 2, rearm: 1.4 }), undefined);
    expect(engine.tick('BTCUSDT', 1_000, 1, () => undefined)).toEqual([]);
    expect(engine.state('rule22', 'BTCUSDT')?.phase).toBe('init');
  });
});

describe('changing rules', () => {
  it('starts an edited rule silently and goes on counting its episodes', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.prices(97, 101, 97);
    story.engine.add(makeRule({ threshold: 96, rearm: 94 }), undefined);
    expect(story.prices(97, 98)).toEqual([]);
    expect(story.prices(93, 96)).toMatchObject([{ eventId: 'rule22:BTCUSDT.2' }]);
  });

  it('keeps the state when only cooldown or hold time change', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.prices(97, 101);
    story.engine.add(makeRule({ cooldownMs: MINUTE }), undefined);
    expect(story.engine.state('rule22', 'BTCUSDT')).toMatchObject({ phase: 'fired', episode: 1 });
  });

  it('does not bark from a state that was kept under another level', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.prices(97, 99);
    const saved = story.engine.state('rule22', 'BTCUSDT');
    const restarted = new Story();
    restarted.engine.add(makeRule({ threshold: 98.5, rearm: 96 }), saved);
    expect(restarted.price(99)).toEqual([]);
  });

  it('lets a paused rule sleep and starts it silently', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.prices(97);
    story.engine.add(makeRule({ paused: true }), undefined);
    expect(story.prices(101, 97)).toEqual([]);
    story.engine.add(makeRule(), undefined);
    expect(story.prices(101)).toEqual([]);
    expect(story.prices(97, 101)).toHaveLength(1);
  });

  it('forgets a removed rule and ends an expired one', () => {
    const story = new Story();
    story.engine.add(makeRule({ id: 'a' }), undefined);
    story.engine.add(makeRule({ id: 'b', until: 5_000 }), undefined);
    story.engine.remove('a');
    expect(story.engine.expire(4_999)).toEqual([]);
    expect(story.engine.expire(5_000).map(({ id }) => id)).toEqual(['b']);
    expect(story.engine.size).toBe(0);
    expect(story.engine.books('BTCUSDT')).toEqual([]);
    expect(story.prices(97, 101)).toEqual([]);
  });

  it('gives every rule back as it was put in', () => {
    const engine = createEngine();
    const rules = [
      makeRule({
        id: 'a',
        until: 9_000_000,
        preset: 'lively',
        cooldownMs: 86_400_000,
        createdBy: 'discord:9',
      }),
      makeRule({
        id: 'b',
        kind: 'move',
        direction: 'down',
        threshold: 2,
        rearm: 1.4,
        window: '24h',
        until: 1,
      }),
      makeRule({
        id: 'c',
        kind: 'volatility',
        threshold: 1,
        rearm: 0.7,
        window: '4h',
        mode: 'once',
        until: 1,
      }),
      makeRule({ id: 'd', symbol: '币安USDT', direction: 'down', rearm: 101, paused: true, until: 1 }),
    ];
    for (const rule of rules) engine.add(rule, undefined);
    const watched = rules.map(({ createdBy: _by, createdAt: _at, ...rule }) => rule);
    expect(engine.expire(9_000_000)).toEqual(watched);
  });

  it('refuses levels that could never come to rest', () => {
    expect(() => createEngine().add(makeRule({ rearm: 100 }), undefined)).toThrow(/re-arms/);
    expect(() => createEngine().add(makeRule({ threshold: Number.NaN }), undefined)).toThrow(/re-arms/);
  });
});

describe('a rule on all symbols', () => {
  const everywhere = (symbol: string, change: Partial<Rule> = {}) =>
    ({ ...makeRule({ ...change, symbol }), all: true }) as const;
  const at = (engine: Engine, symbol: string, second: number, price: number) =>
    firings(engine.tick(symbol, second * 1_000, second, () => price));

  it('has a state and episodes of its own on each', () => {
    const engine = createEngine();
    for (const symbol of ['BTCUSDT', 'ETHUSDT', '币安USDT']) engine.add(everywhere(symbol), undefined);
    expect(engine.size).toBe(3);
    for (const symbol of ['BTCUSDT', 'ETHUSDT', '币安USDT']) at(engine, symbol, 1, 97);
    expect(at(engine, 'ETHUSDT', 2, 101)).toMatchObject([{ eventId: 'rule22:ETHUSDT.1', ruleId: 'rule22' }]);
    expect(at(engine, '币安USDT', 2, 101)).toMatchObject([{ eventId: 'rule22:币安USDT.1' }]);
    expect(engine.state('rule22', 'BTCUSDT')?.phase).toBe('armed');
    expect(engine.state('rule22', 'ETHUSDT')?.phase).toBe('fired');
    expect(engine.ruleIds('币安USDT')).toEqual(['rule22']);
  });

  it('can be taken off one symbol or all, and runs out on each', () => {
    const engine = createEngine();
    const add = () => {
      for (const symbol of ['BTCUSDT', 'ETHUSDT'])
        engine.add(everywhere(symbol, { until: 5_000 }), undefined);
    };
    add();
    engine.remove('rule22', 'BTCUSDT');
    expect([engine.ruleIds('BTCUSDT'), engine.ruleIds('ETHUSDT')]).toEqual([[], ['rule22']]);
    engine.remove('rule22');
    expect(engine.size).toBe(0);
    add();
    const { createdBy: _by, createdAt: _at, ...watched } = everywhere('BTCUSDT', { until: 5_000 });
    const ended = engine.expire(5_000).toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
    expect(ended).toEqual([watched, { ...watched, symbol: 'ETHUSDT' }]);
    expect(engine.symbols()).toEqual([]);
  });

  it('is not where a rule on one symbol is not', () => {
    const engine = createEngine();
    engine.add(makeRule(), undefined);
    engine.remove('rule22', 'ETHUSDT');
    expect(engine.state('rule22', 'ETHUSDT')).toBeUndefined();
    expect(engine.state('rule22', 'BTCUSDT')).toBeDefined();
  });

  it('and a rule on one symbol take each other’s place', () => {
    const engine = createEngine();
    engine.add(makeRule(), undefined);
    engine.add(everywhere('ETHUSDT'), undefined);
    expect([engine.size, engine.ruleIds('BTCUSDT')]).toEqual([1, []]);
    engine.add(everywhere('BTCUSDT'), undefined);
    engine.add(makeRule(), undefined);
    expect([engine.size, engine.ruleIds('ETHUSDT')]).toEqual([1, []]);
  });
});

describe('two conditions', () => {
  const move = { kind: 'move', direction: 'either', threshold: 2, rearm: 1.4, window: '5m' } as const;
  const volume = { kind: 'volume', direction: 'up', threshold: 3, rearm: 2.1, window: '15m' } as const;
  const play = (rule: Rule, story: readonly (readonly [move: number, volume: number])[]) => {
    const engine = createEngine();
    engine.add(rule, undefined);
    return story.flatMap(([moved, traded], second) =>
      engine.tick(rule.symbol, second * 1_000, second, ({ metric, window }) => {
        expect(window).toBe(metric === 'volume' ? '15m' : '5m');
        if (metric === 'volume') return traded;
        return moved > 0 === (metric === 'moveUp') ? moved : 0;
      }),
    );
  };

  it('bark when both hold, telling the first one’s number, and again when either was back', () => {
    const rule = makeRule({ ...move, and: volume });
    const told = play(rule, [
      [1, 1],
      [2.5, 1],
      [1, 4],
      [-2.5, 3],
      [-1.5, 2.2],
      [2.6, 9],
      [2.6, 2.1],
      [2.7, 3],
      [1.4, 9],
      [2, 9],
    ]);
    expect(firings(told).map(({ value, time }) => [time, value])).toEqual([
      [3_000, -2.5],
      [7_000, 2.7],
      [9_000, 2],
    ]);
    expect(told.map(({ was, state }) => `${was} ${state.phase}`).slice(0, 3)).toEqual([
      'init armed',
      'armed fired',
      'fired armed',
    ]);
  });

  it('watch the numbers of both, each once, and the rule comes back as it was put in', () => {
    const engine = createEngine();
    const rule = makeRule({ ...move, and: volume, tellNormal: true, until: 1 });
    engine.add(rule, undefined);
    engine.add(makeRule({ ...move, id: 'other' }), undefined);
    expect(engine.books('BTCUSDT')).toEqual([
      { metric: 'moveEither', window: '5m' },
      { metric: 'volume', window: '15m' },
    ]);
    const { createdBy: _by, createdAt: _at, ...watched } = rule;
    expect(engine.expire(1)).toEqual([watched]);
  });

  it('begin anew when the second one is edited', () => {
    const engine = createEngine();
    engine.add(makeRule({ ...move, and: volume }), { ...BARKED, condition: 'another' });
    expect(engine.state('rule22', 'BTCUSDT')).toMatchObject({ phase: 'init', episode: 4 });
  });
});

const BARKED: InstanceState = {
  phase: 'fired',
  since: 0,
  lastFire: 7,
  episode: 4,
  suppressed: 0,
  deferred: false,
};

describe('numbers that no trade brings', () => {
  const funding = makeRule({ kind: 'funding', direction: 'up', threshold: 0.05, rearm: 0.03 });
  const isFunding = ({ metric }: { metric: Metric }) => metric === 'funding';

  it('are judged by their own events, once a moment, and by no trade', () => {
    const engine = createEngine();
    engine.add(funding, undefined);
    engine.add(makeRule({ id: 'level2' }), undefined);
    const read =
      (rate: number) =>
      ({ metric }: { metric: Metric }) =>
        metric === 'price' ? 97 : rate;
    expect(engine.measure('BTCUSDT', 1_000, read(0.01), isFunding)).toHaveLength(1);
    expect(engine.state('level2', 'BTCUSDT')?.phase).toBe('init');
    expect(firings(engine.tick('BTCUSDT', 2_000, 1, read(0.06)))).toEqual([]);
    expect(engine.measure('BTCUSDT', 1_000, read(0.06), isFunding)).toEqual([]);
    expect(firings(engine.measure('BTCUSDT', 3_000, read(0.06), isFunding))).toMatchObject([{ value: 0.06 }]);
    const restarted = createEngine();
    restarted.add(funding, engine.state('rule22', 'BTCUSDT'));
    restarted.restoreCursor('BTCUSDT', engine.cursor('BTCUSDT'));
    expect(restarted.measure('BTCUSDT', 3_000, read(0.01), isFunding)).toEqual([]);
    expect(restarted.measure('BTCUSDT', 3_001, read(0.01), isFunding)).toMatchObject([{ was: 'fired' }]);
  });

  it('can be all of a symbol that is only known from the whole market; trades go on from there', () => {
    const engine = createEngine();
    engine.add(makeRule(), undefined);
    const all = (time: number, price: number) =>
      firings(
        engine.measure(
          'BTCUSDT',
          time,
          () => price,
          () => true,
        ),
      );
    expect([...all(1_000, 97), ...all(2_000, 101)]).toMatchObject([{ time: 2_000 }]);
    expect(engine.tick('BTCUSDT', 1_500, 7, () => 97)).toEqual([]);
    expect(engine.tick('BTCUSDT', 2_500, 8, () => 97)).toHaveLength(1);
  });

  it('beside a trade’s number are judged with the next trade', () => {
    const engine = createEngine();
    const level = { kind: 'price', direction: 'up', threshold: 100, rearm: 98, window: '1m' } as const;
    engine.add({ ...funding, and: level }, undefined);
    const values = { price: 101, funding: 0.01 };
    const read = ({ metric }: { metric: Metric }) => (metric === 'price' ? values.price : values.funding);
    engine.tick('BTCUSDT', 1_000, 1, read);
    values.funding = 0.06;
    expect(engine.measure('BTCUSDT', 2_000, read, isFunding)).toEqual([]);
    expect(firings(engine.tick('BTCUSDT', 2_000, 2, read))).toMatchObject([{ value: 0.06 }]);
  });
});

describe('a stretch that nobody saw', () => {
  const anywhere = (low: number, high: number) => () => [low, high] as const;

  it('could have changed a rule only where a level that it waits for lies within the values', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.price(97);
    expect(story.engine.stirs('BTCUSDT', anywhere(95, 99.9))).toBe(false);
    expect(story.engine.stirs('BTCUSDT', anywhere(95, 100))).toBe(true);
    story.price(101);
    expect(story.engine.stirs('BTCUSDT', anywhere(98.1, 120))).toBe(false);
    expect(story.engine.stirs('BTCUSDT', anywhere(98, 120))).toBe(true);
    expect(story.engine.stirs('ETHUSDT', anywhere(0, 1e9))).toBe(false);
  });

  it('can be left untold: the next value only sets each rule to its side', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.engine.add(makeRule({ id: 'rule33', threshold: 110, rearm: 108 }), undefined);
    story.price(97);
    story.engine.forget('BTCUSDT');
    expect(story.price(105)).toEqual([]);
    expect(story.engine.state('rule22', 'BTCUSDT')?.phase).toBe('fired');
    expect(story.price(111)).toMatchObject([{ ruleId: 'rule33' }]);
  });
});
