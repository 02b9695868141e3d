import { finish, type Steps } from '../kit/steps.ts';
import type { Candle } from '../market/events.ts';
import { POINTS_PER_CANDLE, pathOf } from './candle-path.ts';
import { conditionsOf } from './condition.ts';
import { type ForwardSeries, firingsAlong, greatestOf } from './counting.ts';
import { STALE_MS } from './engine.ts';
import { KINDS, rearmOf, SIGMA_BOUNDS } from './kinds.ts';
import { forwardAlong, readerAlong } from './path-reader.ts';
import type { Preset, WatchedRule } from './rule.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far back barks are counted, ms. */
export const COUNTED_MS = 7 * DAY_MS;

/** No threshold that is proposed asks for less: smaller moves are noise on every symbol, in %. */
export const LEAST_PROPOSED = 0.15;
/** A day of candles, less what a window and a hole may take of it, ms. */
const LEAST_JUDGED_MS = 0.9 * DAY_MS;

/** Barks a day that each preset is meant to give. */
const BARKS_PER_DAY: Readonly<Record<Preset, number>> = { calm: 1, normal: 3, lively: 10 };

/** Barks a day beyond which no lower threshold is of interest. */
const FAR_TOO_MANY = 2 * BARKS_PER_DAY.lively;

/** A rule but for its threshold: what candles can count presets for. */
export type ChangeShape = Pick<WatchedRule, 'direction' | 'unit' | 'window' | 'cooldownMs' | 'holdMs'> & {
  kind: 'volatility' | 'move' | 'volume' | 'ratio';
};

/** A threshold in the unit of its kind, or in σ, and how often a day it would have fired. */
export interface Proposal {
  threshold: number;
  perDay: number;
  /** When it would have fired last, Unix ms. */
  lastTime?: number | undefined;
}

/**
 * The presets of a symbol from its closed 1-minute candles (ascending, of about a week): those thresholds that would have
 * fired nearest to 1 / 3 / 10 times a day. Undefined where less than about a day can be judged. In steps of a few ms.
 */
export function* proposalSteps(
  candles: readonly Candle[],
  shape: ChangeShape,
): Steps<Readonly<Record<Preset, Proposal>> | undefined> {
  const path = pathOf(candles);
  yield;
  const conditions = conditionsOf({ ...shape, threshold: 1, rearm: 0 });
  const read = readerAlong(path);
  for (const condition of conditions) read(condition, 0);
  yield;
  const series = forwardAlong(path, conditions, read);
  yield;
  const propose = proposer(series, shape);
  if (propose === undefined) return undefined;
  const lively = propose(BARKS_PER_DAY.lively);
  const normal = propose(BARKS_PER_DAY.normal, lively.threshold);
  return { calm: propose(BARKS_PER_DAY.calm, normal.threshold), normal, lively };
}

/** The thresholds of `proposalSteps`, at once. */
export function presetsFromCandles(
  candles: readonly Candle[],
  shape: ChangeShape,
): Record<Preset, number> | undefined {
  const found = finish(proposalSteps(candles, shape));
  if (found === undefined) return undefined;
  const { calm, normal, lively } = found;
  return { calm: calm.threshold, normal: normal.threshold, lively: lively.threshold };
}

/**
 * Makes a function that finds the threshold, of two significant digits and not below `least`, that would have fired
 * nearest to so many times a day; of equally good ones the middle is taken. All are tried from the highest down to where
 * they fire far too often. Those below the one that fires most are left out: they are passed nearly all the time and
 * seldom re-arm, which is not what somebody asks for who wants few barks. Undefined where less than about a day can be
 * judged.
 */
export function proposer(
  series: ForwardSeries,
  shape: Pick<ChangeShape, 'kind' | 'unit' | 'cooldownMs' | 'holdMs'>,
): ((perDay: number, least?: number) => Proposal) | undefined {
  const judged = judgedMs(series);
  if (judged < LEAST_JUDGED_MS) return undefined;
  const { cooldownMs, holdMs } = shape;
  const from = series.end - COUNTED_MS;
  const tried: Proposal[] = [];
  const { min, max } = boundsOf(shape);
  for (const threshold of thresholdsBetween(min, Math.min(max, greatestOf(series))).reverse()) {
    const watch = { level: threshold, rearm: rearmOf(shape.kind, threshold), cooldownMs, holdMs };
    const times = firingsAlong(series, watch, STALE_MS);
    const counted = times.filter((time) => time > from);
    const perDay = (counted.length * DAY_MS) / judged;
    tried.push({ threshold, perDay, lastTime: counted.at(-1) });
    if (perDay > FAR_TOO_MANY) break;
  }
  const busiest = Math.max(...tried.map(({ perDay }) => perDay));
  const falling = tried.slice(0, tried.findIndex(({ perDay }) => perDay === busiest) + 1);
  return (perDay, least = min) => {
    const allowed = falling.filter(({ threshold }) => threshold >= least);
    // One that would never have fired is no answer, unless none would.
    const barking = allowed.filter((each) => each.perDay > 0);
    const eligible = barking.length > 0 ? barking : allowed;
    const miss = (each: { perDay: number }) => Math.abs(each.perDay - perDay);
    const nearest = Math.min(...eligible.map(miss));
    const best = eligible.filter((each) => miss(each) === nearest);
    return best[best.length >> 1] ?? { threshold: least, perDay: 0, lastTime: undefined };
  };
}

/** How much of the counted time a series knows its value for, ms. */
export function judgedMs({ times, end }: ForwardSeries): number {
  let points = 0;
  for (const time of times) if (time >= end - COUNTED_MS) points += 1;
  return (points / POINTS_PER_CANDLE) * MINUTE_MS;
}

/** Within which thresholds are proposed. */
function boundsOf({ kind, unit }: Pick<ChangeShape, 'kind' | 'unit'>): { min: number; max: number } {
  if (unit === 'sigma') return SIGMA_BOUNDS;
  const { bounds } = KINDS[kind];
  return KINDS[kind].unit === 'percent' ? { ...bounds, min: LEAST_PROPOSED } : bounds;
}

/** All numbers of two significant digits from `least`, which is one and below 10, to what is just beyond `most`. */
function thresholdsBetween(least: number, most: number): number[] {
  const thresholds: number[] = [];
  let unit = least < 1 ? 100 : 10;
  let digits = Math.round(least * unit);
  for (;;) {
    thresholds.push(digits / unit);
    if (digits / unit > most) return thresholds;
    digits += 1;
    if (digits < 100) continue;
    digits = 10;
    unit /= 10;
  }
}
