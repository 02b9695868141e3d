import type { NanoUsd } from '../../kit/money.ts';
import { brier, clusteredMean, type Forecast, squaredError } from './brier.ts';
import { type Interval, wilson } from './wilson.ts';

/** One call and what became of it after a time. */
export interface Sample {
  /** When it was made, Unix ms. */
  at: number;
  /** Its probability that the price would be higher. */
  pUp: number;
  /** What the price did until then, bps. */
  movedBps: number;
  /** A smaller move than this counts as none. */
  flatBps: number;
  /** What the price had done over as long a time before, in any unit; undefined: not known. */
  before: number | undefined;
}

/** Who needs no AI to make a call. */
export const BASELINES = ['up', 'momentum', 'reversal', 'coin'] as const;
export type Baseline = (typeof BASELINES)[number];

/**
 * What the figures allow to be said: `few` = not enough calls for any word; `none` = no evidence of skill; `worse` = even
 * worse than the base rate or a coin; `skill` = better than every baseline, beyond chance.
 */
export type Verdict = 'few' | 'none' | 'worse' | 'skill';

export interface Score {
  /** Calls that were resolved and do not overlap in time: each counts as one. */
  calls: number;
  /** Those that took a side and saw the price move. */
  decided: number;
  hits: number;
  hitRate: Interval;
  /** Hit rate of each baseline on the decided calls; undefined where it took no side. */
  baselines: Readonly<Record<Baseline, number | undefined>>;
  brier: number;
  /** 1 − Brier ÷ Brier of the base rate known at each call; above 0 is better than that. */
  skill: number;
  /** The same, 95 %, by days. */
  skillInterval: Interval;
  verdict: Verdict;
}

/** Below this many decided calls nothing is said about skill: 55 % could not be told from a coin. */
export const ENOUGH = 200;

/** Scores calls about one horizon (ms); of calls that overlap in time only the first counts. Pure. */
export function scoreCalls(samples: readonly Sample[], horizonMs: number): Score {
  const calls = withoutOverlap(samples, horizonMs);
  const decided = calls.filter(
    (each) => each.pUp !== 0.5 && Math.abs(each.movedBps) >= each.flatBps && each.movedBps !== 0,
  );
  const rate = (side: (sample: Sample) => number) => hitsOf(decided, side);
  const own = rate((each) => each.pUp - 0.5);
  const hitRate = wilson(own.hits, own.taken);
  const baselines = {
    up: share(rate(() => 1)),
    momentum: share(rate((each) => each.before ?? 0)),
    reversal: share(rate((each) => -(each.before ?? 0))),
    coin: 0.5,
  };
  const forecasts = calls.map(forecastOf);
  const references = baseRates(calls, horizonMs).map((p, i) => ({ p, came: forecasts[i]?.came ?? false }));
  const reference = brier(references);
  const gain = clusteredMean(
    forecasts.map((forecast, i) => ({
      value: squaredError(references[i] ?? forecast) - squaredError(forecast),
      cluster: new Date(calls[i]?.at ?? 0).toISOString().slice(0, 10),
    })),
  );
  const skillInterval = { low: gain.low / reference, high: gain.high / reference };
  return {
    calls: calls.length,
    decided: decided.length,
    hits: own.hits,
    hitRate,
    baselines,
    brier: brier(forecasts),
    skill: gain.mean / reference,
    skillInterval,
    verdict: verdictOf(decided.length, hitRate, skillInterval, Object.values(baselines)),
  };
}

function verdictOf(
  decided: number,
  hitRate: Interval,
  skill: Interval,
  baselines: readonly (number | undefined)[],
): Verdict {
  if (decided < ENOUGH) return 'few';
  const best = Math.max(...baselines.map((each) => each ?? 0));
  if (hitRate.low > best && skill.low > 0) return 'skill';
  return hitRate.high < 0.5 || skill.high < 0 ? 'worse' : 'none';
}

/** A schedule comes a moment early now and then. */
const JITTER = 0.98;

/** Calls whose times to come do not overlap, the earliest first: overlapping ones tell of the same move twice. */
function withoutOverlap(samples: readonly Sample[], horizonMs: number): Sample[] {
  const kept: Sample[] = [];
  for (const sample of samples.toSorted((a, b) => a.at - b.at)) {
    const last = kept.at(-1);
    if (!last || sample.at - last.at >= horizonMs * JITTER) kept.push(sample);
  }
  return kept;
}

function hitsOf(
  decided: readonly Sample[],
  side: (sample: Sample) => number,
): { hits: number; taken: number } {
  let hits = 0;
  let taken = 0;
  for (const sample of decided) {
    const taking = Math.sign(side(sample));
    if (taking === 0) continue;
    taken++;
    if (taking === Math.sign(sample.movedBps)) hits++;
  }
  return { hits, taken };
}

function share({ hits, taken }: { hits: number; taken: number }): number | undefined {
  return taken === 0 ? undefined : hits / taken;
}

function forecastOf({ pUp, movedBps }: Sample): Forecast {
  return { p: pUp, came: movedBps > 0 };
}

/** For each call the share of rises among the calls resolved by then, from ½ on (Laplace): nothing it could not know. */
function baseRates(calls: readonly Sample[], horizonMs: number): number[] {
  let known = 0;
  let ups = 0;
  return calls.map((call) => {
    for (let next = calls[known]; next && next.at + horizonMs * JITTER <= call.at; next = calls[known]) {
      known++;
      if (next.movedBps > 0) ups++;
    }
    return (ups + 1) / (known + 2);
  });
}

/** What calls cost for what they brought, nano-USD; undefined where they brought nothing of the kind. */
export function costPer(
  costNano: NanoUsd,
  score: Score,
): { call?: NanoUsd; hit?: NanoUsd; aboveCoin?: NanoUsd } {
  const above = score.hits - score.decided / 2;
  return {
    ...(score.calls > 0 ? { call: Math.round(costNano / score.calls) } : {}),
    ...(score.hits > 0 ? { hit: Math.round(costNano / score.hits) } : {}),
    ...(above > 0 ? { aboveCoin: Math.round(costNano / above) } : {}),
  };
}
