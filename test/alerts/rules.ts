import type { Rule } from '../../src/alerts/rule.ts';

/** A rule on BTCUSDT crossing 100 upwards, re-armed at 98, with what the test is about changed. */
export function makeRule(change: Partial<Rule> = {}): Rule {
  return {
    v: 1,
    id: 'rule22',
    chat: 'chat-1',
    symbol: 'BTCUSDT',
    kind: 'price',
    direction: 'up',
    threshold: 100,
    window: '1m',
    preset: undefined,
    rearm: 98,
    mode: 'repeat',
    cooldownMs: 0,
    holdMs: 0,
    until: undefined,
    paused: false,
    createdBy: 'telegram:1',
    createdAt: 1_000,
    ...change,
  };
}
