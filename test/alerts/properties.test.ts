import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionsOf, isSideMetric, type Metric } from '../../src/alerts/condition.ts';
import { cursorBefore } from '../../src/alerts/cursor.ts';
import { createEngine, type Engine, type EngineTransition } from '../../src/alerts/engine.ts';
import { KINDS } from '../../src/alerts/kinds.ts';
import {
  type Firing,
  type InstanceState,
  RULE_KINDS,
  type Rule,
  type RulePart,
  type WatchedRule,
} from '../../src/alerts/rule.ts';
import { NaiveScan, type Values } from './oracle.ts';
import { makeRule } from './rules.ts';

const STALE = 50;
const SYMBOL = 'BTCUSDT';
const TOP = 40;

/** What happens to a symbol: a trade or another event with the values then, or a heartbeat. Times are steps on from the last event. */
type Event = { type: 'tick' | 'measure'; step: number; values: Values } | { type: 'heartbeat'; step: number };

// Small whole numbers: levels are hit exactly, crossed, skipped and left again and again.
const price = fc.integer({ min: 1, max: TOP - 1 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) },
  fc.constantFrom(STALE, STALE + 1, 90),
);
const values = fc.record({
  price,
  range: price,
  moveUp: price,
  moveDown: price.map((value) => -value),
  rangeSigma: price,
  moveUpSigma: price,
  moveDownSigma: price.map((value) => -value),
  volume: price,
  buyers: price,
  sellers: price,
  takers: price,
  funding: fc.oneof(
    price,
    price.map((value) => -value),
  ),
  fundingSize: price,
  liquidation: price,
  oi: fc.oneof(
    price,
    price.map((value) => -value),
  ),
  oiSize: price,
  sentiment: price,
});
const tick = fc.record({ type: fc.constant('tick' as const), step, values });
const measure = fc.record({ type: fc.constant('measure' as const), step, values });
const heartbeat = fc.record({
  type: fc.constant('heartbeat' as const),
  step: fc.integer({ min: 0, max: 40 }),
});
const events = fc.array(
  fc.oneof({ weight: 5, arbitrary: tick }, { weight: 2, arbitrary: measure }, heartbeat),
  { maxLength: 60, size: 'max' },
);

/** Met from above or from below. */
const isLevel = (kind: Rule['kind']) => kind === 'price' || kind === 'sentiment';
const part = fc
  .record({
    kind: fc.constantFrom(...RULE_KINDS.filter((kind) => kind !== 'listing')),
    direction: fc.constantFrom('up', 'down', 'either'),
    threshold: fc.integer({ min: 8, max: 30 }),
    gap: fc.integer({ min: 1, max: 7 }),
    sigma: fc.boolean(),
  })
  .map(({ gap, sigma, ...drawn }): RulePart => {
    const direction =
      KINDS[drawn.kind].sided || (isLevel(drawn.kind) && drawn.direction !== 'either')
        ? drawn.direction
        : 'up';
    const beyond = isLevel(drawn.kind) && direction === 'down' ? gap : -gap;
    const unit = sigma && KINDS[drawn.kind].sigma ? 'sigma' : undefined;
    return { ...drawn, direction, unit, window: '1m', rearm: drawn.threshold + beyond };
  });
const oneCondition = fc
  .record({
    part,
    mode: fc.constantFrom('once', 'repeat', 'repeat'),
    cooldownMs: fc.constantFrom(0, 20, 100),
    holdMs: fc.constantFrom(0, 0, 15),
  })
  .map(({ part: first, ...rest }): Rule => makeRule({ ...first, ...rest }));
const twoConditions = fc.tuple(oneCondition, part).map(([one, and]): Rule => ({ ...one, and }));
const rule = fc.oneof({ weight: 2, arbitrary: oneCondition }, twoConditions);

/** Does no trade judge the rule? */
function isMeasured(one: WatchedRule): boolean {
  return conditionsOf(one).every(({ metric }) => isSideMetric(metric));
}

/** The same story told by events that judge the rule: by trades, or by others, which must not repeat a moment. */
function asHeardBy(one: Rule, script: readonly Event[]): Event[] {
  const type = isMeasured(one) ? 'measure' : 'tick';
  const least = isMeasured(one) ? 1 : 0;
  return script.map((event) =>
    event.type === 'heartbeat' ? event : { ...event, type, step: Math.max(least, event.step) },
  );
}

function firingsOf(transitions: readonly EngineTransition[]): Firing[] {
  return transitions.flatMap(({ firing }) => (firing ? [firing] : []));
}

