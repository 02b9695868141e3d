import type { Clock } from '../kit/clock.ts';
import type { NanoUsd } from '../kit/money.ts';
import { type CallRecord, HORIZON_MS, HORIZONS, type Horizon, type RecordedCall } from '../store/record.ts';
import { type Sample, type Score, scoreCalls } from './score/score.ts';

/** How the calls of one model with one prompt about one symbol turned out. */
export interface Scorecard {
  model: string;
  promptVersion: string;
  /** When the first and the last was made, Unix ms. */
  from: number;
  to: number;
  calls: number;
  abstained: number;
  failed: number;
  /** Outcomes that nobody saw. */
  missed: number;
  costNano: NanoUsd;
  scores: Readonly<Record<Horizon, Score>>;
}

/** The AI's record as people are shown it. */
export interface Scoreboard {
  /** A card for each model and prompt that made calls about a symbol, the latest first; results never mix. */
  of(symbol: string): Promise<readonly Scorecard[]>;
}

const KEPT_MS = 365 * 86_400_000;
/** Outcomes come once in minutes. */
const FRESH_MS = 60_000;
/** A move below both this and a tenth of the usual one is none. */
const MIN_MOVE_BPS = 2;
const MIN_MOVE_SIGMAS = 0.1;

/** Reads the record of a year; cards are kept for a minute. */
export function createScoreboard(deps: { record: Pick<CallRecord, 'read'>; clock: Clock }): Scoreboard {
  const known = new Map<string, { at: number; cards: Promise<readonly Scorecard[]> }>();
  return {
    of(symbol) {
      const now = deps.clock.now();
      const kept = known.get(symbol);
      if (kept && now - kept.at < FRESH_MS) return kept.cards;
      const cards = deps.record.read(symbol, now - KEPT_MS, now).then(scorecards);
      known.set(symbol, { at: now, cards });
      cards.catch(() => known.delete(symbol));
      return cards;
    },
  };
}

/** The cards of recorded calls about one symbol, in ascending order of time. Pure. */
export function scorecards(calls: readonly RecordedCall[]): Scorecard[] {
  const groups = Map.groupBy(calls, (call) => JSON.stringify([call.model, call.promptVersion]));
  return [...groups.values()].map(cardOf).sort((a, b) => b.to - a.to);
}

function cardOf(calls: readonly RecordedCall[]): Scorecard {
  const [first] = calls;
  const last = calls.at(-1);
  if (!first || !last) throw new RangeError('a card needs a call');
  const count = (kind: RecordedCall['kind']) => calls.filter((call) => call.kind === kind).length;
  const score = (horizon: Horizon) =>
    scoreCalls(
      calls.flatMap((call) => sampleOf(call, horizon)),
      HORIZON_MS[horizon],
    );
  return {
    model: first.model,
    promptVersion: first.promptVersion,
    from: first.asOf,
    to: last.asOf,
    calls: count('call'),
    abstained: count('abstained'),
    failed: count('failed'),
    missed: calls
      .filter((call) => call.kind === 'call')
      .reduce((sum, call) => sum + HORIZONS.filter((horizon) => call.outcomes[horizon] === null).length, 0),
    costNano: calls.reduce((sum, call) => sum + call.costNano, 0),
    scores: { m15: score('m15'), h1: score('h1'), h4: score('h4') },
  };
}

/** A call as a sample for a horizon; none while its outcome is open or was missed. */
function sampleOf(call: RecordedCall, horizon: Horizon): Sample[] {
  const outcome = call.outcomes[horizon];
  const pUp = call.pUp[horizon];
  if (!outcome || pUp === undefined) return [];
  const sigmaBps = call.sigmaBps[horizon] ?? 0;
  return [
    {
      at: call.asOf,
      pUp,
      movedBps: (outcome.mark / call.mark - 1) * 10_000,
      flatBps: Math.max(MIN_MOVE_BPS, MIN_MOVE_SIGMAS * sigmaBps),
      before: call.before[horizon],
    },
  ];
}
