import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionOf, type Metric } from '../../src/alerts/condition.ts';
import { cursorBefore } from '../../src/alerts/cursor.ts';
import { createEngine, type Engine, type EngineTransition } from '../../src/alerts/engine.ts';
import { KINDS } from '../../src/alerts/kinds.ts';
import type { Firing, InstanceState, Rule } from '../../src/alerts/rule.ts';
import { NaiveScan, type Values } from './oracle.ts';
import { makeRule } from './rules.ts';

const STALE = 50;
const SYMBOL = 'BTCUSDT';
const TOP = 40;

/** What happens to a symbol: an event with its values, or a heartbeat. Times are steps on from the last event. */
type Event = { type: 'tick'; step: number; values: Values } | { type: 'heartbeat'; step: number };

// Small whole numbers: levels are hit exactly, crossed, skipped and left again and again.
const price = fc.integer({ min: 1, max: TOP - 1 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) },
  fc.constantFrom(STALE, STALE + 1, 90),
);
const tick = fc.record({
  type: fc.constant('tick' as const),
  step,
  values: fc.record({
    price,
    range: price,
    moveUp: price,
    moveDown: price.map((value) => -value),
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
  }),
});
const heartbeat = fc.record({
  type: fc.constant('heartbeat' as const),
  step: fc.integer({ min: 0, max: 40 }),
});
const events = fc.array(fc.oneof({ weight: 5, arbitrary: tick }, heartbeat), { maxLength: 60, size: 'max' });

const rule = fc
  .record({
    kind: fc.constantFrom('price', 'move', 'volatility', 'volume', 'ratio', 'funding', 'liquidation'),
    direction: fc.constantFrom('up', 'down', 'either'),
    threshold: fc.integer({ min: 8, max: 30 }),
    gap: fc.integer({ min: 1, max: 7 }),
    mode: fc.constantFrom('once', 'repeat', 'repeat'),
    cooldownMs: fc.constantFrom(0, 20, 100),
    holdMs: fc.constantFrom(0, 0, 15),
  })
  .map(({ gap, ...drawn }): Rule => {
    const direction =
      KINDS[drawn.kind].sided || (drawn.kind === 'price' && drawn.direction !== 'either')
        ? drawn.direction
        : 'up';
    const beyond = drawn.kind === 'price' && direction === 'down' ? gap : -gap;
    return makeRule({ ...drawn, direction, rearm: drawn.threshold + beyond });
  });

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
    const transitions =
      event.type === 'tick'
        ? engine.tick(SYMBOL, time, index, ({ metric }) => event.values[metric])
        : engine.advance(SYMBOL, time);
    each(transitions, index);
  }
}

function playRule(one: Rule, script: readonly Event[]): Firing[] {
  const engine = createEngine({ staleMs: STALE });
  engine.add(one, undefined);
  const out: Firing[] = [];
  play(engine, script, (transitions) => out.push(...firingsOf(transitions)));
  return out;
}

/** The number the rule watches, of a move either way that on the given side: greater is further. */
function forward(one: Rule, values: Values, side: number): number {
  const direction = one.direction === 'either' ? (side > 0 ? 'up' : 'down') : one.direction;
  if (one.kind === 'volatility') return values.range ?? 0;
  if (one.kind === 'price') return (direction === 'down' ? -1 : 1) * (values.price ?? 0);
  if (one.kind !== 'move') {
    const { metric, side } = conditionOf(one);
    return side * (values[metric] ?? 0);
  }
  return direction === 'up' ? (values.moveUp ?? 0) : -(values.moveDown ?? 0);
}

