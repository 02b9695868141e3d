import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionsOf, type Metric } from '../../src/alerts/condition.ts';
import { createEngine } from '../../src/alerts/engine.ts';
import type { Firing, InstanceState, Rule } from '../../src/alerts/rule.ts';
import type { Values } from './oracle.ts';
import { makeRule } from './rules.ts';
import {
  asHeardBy,
  type Event,
  events,
  firingsOf,
  isMeasured,
  play,
  rule,
  STALE,
  SYMBOL,
  TOP,
  tick,
  values,
} from './stories.ts';

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
