import { describe, expect, it } from 'vitest';
import type { Metric } from '../../src/alerts/condition.ts';
import { createEngine, type Engine } from '../../src/alerts/engine.ts';
import type { Rule } from '../../src/alerts/rule.ts';
import { makeRule } from './rules.ts';
import { BARKED, firings, MINUTE, Story } from './story.ts';

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

  it('keeps the cooldown over an edit', () => {
    const story = new Story();
    story.engine.add(makeRule({ cooldownMs: MINUTE }), undefined);
    story.prices(97, 101);
    story.engine.add(makeRule({ cooldownMs: MINUTE, threshold: 99, rearm: 97 }), undefined);
    expect(story.prices(96, 99)).toEqual([]);
    expect(story.engine.state('rule22', 'BTCUSDT')).toMatchObject({ suppressed: 1, deferred: true });
    expect(story.heartbeat(MINUTE)).toMatchObject([{ why: 'still', episode: 2 }]);
  });

  it('lets what has fired once stay so over a pause', () => {
    const story = new Story();
    story.engine.add(makeRule({ mode: 'once' }), undefined);
    story.prices(97, 101);
    story.engine.add(makeRule({ mode: 'once', paused: true }), undefined);
    story.engine.add(makeRule({ mode: 'once' }), undefined);
    expect(story.prices(97, 101)).toEqual([]);
    expect(story.engine.state('rule22', 'BTCUSDT')?.phase).toBe('done');
  });

  it('lets no trade from before the newest one decide where a rule begins', () => {
    const story = new Story();
    story.engine.add(makeRule(), undefined);
    story.prices(97, 98);
    story.engine.add(makeRule({ id: 'later2', kind: 'volatility' }), undefined);
    expect(story.engine.tick('BTCUSDT', story.time - 1, 3, () => 97)).toEqual([]);
    expect(story.engine.state('later2', 'BTCUSDT')?.phase).toBe('init');
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

  it('breaks a hold where the value can have been back', () => {
    for (const down of [false, true]) {
      const story = new Story();
      const way = down ? ({ direction: 'down', rearm: 102 } as const) : {};
      story.engine.add(makeRule({ ...way, holdMs: 30_000 }), undefined);
      story.prices(down ? 103 : 97, down ? 99 : 101);
      expect(story.engine.state('rule22', 'BTCUSDT')?.phase).toBe('pending');
      const back = down ? 100.5 : 99.5;
      expect(story.engine.stirs('BTCUSDT', anywhere(100, 100))).toBe(false);
      expect(story.engine.stirs('BTCUSDT', anywhere(Math.min(100, back), Math.max(100, back)))).toBe(true);
    }
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