describe('whatever the market does, a rule', () => {
  const check = (predicate: (one: Rule, script: Event[], firings: Firing[]) => void) =>
    fc.assert(
      fc.property(rule, events, (one, script) => predicate(one, script, playRule(one, script))),
      { numRuns: 1_000 },
    );

  it('barks only from beyond its level', () =>
    check((one, _, firings) => {
      for (const { value } of firings) {
        const side = one.direction === 'down' && one.kind === 'price' ? -1 : 1;
        const size = one.kind === 'price' ? value : Math.abs(value);
        expect(side * size).toBeGreaterThanOrEqual(side * one.threshold);
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
      const side = one.direction === 'down' && one.kind === 'price' ? -1 : 1;
      let time = 1_000;
      const seen = script.flatMap((event) => {
        time += event.step;
        return event.type === 'tick' ? [{ time, values: event.values }] : [];
      });
      const first = script.findIndex((event) => event.type === 'tick');
      expect(playRule(one, script.slice(0, first + 1))).toEqual([]);
      for (const [i, firing] of firings.entries()) {
        const before = firings[i - 1];
        const since = before?.time ?? 0;
        const between = seen.filter((each) => each.time >= since && each.time <= firing.time);
        // A rise after a fall is another move: it is the fall that must be back.
        const sides = before ? [Math.sign(before.value)] : [1, -1];
        const wentBack = between.some(({ values }) =>
          sides.some((each) => forward(one, values, each) <= side * one.rearm),
        );
        const furthest = Math.max(...[1, -1].map((each) => forward(one, seen[0]?.values ?? {}, each)));
        const startedShort = i === 0 && furthest < side * one.threshold;
        expect(wentBack || startedShort).toBe(true);
      }
    }));

  it('acts downwards as it acts upwards', () =>
    fc.assert(
      fc.property(rule, events, (drawn, script) => {
        const up = makeRule({ ...drawn, kind: 'price', direction: 'up', rearm: drawn.threshold - 3 });
        const down = {
          ...up,
          direction: 'down' as const,
          threshold: TOP - up.threshold,
          rearm: TOP - up.rearm,
        };
        const mirrored = script.map(
          (event): Event =>
            event.type === 'tick' ? { ...event, values: { price: TOP - (event.values.price ?? 0) } } : event,
        );
        const told = (firings: Firing[]) =>
          firings.map(({ time, why, suppressed }) => ({ time, why, suppressed }));
        expect(told(playRule(down, mirrored))).toEqual(told(playRule(up, script)));
      }),
      { numRuns: 500 },
    ));

  it('is not changed by heartbeats between events', () =>
    fc.assert(
      fc.property(
        rule,
        fc.array(tick, { maxLength: 60, size: 'max' }),
        fc.infiniteStream(fc.nat({ max: 12 })),
        (one, ticks, parts) => {
          const script = ticks.map((event) => ({ ...event, step: Math.min(event.step, STALE) }));
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
      { numRuns: 500 },
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
      { numRuns: 500 },
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
      { numRuns: 500 },
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
      values: fc.record({ price: bad, range: bad, moveUp: bad, moveDown: bad }),
    }),
    { weight: 2, arbitrary: heartbeat },
    fc.record({
      type: fc.constant('add' as const),
      id: fc.nat({ max: 7 }),
      rule,
      paused: fc.constantFrom(false, false, true),
    }),
    fc.record({ type: fc.constant('remove' as const), id: fc.nat({ max: 7 }) }),
  );

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
        for (const event of script) {
          if (event.type === 'add') {
            const one = { ...event.rule, id: `rule${event.id}`, paused: event.paused };
            // A rule that comes anew, not an edit: edits have stories of their own.
            engine.remove(one.id);
            naive.remove(one.id);
            engine.add(one, undefined);
            naive.add(one);
          } else if (event.type === 'remove') {
            engine.remove(`rule${event.id}`);
            naive.remove(`rule${event.id}`);
          } else if (event.type === 'heartbeat') {
            time += event.step;
            const fired = firingsOf(engine.advance(SYMBOL, time)).sort(byId);
            expect(fired).toEqual(naive.advance(time).sort(byId));
          } else {
            time += event.step;
            seq += 1;
            const values: Values = Object.fromEntries(
              Object.entries(event.values).filter(([, value]) => value !== undefined),
            );
            const read = ({ metric }: { metric: Metric }) => values[metric];
            const at = time - (event.late > 0 ? 1 : 0);
            const fired = firingsOf(engine.tick(SYMBOL, at, seq - event.late, read)).sort(byId);
            expect(fired).toEqual(naive.tick(at, seq - event.late, values).sort(byId));
          }
        }
        expect(engine.size).toBe(naive.machines.size);
        expect(engine.ruleIds(SYMBOL).toSorted()).toEqual([...naive.machines.keys()].toSorted());
        expect(engine.symbols()).toEqual(naive.machines.size > 0 ? [SYMBOL] : []);
        for (const [id, machine] of naive.machines) {
          const { phase, episode, suppressed, deferred, lastFire, metric } = machine;
          const since = phase === 'pending' ? machine.since : 0;
          const sided = metric === 'moveEither' && (phase === 'pending' || phase === 'fired');
          const side = sided ? machine.side : undefined;
          const expected = { phase, episode, suppressed, deferred, lastFire: lastFire ?? 0, since, side };
          expect(engine.state(id, SYMBOL)).toMatchObject(expected);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
