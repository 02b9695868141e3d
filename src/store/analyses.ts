import type { NanoUsd } from '../kit/money.ts';
import type { Brief, Window } from '../market/brief.ts';
import { LOCALES, type Locale } from './chat-model.ts';
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
  /** The model's probability of a higher mark price after 15 minutes, 1 hour and 4 hours; undefined: it gave none. */
  pUp?: { m15: number; h1: number; h4: number };
  /** What is wrong with it: it contradicts itself, or something in it was cut, taken out, or made up. */
  flags?: readonly ReadingFlag[];
}

export type ReadingFlag = 'conflict' | 'cut' | 'digits' | 'drivers';

/** A brief as the AI is given it, with what it does not hold by itself. */
export interface Facts extends Brief {
  /** Among the windows of the last week: percentile of the range (0…100), z-score of the logarithm of turnover. */
  usual?: Partial<Record<Window, { rank: number; volumeZ: number | undefined }>>;
  /** Change of Bitcoin in %; undefined for Bitcoin itself. */
  btc?: Partial<Record<Window, number>>;
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
  | 'gateway-down'
  | 'bad-answer'
  | 'late'
  | 'no-brief';

/** Why nothing is asked of an AI at all: the owner's choice. */
export type AiOff = Extract<NoReading, 'no-key' | 'budget-off'>;

/** One AI reading (or the reason for none) with its facts, model, tokens and cost. */
export interface Analysis {
  v: 1;
  id: string;
  symbol: string;
  /** Language of the reading's summary. */
  locale: Locale;
  trigger: 'interactive' | 'scheduled' | '50trades';
  reading: Reading | undefined;
  /** The summary in every language it was made in; absent when that is one only. */
  summaries?: Partial<Record<Locale, string>>;
  noReading: NoReading | undefined;
  brief: Facts | undefined;
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
  /** Made for an earlier question of somebody else; tokens and cost are those of that one. */
  shared?: boolean;
}

export interface AnalysesRepository {
  /** Stores the result (7 days; 40, where nobody asked for it, for replays); one with a reading becomes the symbol's latest, and answers equal questions for a minute. */
  save(analysis: Analysis): Promise<void>;
  /** Stores the answer to an earlier question as the answer to this one, for as long as somebody may wait for it. */
  share(analysis: Analysis, id: string): Promise<void>;
  get(id: string): Promise<Analysis | undefined>;
  /** A reading of this symbol, in this language and by this prompt, that is less than a minute old. */
  fresh(symbol: string, locale: Locale, promptVersion: string): Promise<Analysis | undefined>;
  /** The symbol's newest analysis that has a reading; in this language, where it was made in it. */
  latest(symbol: string, locale?: Locale): Promise<Analysis | undefined>;
  /** The id of the newest analysis that has a reading. */
  latestId(symbol: string): Promise<string | undefined>;
  /** A rule needs this symbol to be analysed on schedule, until a moment of the wall clock (Unix ms). */
  wantScheduled(symbol: string, until: number): Promise<void>;
  /** Those symbols, as of `now`, Unix ms. */
  wantedScheduled(now: number): Promise<string[]>;
  /** Somebody reads analyses of the symbol in this language: those that come unasked are then made in it too, for two days. */
  markReader(symbol: string, locale: Locale): Promise<void>;
  /** The languages in which analyses of the symbol were read in the last two days. */
  readers(symbol: string): Promise<Locale[]>;
}

/** The analysis as it is told in a language; undefined when it was not made in it. */
export function inLanguage(analysis: Analysis, locale: Locale): Analysis | undefined {
  if (analysis.locale === locale) return analysis;
  const summary = analysis.summaries?.[locale];
  if (summary === undefined || !analysis.reading) return undefined;
  return { ...analysis, locale, reading: { ...analysis.reading, summary } };
}

const KEEP_SECONDS = 7 * 86_400;
const KEEP_UNASKED_SECONDS = 40 * 86_400;
const SHARED_SECONDS = 600;
/** How long a reading answers further questions. */
export const FRESH_MS = 60_000;
/** A report is read once a day. */
const READER_MS = 2 * 86_400_000;

/**
 * Analyses as JSON, one key each; the symbol's latest and the fresh ones are pointers, so that each is stored once.
 * `freshMs`: in place of `FRESH_MS`; 0 = not at all.
 */
export function createAnalysesRepository(store: Store, freshMs = FRESH_MS): AnalysesRepository {
  const get = async (id: string): Promise<Analysis | undefined> => {
    const text = await store.get(keys.analysis(id));
    return text === null ? undefined : read(text);
  };
  return {
    async save(analysis) {
      const { id, reading, symbol, promptVersion, trigger } = analysis;
      const seconds = trigger === 'interactive' ? KEEP_SECONDS : KEEP_UNASKED_SECONDS;
      const write = store.set(keys.analysis(id), JSON.stringify(analysis), 'EX', seconds);
      const point = reading ? store.set(keys.latestAnalysis(symbol), id, 'EX', KEEP_SECONDS) : undefined;
      // Only once it can be found does it answer others.
      await Promise.all([write, point]);
      if (!reading || freshMs <= 0) return;
      const spoken = LOCALES.filter((each) => inLanguage(analysis, each));
      await Promise.all(
        spoken.map((each) => store.set(keys.freshAnalysis(symbol, each, promptVersion), id, 'PX', freshMs)),
      );
    },
    async share(analysis, id) {
      const copy: Analysis = { ...analysis, id, shared: true };
      await store.set(keys.analysis(id), JSON.stringify(copy), 'EX', SHARED_SECONDS);
    },
    get,
    async fresh(symbol, locale, promptVersion) {
      const id = await store.get(keys.freshAnalysis(symbol, locale, promptVersion));
      const analysis = id === null ? undefined : await get(id);
      return analysis && inLanguage(analysis, locale);
    },
    async latest(symbol, locale) {
      const id = await store.get(keys.latestAnalysis(symbol));
      const analysis = id === null ? undefined : await get(id);
      return (analysis && locale && inLanguage(analysis, locale)) ?? analysis;
    },
    latestId: async (symbol) => (await store.get(keys.latestAnalysis(symbol))) ?? undefined,
    async wantScheduled(symbol, until) {
      await store.zadd(keys.analysisWanted, 'GT', String(until), symbol);
    },
    async wantedScheduled(now) {
      await store.zremrangebyscore(keys.analysisWanted, '-inf', `(${now}`);
      return await store.zrange(keys.analysisWanted, 0, '-1');
    },
    async markReader(symbol, locale) {
      const key = keys.readers(symbol);
      await Promise.all([store.zadd(key, Date.now(), locale), store.pexpire(key, READER_MS)]);
    },
    async readers(symbol) {
      const found = await store.zrangebyscore(keys.readers(symbol), Date.now() - READER_MS, '+inf');
      return LOCALES.filter((locale) => found.includes(locale));
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
