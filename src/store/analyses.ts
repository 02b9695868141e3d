import type { NanoUsd } from '../kit/money.ts';
import type { Brief } from '../market/brief.ts';
import type { Locale } from './chat-model.ts';
import { keys } from './keys.ts';
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
  /** Stores the result (7 days); one with a reading becomes the symbol's latest. */
  save(analysis: Analysis): Promise<void>;
  get(id: string): Promise<Analysis | undefined>;
  /** The symbol's newest analysis that has a reading. */
  latest(symbol: string): Promise<Analysis | undefined>;
}

const KEEP_SECONDS = 7 * 86_400;

/** Analyses as JSON, one key each; the symbol's latest is a pointer, so that each is stored once. */
export function createAnalysesRepository(store: Store): AnalysesRepository {
  const get = async (id: string): Promise<Analysis | undefined> => {
    const text = await store.get(keys.analysis(id));
    return text === null ? undefined : read(text);
  };
  return {
    async save(analysis) {
      const write = store.set(keys.analysis(analysis.id), JSON.stringify(analysis), 'EX', KEEP_SECONDS);
      const point = analysis.reading
        ? store.set(keys.latestAnalysis(analysis.symbol), analysis.id, 'EX', KEEP_SECONDS)
        : undefined;
      await Promise.all([write, point]);
    },
    get,
    async latest(symbol) {
      const id = await store.get(keys.latestAnalysis(symbol));
      return id === null ? undefined : await get(id);
    },
  };
}

function read(text: string): Analysis | undefined {
  const value: unknown = JSON.parse(text);
  return isAnalysis(value) ? value : undefined;
}

/** Written by this program alone; the version says whether it is of the form we know. */
function isAnalysis(value: unknown): value is Analysis {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === 1 && 'id' in value;
}
