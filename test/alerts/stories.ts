import fc from 'fast-check';
import { conditionsOf, isSideMetric, type Metric } from '../../src/alerts/condition.ts';
import type { Engine, EngineTransition } from '../../src/alerts/engine.ts';
import { KINDS } from '../../src/alerts/kinds.ts';
import {
  type Firing,
  RULE_KINDS,
  type Rule,
  type RulePart,
  type WatchedRule,
} from '../../src/alerts/rule.ts';
import type { Values } from './oracle.ts';
import { makeRule } from './rules.ts';

export const STALE = 50;
export const SYMBOL = 'BTCUSDT';
export const TOP = 40;

/** What happens to a symbol: a trade or another event with the values then, or a heartbeat. Times are steps on from the last event. */
export type Event =
  | { type: 'tick' | 'measure'; step: number; values: Values }
  | { type: 'heartbeat'; step: number };

// Small whole numbers: levels are hit exactly, crossed, skipped and left again and again.
const price = fc.integer({ min: 1, max: TOP - 1 });
export const step = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) },
  fc.constantFrom(STALE, STALE + 1, 90),
);
export const values = fc.record({
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
export const tick = fc.record({ type: fc.constant('tick' as const), step, values });
export const measure = fc.record({ type: fc.constant('measure' as const), step, values });
export const heartbeat = fc.record({
  type: fc.constant('heartbeat' as const),
  step: fc.integer({ min: 0, max: 40 }),
});
export const events = fc.array(
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
export const rule = fc.oneof({ weight: 2, arbitrary: oneCondition }, twoConditions);

/** Does no trade judge the rule? */
export function isMeasured(one: WatchedRule): boolean {
  return conditionsOf(one).every(({ metric }) => isSideMetric(metric));
}

/** The same story told by events that judge the rule: by trades, or by others, which must not repeat a moment. */
export function asHeardBy(one: Rule, script: readonly Event[]): Event[] {
  const type = isMeasured(one) ? 'measure' : 'tick';
  const least = isMeasured(one) ? 1 : 0;
  return script.map((event) =>
    event.type === 'heartbeat' ? event : { ...event, type, step: Math.max(least, event.step) },
  );
}

export function firingsOf(transitions: readonly EngineTransition[]): Firing[] {
  return transitions.flatMap(({ firing }) => (firing ? [firing] : []));
}

/** Plays events into an engine, from the beginning of market time. */
export function play(
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

export const someRules = fc
  .array(rule, { minLength: 1, maxLength: 6 })
  .map((drawn) => drawn.map((one, index) => ({ ...one, id: `rule${index}` })));
