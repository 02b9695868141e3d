import { describe, expect, it } from 'vitest';
import { isSideMetric, type Metric } from '../../src/alerts/condition.ts';
import { createEngine, type Engine } from '../../src/alerts/engine.ts';
import type { InstanceState, Rule } from '../../src/alerts/rule.ts';
import { makeRule } from './rules.ts';
import { BARKED, firings, MINUTE, Story } from './story.ts';

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

describe('a crossing that was found late', () => {
  const cooling = makeRule({ cooldownMs: 5 * MINUTE });

  it('is told at its own time, and the rule is where the value is now', () => {
    const story = new Story();
    story.engine.add(cooling, undefined);
    story.prices(97, 97.5);
    const late = story.time - 30_000;
    const told = story.engine.fireLate('rule22', 'BTCUSDT', late, 101);
    expect(firings(told)).toMatchObject([{ time: late, value: 101, episode: 1 }]);
    // It is back below the re-arm level by now.
    expect(story.engine.state('rule22', 'BTCUSDT')).toMatchObject({ phase: 'armed', lastFire: late });
    expect(told.map(({ state }) => state.phase)).toEqual(['fired', 'armed']);
  });

  it('leaves the cooldown counting from the newest bark', () => {
    const story = new Story();
    story.engine.add(cooling, undefined);
    story.prices(97, 101);
    const barked = story.time;
    story.engine.fireLate('rule22', 'BTCUSDT', barked - 4 * MINUTE, 102);
    expect(story.engine.state('rule22', 'BTCUSDT')).toMatchObject({ lastFire: barked, episode: 2 });
  });

  it('is nothing to a rule that is done, paused or gone', () => {
    const story = new Story();
    story.engine.add(makeRule({ id: 'done22', mode: 'once' }), undefined);
    story.engine.add(makeRule({ id: 'sleeps', paused: true }), undefined);
    story.prices(97, 101);
    for (const id of ['done22', 'sleeps', 'gone22'])
      expect(story.engine.fireLate(id, 'BTCUSDT', story.time, 101)).toEqual([]);
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

  it('begins anew from a kept state that does not say by which side', () => {
    const engine = createEngine();
    const rule = makeRule({ kind: 'move', direction: 'either', threshold: 3, rearm: 2 });
    engine.add(rule, { ...BARKED, condition: undefined });
    expect(engine.state('rule22', 'BTCUSDT')).toMatchObject({ phase: 'init', episode: 4 });
  });

  it('says nothing while its window is warming', () => {
    const engine = createEngine();
    engine.add(makeRule({ kind: 'move', direction: 'down', threshold: 2, rearm: 1.4 }), undefined);
    expect(engine.tick('BTCUSDT', 1_000, 1, () => undefined)).toEqual([]);
    expect(engine.state('rule22', 'BTCUSDT')?.phase).toBe('init');
  });
});

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