/** Plays events into an engine, from the beginning of market time. */
function play(
  engine: Engine,
  script: readonly Event[],
  each: (transitions: EngineTransition[], index: number) => void,
) {
  let time = 1_000;
  for (const [index, event] of script.entries()) {
    time += event.step;
    const transitions = applyTo(engine, time, index, event);
    each(transitions, index);
  }
}

function applyTo(engine: Engine, time: number, seq: number, event: Event): EngineTransition[] {
  if (event.type === 'heartbeat') return engine.advance(SYMBOL, time);
  const read = ({ metric }: { metric: Metric }) => event.values[metric];
  if (event.type === 'tick') return engine.tick(SYMBOL, time, seq, read);
  return engine.measure(SYMBOL, time, read, ({ metric }) => isSideMetric(metric));
}

function playRule(one: Rule, script: readonly Event[]): Firing[] {
  const engine = createEngine({ staleMs: STALE });
  engine.add(one, undefined);
  const out: Firing[] = [];
  play(engine, script, (transitions) => out.push(...firingsOf(transitions)));
  return out;
}

/** How far each of the rule's conditions is, as its direction has it; of a move either way on each side alone, else by its size. */
function forward(one: Rule, event: Values, side: number): { value: number; level: number; rearm: number }[] {
  const conditions = conditionsOf(one);
  return conditions.map(({ metric, side: way, level, rearm }) => {
    const own = (name: Metric) => event[name] ?? Number.NaN;
    const ways =
      metric === 'moveEither'
        ? (['moveUp', 'moveDown'] as const)
        : (['moveUpSigma', 'moveDownSigma'] as const);
    const [up, down] = ways;
    if (metric !== 'moveEither' && metric !== 'moveEitherSigma')
      return { value: way * own(metric), level: way * level, rearm: way * rearm };
    const size = conditions.length > 1 ? Math.max(own(up), -own(down)) : side > 0 ? own(up) : -own(down);
    return { value: size, level, rearm };
  });
}

