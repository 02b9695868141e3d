import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { type Brief, WINDOW_MS, type Window } from '../market/brief.ts';
import type { Analysis } from '../store/analyses.ts';
import type { MarketRepository } from '../store/market.ts';
import {
  type CallRecord,
  type DueOutcome,
  type FrozenCall,
  HORIZONS,
  type Horizon,
  type Outcome,
} from '../store/record.ts';

/** The window as long as a horizon. */
const WINDOW_OF = { m15: '15m', h1: '1h', h4: '4h' } as const satisfies Record<Horizon, Window>;
const YEAR_MS = 365 * 86_400_000;
/** The first mark price within this time after the moment is the outcome. */
const WITHIN_MS = 60_000;
/** Beyond this no price of that time will come any more. */
const GIVE_UP_MS = 120_000;

/**
 * What is to be kept of an analysis that nobody asked for, with the mark price of the moment at which it was delivered.
 * Undefined for one that asked no model, and where the market does not go on in real time (a replay).
 */
export function frozen(analysis: Analysis, delivered: Brief | undefined): FrozenCall | undefined {
  const { trigger, askedModel, reading } = analysis;
  if (trigger === 'interactive' || askedModel === undefined) return undefined;
  if (!delivered || delivered.mark === undefined || delivered.source === 'replay') return undefined;
  const isCall = reading !== undefined && !reading.abstain && reading.pUp !== undefined;
  return {
    v: 1,
    id: analysis.id,
    symbol: analysis.symbol,
    asOf: delivered.times.mark ?? delivered.time,
    mark: delivered.mark,
    kind: reading === undefined ? 'failed' : isCall ? 'call' : 'abstained',
    sentiment: reading?.sentiment,
    pUp: isCall ? { ...reading.pUp } : {},
    before: each((horizon) => covered(delivered, horizon)?.change),
    sigmaBps: each((horizon) => sigmaBps(delivered, horizon)),
    model: analysis.servedModel ?? askedModel,
    promptVersion: analysis.promptVersion,
    costNano: analysis.costNano,
    trigger,
    locale: analysis.locale,
  };
}

/** Finds the outcomes of recorded calls as their moments come. Several keepers at once do no harm: the first word stays. */
export function startRecordKeeper(deps: {
  record: CallRecord;
  market: Pick<MarketRepository, 'brief'>;
  clock: Clock;
  log: Log;
  everyMs: number;
}): Loop {
  const { record, market, clock } = deps;
  return startLoop(
    'record',
    deps.everyMs,
    async () => {
      const now = clock.now();
      const briefs = new Map<string, Promise<Brief | undefined>>();
      for (const due of await record.due(now)) {
        const brief = briefs.get(due.symbol) ?? market.brief(due.symbol);
        briefs.set(due.symbol, brief);
        const outcome = outcomeOf(due, await brief, now);
        if (outcome !== undefined) await record.resolve(due, outcome);
      }
    },
    deps.log,
  );
}

/** The mark price at a moment, null when it was missed for good; undefined: not yet. */
export function outcomeOf({ at }: DueOutcome, brief: Brief | undefined, now: number): Outcome | undefined {
  const time = brief?.times.mark;
  if (brief?.mark !== undefined && time !== undefined && time >= at) {
    return time <= at + WITHIN_MS ? { mark: brief.mark, at: time } : null;
  }
  return now > at + GIVE_UP_MS ? null : undefined;
}

function covered(brief: Brief, horizon: Horizon) {
  const window = brief.windows[WINDOW_OF[horizon]];
  return window.coverage < 1 ? undefined : window;
}

/** Realised volatility is a year's, in %: a move grows with the root of its time. */
function sigmaBps(brief: Brief, horizon: Horizon): number | undefined {
  const yearly = covered(brief, horizon)?.realisedVolatility;
  const part = WINDOW_MS[WINDOW_OF[horizon]] / YEAR_MS;
  return yearly === undefined ? undefined : yearly * 100 * Math.sqrt(part);
}

function each(value: (horizon: Horizon) => number | undefined): Partial<Record<Horizon, number>> {
  const values: Partial<Record<Horizon, number>> = {};
  for (const horizon of HORIZONS) {
    const one = value(horizon);
    if (one !== undefined) values[horizon] = one;
  }
  return values;
}
