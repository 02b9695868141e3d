import type { NanoUsd } from '../kit/money.ts';
import type { Brief } from '../market/brief.ts';
import type { Locale } from './chat-model.ts';
import type { Store } from './redis.ts';

/** What the model said, validated. It names features; code writes the numbers. */
export interface Reading {
  /** 0 bearish … 50 neutral … 100 bullish. */
  sentiment: number;
  /** At most 50 graphemes, plain text, without markup, mentions or links. */
  summary: string;
  drivers: readonly { feature: string; effect: 'up' | 'down' | 'neutral' }[];
  risk: 'low' | 'medium' | 'high' | 'extreme';
  horizon: '15m' | '1h' | '4h';
  abstain: boolean;
}

/** Why an analysis has no reading; shown in words. */
export type NoReading =
  | 'no-key'
  | 'insufficient-data'
  | 'budget-off'
  | 'budget-bot'
  | 'budget-chat'
  | 'budget-shared'
  | 'unpriced-model'
  | 'timeout'
  | 'gateway-auth'
  | 'gateway-balance'
  | 'gateway-model'
  | 'gateway-limit'
  | 'gateway-error'
  | 'bad-answer'
  | 'late'
  | 'no-brief';

/** One AI reading (or the reason for none) with its facts, model, tokens and cost. */
export interface Analysis {
  v: 1;
  id: string;
  symbol: string;
  locale: Locale;
  trigger: 'interactive' | 'scheduled' | '50trades';
  reading: Reading | undefined;
  noReading: NoReading | undefined;
  brief: Brief | undefined;
  askedModel: string | undefined;
  servedModel: string | undefined;
  promptVersion: string;
  promptTokens: number;
  completionTokens: number;
  costNano: NanoUsd;
  /** The cost is an estimate. */
  estimated: boolean;
  createdAt: number;
  finishedAt: number;
}

export interface AnalysesRepository {
  /** Stores the result (7 days) and makes it the symbol's latest. */
  save(analysis: Analysis): Promise<void>;
  get(id: string): Promise<Analysis | undefined>;
  latest(symbol: string): Promise<Analysis | undefined>;
}

export function createAnalysesRepository(_store: Store): AnalysesRepository {
  throw new Error('not built yet');
}