describe('whatever the market does, a rule', () => {
  const check = (predicate: (one: Rule, script: Event[], firings: Firing[]) => void) =>
    fc.assert(
      fc.property(rule, events, (one, drawn) => {
        const script = asHeardBy(one, drawn);
        predicate(one, script, playRule(one, script));
      }),
      { numRuns: 2_000 },
    );

  it('barks only from beyond its level, of two conditions from beyond both', () =>
    check((one, script, firings) => {
      let time = 1_000;
      const seen = script.map((event) => {
        time += event.step;
        return { time, event };
      });
      for (const firing of firings) {
        const last = seen.findLast(({ time: at, event }) => at <= firing.time && event.type !== 'heartbeat');
        // Judged at that very moment, or at a deadline by what was last seen before it.
        const moments = seen.filter(({ time: at }) => at === last?.time);
        const before = seen.findLast(({ time: at, event }) => at < firing.time && event.type !== 'heartbeat');
        const beyond = [...moments, before].some(
          (each) =>
            each !== undefined &&
            each.event.type !== 'heartbeat' &&
            forward(one, each.event.values, firing.value).every(({ value, level }) => value >= level),
        );
        expect(beyond).toBe(true);
      }
    }));

  it('keeps its cooldown between two barks', () =>
    check((one, _, firings) => {
      for (const [i, { time }] of firings.entries()) {
        const before = firings[i - 1]?.time;
        if (before !== undefined) expect(time - before).toBeGreaterThanOrEqual(one.cooldownMs);
      }
    }));

  it('barks at most once if asked for once', () =>
    check((one, _, firings) => {
      if (one.mode === 'once') expect(firings.length).toBeLessThanOrEqual(1);
    }));

  it('numbers its barks without a gap', () =>
    check((_one, _script, firings) => {
      expect(firings.map(({ episode }) => episode)).toEqual(firings.map((_, i) => i + 1));
    }));

  it('never barks on the first event, and has been back at its re-arm level before each bark', () =>
    check((one, script, firings) => {
      let time = 1_000;
      const seen = script.flatMap((event) => {
        time += event.step;
        return event.type === 'heartbeat' ? [] : [{ time, values: event.values }];
      });
      const first = script.findIndex((event) => event.type !== 'heartbeat');
      expect(playRule(one, script.slice(0, first + 1))).toEqual([]);
      for (const [i, firing] of firings.entries()) {
        const before = firings[i - 1];
        const since = before?.time ?? 0;
        const between = seen.filter((each) => each.time >= since && each.time <= firing.time);
        // A rise after a fall is another move: it is the fall that must be back.
        const sides = before ? [Math.sign(before.value)] : [1, -1];
        const wentBack = between.some(({ values: then }) =>
          sides.some((each) => forward(one, then, each).some(({ value, rearm }) => value <= rearm)),
        );
        const beyondAtFirst = [1, -1].some((each) =>
          forward(one, seen[0]?.values ?? {}, each).every(({ value, level }) => value >= level),
        );
        expect(wentBack || (i === 0 && !beyondAtFirst)).toBe(true);
      }
    }));

  it('acts downwards as it acts upwards', () =>
    fc.assert(
      fc.property(rule, events, (drawn, script) => {
        const rearm = drawn.threshold - 3;
        const terms = { kind: 'price', unit: undefined, and: undefined, rearm } as const;
        const up = makeRule({ ...drawn, ...terms, direction: 'up' });
        const down = {
          ...up,
          direction: 'down' as const,
          threshold: TOP - up.threshold,
          rearm: TOP - up.rearm,
        };
        const mirrored = script.map(
          (event): Event =>
            event.type === 'heartbeat'
              ? event
              : { ...event, values: { price: TOP - (event.values.price ?? 0) } },
        );
        const told = (firings: Firing[]) =>
          firings.map(({ time, why, suppressed }) => ({ time, why, suppressed }));
        expect(told(playRule(down, mirrored))).toEqual(told(playRule(up, script)));
      }),
      { numRuns: 2_000 },
    ));

  it('does not know whether prices are in dollars or in cents', () =>
    fc.assert(
      fc.property(rule, events, fc.integer({ min: -20, max: 20 }), (one, drawn, power) => {
        const script = asHeardBy(one, drawn);
        const scale = (value: number) => value * 2 ** power;
        const scaledPart = <T extends { threshold: number; rearm: number }>(each: T): T => ({
          ...each,
          threshold: scale(each.threshold),
          rearm: scale(each.rearm),
        });
        const scaled = { ...scaledPart(one), and: one.and && scaledPart(one.and) };
        const elsewhere = script.map((event): Event => {
          if (event.type === 'heartbeat') return event;
          const then = Object.entries(event.values).map(([metric, value]) => [metric, scale(value)]);
          return { ...event, values: Object.fromEntries(then) };
        });
        const expected = playRule(one, script).map((firing) => ({ ...firing, value: scale(firing.value) }));
        expect(playRule(scaled, elsewhere)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    ));

  it('is heard: once armed, by the first event from beyond, unless it must hold or cools down', () =>
    check((one, script) => {
      const engine = createEngine({ staleMs: STALE });
      engine.add(one, undefined);
      let before: InstanceState | undefined;
      play(engine, script, (transitions, index) => {
        const event = script[index];
        const isBeyond =
          event !== undefined &&
          event.type !== 'heartbeat' &&
          [1, -1].some((side) =>
            forward(one, event.values, side).every(({ value, level }) => value >= level),
          );
        if (before?.phase === 'armed' && isBeyond) {
          const after = engine.state(one.id, SYMBOL);
          if (one.holdMs > 0) expect(after?.phase).toBe('pending');
          else expect(firingsOf(transitions).length === 1 || after?.deferred === true).toBe(true);
        }
        before = engine.state(one.id, SYMBOL);
      });
    }));

  it('is not stirred by what `stirs` calls harmless', () =>
    fc.assert(
      fc.property(
        rule.filter((one) => !isMeasured(one)),
        events,
        fc.array(values, { minLength: 1, maxLength: 5 }),
        (one, script, unseen) => {
          const engine = createEngine({ staleMs: STALE });
          engine.add({ ...one, holdMs: 0, cooldownMs: 0 }, undefined);
          let time = 1_000;
          for (const event of asHeardBy(one, script)) time += event.step;
          play(engine, asHeardBy(one, script), () => undefined);
          fc.pre(engine.state(one.id, SYMBOL)?.phase !== 'init');
          // A move either way has its fall for the low end, its rise for the high one.
          const ends = {
            moveEither: ['moveDown', 'moveUp'],
            moveEitherSigma: ['moveDownSigma', 'moveUpSigma'],
          } as const;
          const band = ({ metric }: { metric: Metric }) => {
            const names = metric === 'moveEither' || metric === 'moveEitherSigma' ? ends[metric] : [metric];
            const all = unseen.flatMap((each: Values) => names.map((name) => each[name] ?? 0));
            return [Math.min(...all), Math.max(...all)] as const;
          };
          if (engine.stirs(SYMBOL, band)) return;
          for (const [i, each] of unseen.entries()) {
            const heard: Values = each;
            const read = ({ metric }: { metric: Metric }) => heard[metric];
            expect(engine.tick(SYMBOL, time + i, script.length + i, read)).toEqual([]);
          }
        },
      ),
      { numRuns: 2_000 },
    ));

  it('is not changed by heartbeats between events', () =>
    fc.assert(
      fc.property(
        rule,
        fc.array(tick, { maxLength: 60, size: 'max' }),
        fc.infiniteStream(fc.nat({ max: 12 })),
        (one, ticks, parts) => {
          const script = asHeardBy(one, ticks).map((event) => ({
            ...event,
            step: Math.min(event.step, STALE),
          }));
          const beaten = script.flatMap((event): Event[] => {
            const first = Math.min(event.step, parts.next().value ?? 0);
            return [
              { type: 'heartbeat', step: first },
              { ...event, step: event.step - first },
            ];
          });
          expect(playRule(one, beaten)).toEqual(playRule(one, script));
        },
      ),
      { numRuns: 2_000 },
    ));
});

/** What the store would hold: states by instance, the cursor of the last commit, and the outbox by event id. */
class Kept {
  readonly states = new Map<string, InstanceState>();
  readonly outbox = new Map<string, Firing>();
  cursor: string | undefined;

  commit(transitions: readonly EngineTransition[], cursor: string): void {
    for (const { instance, state, firing } of transitions) {
      this.states.set(instance, JSON.parse(JSON.stringify(state)));
      if (firing && !this.outbox.has(firing.eventId)) this.outbox.set(firing.eventId, firing);
    }
    this.cursor = cursor;
  }

  restore(rules: readonly Rule[]): Engine {
    const engine = createEngine({ staleMs: STALE });
    for (const one of rules) engine.add(one, this.states.get(`${one.id}:${SYMBOL}`));
    if (this.cursor !== undefined) engine.restoreCursor(SYMBOL, this.cursor);
    return engine;
  }
}

const someRules = fc
  .array(rule, { minLength: 1, maxLength: 6 })
  .map((drawn) => drawn.map((one, index) => ({ ...one, id: `rule${index}` })));

describe('a restart', () => {
  const unbroken = (rules: readonly Rule[], script: readonly Event[]) => {
    const kept = new Kept();
    const engine = kept.restore(rules);
    play(engine, script, (transitions) => kept.commit(transitions, engine.cursor(SYMBOL)));
    return [...kept.outbox.values()];
  };

  it('changes nothing, also when everything seen is played again', () => {
    fc.assert(
      fc.property(someRules, events, fc.nat({ max: 60 }), (rules, script, cut) => {
        const kept = new Kept();
        const first = kept.restore(rules);
        play(first, script.slice(0, cut), (transitions) => {
          // As a feed does: an event that changed nothing is not written.
          if (transitions.length > 0) kept.commit(transitions, first.cursor(SYMBOL));
        });
        const second = kept.restore(rules);
        const committed = kept.outbox.size;
        play(second, script, (transitions, index) => {
          if (index < Math.min(cut, script.length)) expect(firingsOf(transitions)).toEqual([]);
          if (transitions.length > 0) kept.commit(transitions, second.cursor(SYMBOL));
        });
        expect(kept.outbox.size).toBeGreaterThanOrEqual(committed);
        expect([...kept.outbox.values()]).toEqual(unbroken(rules, script));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is no matter, however often one worker takes over from another', () => {
    fc.assert(
      fc.property(
        someRules,
        events,
        fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
        (rules, script, cuts) => {
          const kept = new Kept();
          for (const cut of [...cuts.toSorted((a, b) => a - b), script.length]) {
            const worker = kept.restore(rules);
            // It hears all from the beginning again, and what was committed changes nothing any more.
            play(worker, script.slice(0, cut), (transitions) => {
              if (transitions.length > 0) kept.commit(transitions, worker.cursor(SYMBOL));
            });
          }
          expect([...kept.outbox.values()]).toEqual(unbroken(rules, script));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('in the middle of a commit loses and doubles nothing', () => {
    fc.assert(
      fc.property(
        someRules,
        events,
        fc.nat({ max: 60 }),
        fc.nat({ max: 4 }),
        (rules, script, cut, written) => {
          const kept = new Kept();
          const first = kept.restore(rules);
          play(first, script.slice(0, cut), (transitions, index) => {
            const last = index === Math.min(cut, script.length) - 1;
            const cursor = first.cursor(SYMBOL);
            if (last && written < transitions.length)
              kept.commit(transitions.slice(0, written), cursorBefore(cursor));
            else if (transitions.length > 0) kept.commit(transitions, cursor);
          });
          const second = kept.restore(rules);
          play(second, script, (transitions) => {
            if (transitions.length > 0) kept.commit(transitions, second.cursor(SYMBOL));
          });
          const byId = (a: Firing, b: Firing) => (a.eventId < b.eventId ? -1 : 1);
          expect([...kept.outbox.values()].sort(byId)).toEqual(unbroken(rules, script).sort(byId));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the index', () => {
  const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e308, undefined);
  const wild = fc.oneof(
    { weight: 4, arbitrary: tick.map((event) => ({ ...event, late: 0 })) },
    tick.map((event) => ({ ...event, late: 2 })),
    fc.record({
      type: fc.constant('tick' as const),
      step,
      late: fc.constant(0),
      values: fc.record({
        price: bad,
        range: bad,
        moveUp: bad,
        moveDown: bad,
        funding: bad,
        rangeSigma: bad,
      }),
    }),
    { weight: 3, arbitrary: measure.map((event) => ({ ...event, whole: false })) },
    measure.map((event) => ({ ...event, whole: true })),
    { weight: 2, arbitrary: heartbeat },
    fc.record({
      type: fc.constant('add' as const),
      id: fc.nat({ max: 7 }),
      rule,
      all: fc.boolean(),
      paused: fc.constantFrom(false, false, true),
    }),
    fc.record({ type: fc.constant('remove' as const), id: fc.nat({ max: 7 }) }),
    fc.record({ type: fc.constant('forget' as const) }),
  );
  const known = (drawn: Partial<Record<Metric, number | undefined>>): Values =>
    Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));

  it('does what looking at every rule on every event would do', () => {
    fc.assert(
      fc.property(someRules, fc.array(wild, { maxLength: 80, size: 'max' }), (rules, script) => {
        const engine = createEngine({ staleMs: STALE });
        const naive = new NaiveScan(STALE);
        for (const one of rules) {
          engine.add(one, undefined);
          naive.add(one);
        }
        let time = 1_000;
        let seq = 0;
        const byId = (a: Firing, b: Firing) => (a.eventId < b.eventId ? -1 : 1);
        const compare = (transitions: EngineTransition[], expected: Firing[]) =>
          expect(firingsOf(transitions).sort(byId)).toEqual(expected.sort(byId));
        for (const event of script) {
          if (event.type === 'add') {
            const all = event.all ? (true as const) : undefined;
            const one: WatchedRule = { ...event.rule, id: `rule${event.id}`, paused: event.paused, all };
            // A rule that comes anew, not an edit: edits have stories of their own.
            engine.remove(one.id);
            naive.remove(one.id);
            engine.add(one, undefined);
            naive.add(one);
            // An instance elsewhere is another instance.
            if (all) engine.add({ ...one, symbol: 'ETHUSDT' }, undefined);
          } else if (event.type === 'remove') {
            engine.remove(`rule${event.id}`);
            naive.remove(`rule${event.id}`);
          } else if (event.type === 'forget') {
            engine.forget(SYMBOL);
            naive.forget();
          } else if (event.type === 'heartbeat') {
            time += event.step;
            compare(engine.advance(SYMBOL, time), naive.advance(time));
          } else {
            time += event.step;
            const then = known(event.values);
            const read = ({ metric }: { metric: Metric }) => then[metric];
            if (event.type === 'measure') {
              const which = ({ metric }: { metric: Metric }) => event.whole || isSideMetric(metric);
              compare(engine.measure(SYMBOL, time, read, which), naive.measure(time, then, event.whole));
              continue;
            }
            seq += 1;
            const at = time - (event.late > 0 ? 1 : 0);
            compare(engine.tick(SYMBOL, at, seq - event.late, read), naive.tick(at, seq - event.late, then));
          }
        }
        expect(engine.ruleIds(SYMBOL).toSorted()).toEqual([...naive.machines.keys()].toSorted());
        expect(engine.symbols().includes(SYMBOL)).toBe(naive.machines.size > 0);
        for (const [id, machine] of naive.machines) {
          const { phase, episode, suppressed, deferred, lastFire } = machine;
          const since = phase === 'pending' ? machine.since : 0;
          const sided = machine.sided && (phase === 'pending' || phase === 'fired');
          const side = sided ? machine.side : undefined;
          const expected = { phase, episode, suppressed, deferred, lastFire: lastFire ?? 0, since, side };
          expect(engine.state(id, SYMBOL)).toMatchObject(expected);
        }
        for (const id of naive.machines.keys()) engine.remove(id);
        expect(engine.size).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
