import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSideMetric, type Metric } from '../../src/alerts/condition.ts';
import { createEngine, type EngineTransition } from '../../src/alerts/engine.ts';
import type { Firing, WatchedRule } from '../../src/alerts/rule.ts';
import { NaiveScan, type Values } from './oracle.ts';
import { firingsOf, heartbeat, measure, rule, STALE, SYMBOL, someRules, step, tick } from './stories.ts';

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
