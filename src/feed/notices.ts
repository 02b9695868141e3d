import type { EngineTransition } from '../alerts/engine.ts';
import type { Firing, WatchedRule } from '../alerts/rule.ts';
import type { MarketSource } from '../market/events.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import type { Amendment } from '../notice/amendment.ts';
import type { AlertNotice, RuleEndedNotice } from '../notice/notice.ts';
import { shownRule } from '../notice/shown-rule.ts';
import type { Transition } from '../store/commits.ts';
import { signedValue } from './metrics.ts';

/** A price at a market time, Unix ms. */
export interface PricePoint {
  price: number;
  time: number;
}

/** What is known of the symbol at the moment of a firing. */
export interface Scene {
  state: SymbolState;
  tickSize: number;
  source: MarketSource;
  /** The trade before the one that fired it. */
  previous: PricePoint | undefined;
  /** Found while a gap was repaired. */
  late: boolean;
  /** Wall clock, Unix ms. */
  now: number;
}

/** The engine's transition in the form in which it is kept, with the notice if it barked. */
export function toTransition(transition: EngineTransition, scene: Scene): Transition {
  const { rule, instance, state, firing } = transition;
  return {
    instance,
    state,
    fired: firing && { chat: rule.chat, notice: alertNotice(rule, firing, scene) },
    eased: isEased(transition, scene)
      ? { chat: rule.chat, notice: easedNotice(transition, scene) }
      : undefined,
  };
}

/** Messages are known for so long after they told something, ms. */
const TOLD_MS = 48 * 3_600_000;

/** Is the rule back to normal after a bark that its chat was told, and wants to hear so? */
function isEased({ rule, was, state, firing }: EngineTransition, { state: { time } }: Scene): boolean {
  const back = was === 'fired' && state.phase === 'armed' && firing === undefined;
  // A crossing that the cooldown swallowed was not told.
  const told = state.episode > 0 && state.suppressed === 0 && time - state.lastFire < TOLD_MS;
  return rule.tellNormal === true && back && told;
}

function easedNotice({ instance, state }: EngineTransition, { state: market }: Scene): Amendment {
  const of = `${instance}.${state.episode}`;
  return {
    type: 'amendment',
    eventId: `normal:${of}`,
    of,
    dueAt: 0,
    what: 'normal',
    time: market.time,
    price: market.last ?? 0,
  };
}

/** What a chat is told of a firing: from where to where the price went, and how busy the market was. */
function alertNotice(rule: WatchedRule, firing: Firing, scene: Scene): AlertNotice {
  const { state, tickSize, source, late, now } = scene;
  return {
    type: 'alert',
    eventId: firing.eventId,
    rule: shownRule(rule),
    firing: { ...firing, value: signedValue(rule, firing.value, state) },
    source,
    tickSize,
    from: startOf(rule, firing, scene),
    to: { price: state.last ?? firing.value, time: firing.time },
    volumeRatio: state.volumeRatio(rule.window),
    late,
    decidedAt: now,
  };
}

/** What a chat is told of a rule that ended without firing. */
export function endedNotice(rule: WatchedRule, reason: RuleEndedNotice['reason']): RuleEndedNotice {
  return {
    type: 'rule-ended',
    eventId: `${rule.id}:${rule.symbol}.ended`,
    rule: shownRule(rule),
    reason,
  };
}

/** A move starts at the extreme it left, a range at its older extreme, a price at the trade before; else there is no way. */
function startOf(rule: WatchedRule, firing: Firing, { state, previous }: Scene): PricePoint | undefined {
  if (rule.kind === 'price') return previous;
  if (rule.kind !== 'move' && rule.kind !== 'volatility') return undefined;
  const extremes = state.extremes(rule.window);
  if (!extremes) return undefined;
  const low = { price: extremes.low, time: extremes.lowTime };
  const high = { price: extremes.high, time: extremes.highTime };
  if (rule.kind === 'move') return firing.value >= 0 ? low : high;
  return low.time <= high.time ? low : high;
}
