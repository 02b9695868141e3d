import { finish, type Steps } from '../kit/steps.ts';
import type { Candle } from '../market/events.ts';
import { type PricePath, pathOf } from './candle-path.ts';
import { conditionsOf } from './condition.ts';
import type { ForwardSeries } from './counting.ts';
import { createEngine, type EngineTransition } from './engine.ts';
import { KINDS } from './kinds.ts';
import { forwardAlong, type PathReader, readerAlong } from './path-reader.ts';
import { COUNTED_MS, judgedMs, proposer } from './presets.ts';
import type { RuleKind, RulePart, WatchedRule } from './rule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A hold that lasts fewer minutes than this may be broken within one, unseen by candles. */
const COARSE_HOLD_MS = 5 * MINUTE_MS;

/** Points of a path that the engine takes in between two pauses. */
const POINTS_PER_STEP = 4_096;

/** Knowing less than this share of the seven days is worth a word; the start of the first window always is unknown. */
const WELL_KNOWN = 0.95;

const COUNTABLE = ['volatility', 'move', 'price', 'volume', 'ratio'] as const satisfies readonly RuleKind[];
type CountableKind = (typeof COUNTABLE)[number];

/** Kinds of which candles tell how often they would have fired; of two conditions both must be. */
export function isCountable(kind: RuleKind): kind is CountableKind {
  return COUNTABLE.some((each) => each === kind);
}

/** Why live trades may count otherwise than candles do. */
const PREVIEW_DOUBTS = ['order', 'within-minute', 'short-history'] as const;
/**
 * `order`: it matters which extreme of a candle came first, see `otherFires7d`. `within-minute`: window or hold time are
 * so short that much happens unseen within a candle. `short-history`: less than seven days are known, see `judgedMs`.
 */
export type PreviewDoubt = (typeof PREVIEW_DOUBTS)[number];

/** What a rule would have done. Times are Unix ms. */
export interface Preview {
  fires24h: number;
  fires7d: number;
  /** Most barks within one hour. */
  longestBurst: number;
  lastTime: number | undefined;
  /** When it would have barked in the last seven days, ascending. */
  times: readonly number[];
  /** For how much of the last seven days the watched number is known, ms. */
  judgedMs: number;
  /**
   * The threshold for about one bark a day, in the rule's unit; undefined for prices and two conditions, and below about
   * a day of candles.
   */
  suggestion: number | undefined;
  doubts: readonly PreviewDoubt[];
  /** `fires7d` if in every candle the farther extreme had come first. */
  otherFires7d: number;
}

/**
 * What this rule would have done along closed 1-minute candles (ascending; seven days, and before them one window more if
 * that is to be known from the start): the state machine that runs live, over the prices that candles tell of (see
 * candle-path.ts), and over what was traded, taken to be even within each minute. A rule that is paused, ends, or barks
 * `once` is counted as if it went on. `tickSize`: the smallest step of the price; 0 where it is not known. Throws for kinds
 * that candles tell nothing of (`isCountable`). In steps of a few ms.
 */
export function* previewSteps(rule: WatchedRule, candles: readonly Candle[], tickSize = 0): Steps<Preview> {
  const { kind, and } = rule;
  const untold = [kind, ...(and ? [and.kind] : [])].find((each) => !isCountable(each));
  if (untold !== undefined) throw new Error(`candles tell nothing of rules of kind ${untold}`);
  const conditions = conditionsOf(rule);
  const path = pathOf(candles);
  yield;
  const read = readerAlong(path, tickSize);
  for (const condition of conditions) {
    read(condition, 0);
    yield;
  }
  const within = (span: number) => (time: number) => time > path.end - span;
  const times = (yield* firingSteps(path, rule, read)).filter(within(COUNTED_MS));
  const otherPath = pathOf(candles, 'farther-first');
  yield;
  const otherRead = readerAlong(otherPath, tickSize);
  for (const condition of conditions) {
    otherRead(condition, 0);
    yield;
  }
  const otherwise = (yield* firingSteps(otherPath, rule, otherRead)).filter(within(COUNTED_MS));
  yield;
  const series = forwardAlong(path, conditions, read);
  yield;
  const judged = judgedMs(series);
  return {
    fires24h: times.filter(within(DAY_MS)).length,
    fires7d: times.length,
    longestBurst: longestBurst(times),
    lastTime: times.at(-1),
    times,
    judgedMs: judged,
    suggestion: suggestionOf(rule, series),
    doubts: doubtsOf(rule, judged, otherwise.length !== times.length),
    otherFires7d: otherwise.length,
  };
}

/** The preview of `previewSteps`, at once. */
export function previewRule(rule: WatchedRule, candles: readonly Candle[], tickSize = 0): Preview {
  return finish(previewSteps(rule, candles, tickSize));
}

/** When the engine lets a rule bark along a path, Unix ms. */
function* firingSteps(path: PricePath, rule: WatchedRule, read: PathReader): Steps<number[]> {
  const { symbol } = rule;
  const engine = createEngine();
  engine.add({ ...rule, mode: 'repeat', paused: false, until: undefined }, undefined);
  const times: number[] = [];
  const note = (transitions: readonly EngineTransition[]) => {
    for (const { firing } of transitions) if (firing) times.push(firing.time);
  };
  for (let i = 0; i < path.length; i++) {
    if (i % POINTS_PER_STEP === 0) yield;
    note(engine.tick(symbol, path.times[i] ?? 0, i, (key) => read(key, i)));
  }
  note(engine.advance(symbol, path.end));
  return times;
}

function suggestionOf(rule: WatchedRule, series: ForwardSeries): number | undefined {
  const { kind, and } = rule;
  if (!isCountable(kind) || kind === 'price' || and !== undefined) return undefined;
  return proposer(series, { ...rule, kind })?.(1).threshold;
}

function doubtsOf(rule: WatchedRule, judged: number, orderMatters: boolean): PreviewDoubt[] {
  const doubts: PreviewDoubt[] = [];
  if (orderMatters) doubts.push('order');
  const isShort = ({ kind, window }: Pick<RulePart, 'kind' | 'window'>) => {
    return KINDS[kind].windowed && window === '1m';
  };
  const short = isShort(rule) || (rule.and !== undefined && isShort(rule.and));
  if (short || (rule.holdMs > 0 && rule.holdMs < COARSE_HOLD_MS)) doubts.push('within-minute');
  if (judged < WELL_KNOWN * COUNTED_MS) doubts.push('short-history');
  return doubts;
}

/** Most of these times (ascending) that lie within one hour. */
function longestBurst(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [i, time] of times.entries()) {
    while (time - (times[first] ?? time) >= HOUR_MS) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}
