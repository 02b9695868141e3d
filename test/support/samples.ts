import type { Rule } from '../../src/alerts/rule.ts';
import type { Trade } from '../../src/market/events.ts';
import type { OverviewRow } from '../../src/market/overview.ts';
import type { FeedHealth } from '../../src/store/market.ts';

/** A usual rule: BTCUSDT volatility 1 % in 5 minutes. */
export function makeRule(change: Partial<Rule> = {}): Rule {
  return {
    v: 1,
    id: 'abc234',
    chat: 'chat-1',
    symbol: 'BTCUSDT',
    kind: 'volatility',
    direction: 'up',
    threshold: 1,
    window: '5m',
    preset: undefined,
    rearm: 0.7,
    mode: 'repeat',
    cooldownMs: 300_000,
    holdMs: 0,
    until: undefined,
    paused: false,
    createdBy: 'telegram:42',
    createdAt: 0,
    ...change,
  };
}

/** The word of a feed that sees everything. */
export function makeHealth(change: Partial<FeedHealth> = {}): FeedHealth {
  return {
    v: 1,
    source: 'live',
    processId: 'feed-1',
    at: 0,
    startedAt: 0,
    routes: [],
    lagMs: 20,
    messages: 0,
    messagesPerSecond: 0,
    symbols: ['BTCUSDT'],
    warming: [],
    rejected: 0,
    gaps: 0,
    rules: 1,
    alerts: 0,
    backlog: 0,
    blindSince: undefined,
    refused: undefined,
    ...change,
  };
}

/** A trade of one BTC that a buyer took. */
export function makeTrade(id: number, time: number, price = 100): Trade {
  return { symbol: 'BTCUSDT', id, price, quantity: 1, time, eventTime: time, buyerIsMaker: false };
}

/** A symbol of the overview that trades enough to be told of. */
export function makeRow(symbol: string, change: Partial<OverviewRow> = {}): OverviewRow {
  return {
    symbol,
    last: 100,
    change5m: undefined,
    change1h: undefined,
    change24h: 1,
    range24h: 2,
    quoteVolume: 20e6,
    fundingRate: undefined,
    ...change,
  };
}
