import type { Analysis, Reading } from '../../src/store/analyses.ts';
import type { FrozenCall } from '../../src/store/record.ts';

/** A reading that finds the market calm. */
export function makeReading(change: Partial<Reading> = {}): Reading {
  return {
    sentiment: 72,
    summary: 'Buyers lead while funding stays calm',
    drivers: [
      { feature: 'change_1h', effect: 'up' },
      { feature: 'funding', effect: 'neutral' },
    ],
    risk: 'medium',
    horizon: '1h',
    abstain: false,
    ...change,
  };
}

/** An analysis of BTCUSDT that somebody had made in English, without its facts. */
export function makeAnalysis(change: Partial<Analysis> = {}): Analysis {
  return {
    v: 1,
    id: 'analysis-1',
    symbol: 'BTCUSDT',
    locale: 'en',
    trigger: 'interactive',
    reading: makeReading(),
    noReading: undefined,
    brief: undefined,
    askedModel: 'deepseek/deepseek-chat-v3-0324',
    servedModel: 'deepseek/deepseek-chat-v3-0324',
    promptVersion: '1',
    promptTokens: 612,
    completionTokens: 88,
    costNano: 121_000,
    estimated: false,
    createdAt: 0,
    finishedAt: 0,
    ...change,
  };
}

/** A call on BTCUSDT as it is frozen for the record, of a scheduled analysis. */
export function makeFrozenCall(change: Pick<FrozenCall, 'id' | 'asOf'> & Partial<FrozenCall>): FrozenCall {
  return {
    v: 1,
    symbol: 'BTCUSDT',
    mark: 100,
    kind: 'call',
    sentiment: 60,
    pUp: { m15: 0.6, h1: 0.6, h4: 0.6 },
    before: {},
    sigmaBps: {},
    model: 'deepseek/deepseek-chat-v3-0324',
    promptVersion: '1',
    costNano: 300_000,
    trigger: 'scheduled',
    locale: 'en',
    ...change,
  };
}
