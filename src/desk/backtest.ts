import type { Clock } from '../kit/clock.ts';
import type { NanoUsd } from '../kit/money.ts';
import type { AnalysesRepository, NoReading } from '../store/analyses.ts';
import type { CallRecord, RecordedCall } from '../store/record.ts';
import type { Ask, Asked, Question } from './ask.ts';
import { PROMPT_VERSION } from './prompt.ts';
import { type Scorecard, scorecards } from './scoreboard.ts';

/** The payer of replayed calls in the ledger. */
const BACKTEST_PAYER = 'backtest';

/** What replaying a symbol's recorded calls brought. */
export interface BacktestReport {
  symbol: string;
  /** Moments that were asked about again, with an answer or without. */
  asked: number;
  /** Recorded calls whose facts are no longer stored. */
  withoutFacts: number;
  costNano: NanoUsd;
  /** How those who made these calls did at these moments, and how the one asked now does. */
  recorded: readonly Scorecard[];
  replayed: readonly Scorecard[];
}

export interface Backtest {
  reports: readonly BacktestReport[];
  /** Why it ended before all was asked; undefined: it did not. */
  stopped: NoReading | undefined;
}

/** What lasts, or would only cost: after one such refusal the next question would meet the same. */
const LASTING: ReadonlySet<NoReading | undefined> = new Set([
  'budget-off',
  'budget-bot',
  'budget-chat',
  'budget-shared',
  'unpriced-model',
  'gateway-auth',
  'gateway-balance',
  'gateway-model',
  'gateway-down',
] as const);

/**
 * Asks again about the facts of recorded calls of the time from…to (Unix ms), with whatever model and prompt `ask` has,
 * and scores the answers by the outcomes that are known; what was recorded stays as it is.
 */
export async function backtest(
  deps: {
    record: Pick<CallRecord, 'read'>;
    analyses: Pick<AnalysesRepository, 'get'>;
    ask: Ask;
    clock: Clock;
    /** Makes the ids of this run's calls its own. */
    runId: string;
    /** How long one question may take, ms. */
    questionMs: number;
  },
  options: { symbols: readonly string[]; from: number; to: number; signal: AbortSignal },
): Promise<Backtest> {
  const { clock } = deps;
  const reports: BacktestReport[] = [];
  let stopped: NoReading | undefined;

  /** The same moment answered anew; undefined where its facts are gone. */
  const again = async (
    call: RecordedCall,
  ): Promise<{ call: RecordedCall; why: NoReading | undefined } | undefined> => {
    const stored = await deps.analyses.get(call.id);
    if (!stored?.brief) return undefined;
    const question: Question = {
      id: `${deps.runId}.${call.id}`,
      brief: stored.brief,
      locales: [stored.locale],
      payer: BACKTEST_PAYER,
      operator: false,
      awaited: false,
      deadlineAt: clock.now() + deps.questionMs,
    };
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(deps.questionMs)]);
    const asked = await deps.ask(question, signal);
    return { call: anew(call, asked), why: asked.noReading };
  };

  for (const symbol of options.symbols) {
    const calls = (await deps.record.read(symbol, options.from, options.to)).filter(
      (call) => call.asOf >= options.from && call.asOf <= options.to,
    );
    const recorded: RecordedCall[] = [];
    const replayed: RecordedCall[] = [];
    let withoutFacts = 0;
    for (const call of calls) {
      if (stopped !== undefined || options.signal.aborted) break;
      const answered = await again(call);
      if (!answered) {
        withoutFacts++;
        continue;
      }
      if (LASTING.has(answered.why)) {
        stopped = answered.why;
        break;
      }
      recorded.push(call);
      replayed.push(answered.call);
    }
    reports.push({
      symbol,
      asked: replayed.length,
      withoutFacts,
      costNano: replayed.reduce((sum, call) => sum + call.costNano, 0),
      recorded: scorecards(recorded),
      replayed: scorecards(replayed),
    });
  }
  return { reports, stopped };
}

function anew(call: RecordedCall, asked: Asked): RecordedCall {
  const { reading } = asked;
  const isCall = reading !== undefined && !reading.abstain && reading.pUp !== undefined;
  return {
    ...call,
    kind: reading === undefined ? 'failed' : isCall ? 'call' : 'abstained',
    sentiment: reading?.sentiment,
    pUp: isCall ? { ...reading.pUp } : {},
    model: asked.servedModel ?? asked.askedModel ?? call.model,
    promptVersion: PROMPT_VERSION,
    costNano: asked.costNano,
  };
}
