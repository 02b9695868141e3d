import { createEngine, type Engine } from '../src/alerts/engine.ts';
import type { Rule } from '../src/alerts/rule.ts';

export const SYMBOLS = 500;
/** Where every symbol stands. */
export const PRICE = 50_000;
/** Below every level of a falling rule. */
export const CRASHED = PRICE * 0.8;
export const MILLION = 1_000_000;

export const symbols = Array.from({ length: SYMBOLS }, (_, index) => `COIN${index}USDT`);

/** The `index`-th rule: a price level up to a tenth above or below, spread over symbols and over chats of 50 rules. */
export function makeRule(index: number): Rule {
  const up = index % 2 === 0;
  // Golden-ratio steps: well spread and the same in every run.
  const threshold = PRICE * (1 + (up ? 1 : -1) * (0.002 + 0.1 * ((index * 0.618_033_988_75) % 1)));
  return {
    v: 1,
    id: index.toString(36).padStart(6, '0'),
    chat: `chat-${Math.floor(index / 50)}`,
    symbol: symbols[index % SYMBOLS] ?? '',
    kind: 'price',
    direction: up ? 'up' : 'down',
    threshold,
    window: '1m',
    preset: undefined,
    rearm: threshold * (up ? 0.998 : 1.002),
    mode: 'repeat',
    cooldownMs: 300_000,
    holdMs: 0,
    until: undefined,
    paused: false,
    createdBy: `telegram:${Math.floor(index / 50)}`,
    createdAt: 1_700_000_000_000 + index,
  };
}

/** An engine with so many rules, each of which has seen its symbol's price. */
export function fill(count: number): Engine {
  const engine = createEngine();
  for (let i = 0; i < count; i++) engine.add(makeRule(i), undefined);
  for (const symbol of symbols) engine.tick(symbol, 1, 1, () => PRICE);
  return engine;
}
