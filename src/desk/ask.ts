import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import type { Brief } from '../market/brief.ts';
import type { NoReading, Reading } from '../store/analyses.ts';
import type { Locale } from '../store/chat-model.ts';
import { answerSchema, judgeAnswer } from './answer.ts';
import { capabilitiesOf, type Structured, weaker } from './capabilities.ts';
import { knownFeatures } from './features.ts';
import type { GatewayAnswer } from './gateway.ts';
import type { FailureReason, GatewayFailure } from './gateway-failure.ts';
import { composePrompt, composeRepair, type Message } from './prompt.ts';
import type { Buy, Charge } from './purchase.ts';

/** A question to the AI: about which figures, for whom, until when. */
export interface Question {
  /** Attempts are numbered after it. */
  id: string;
  brief: Brief;
  locale: Locale;
  payer: string;
  operator: boolean;
  /** Unix ms. */
  deadlineAt: number;
}

/** A reading or the reason for none, and what all attempts together were charged. */
export interface Asked extends Charge {
  reading: Reading | undefined;
  noReading: NoReading | undefined;
  askedModel: string | undefined;
  servedModel: string | undefined;
}

/** Waits of the retry layer, ms. */
export interface AskTimings {
  /** An attempt may take its share of the time left, and this at least. */
  attemptMs: number;
  /** Upper bound of the random pause before a retry. */
  pauseMs: number;
  /** How long a model that the gateway does not serve goes to the end of the list. */
  deadModelMs: number;
  /** How long a refused `response_format` is remembered. */
  downgradeMs: number;
}

export const ASK_TIMINGS: AskTimings = {
  attemptMs: 6_000,
  pauseMs: 500,
  deadModelMs: 3_600_000,
  downgradeMs: 86_400_000,
};

/** Tight for Korean and Japanese below this. */
const MAX_TOKENS = 320;
const TRIES_PER_MODEL = 2;

/**
 * What follows a failure: `stop` = no model would do better; `next` = another model may; `again` = the same may, a moment
 * later, and then another. The retry layer is this table; neither SDK nor queue retries.
 */
const AFTER = {
  auth: { move: 'stop', reason: 'gateway-auth' },
  balance: { move: 'stop', reason: 'gateway-balance' },
  model: { move: 'next', reason: 'gateway-model' },
  limit: { move: 'wait', reason: 'gateway-limit' },
  format: { move: 'weaker', reason: 'gateway-error' },
  rejected: { move: 'next', reason: 'gateway-error' },
  server: { move: 'again', reason: 'gateway-error' },
  connection: { move: 'again', reason: 'gateway-error' },
  timeout: { move: 'again', reason: 'timeout' },
  'bad-response': { move: 'again', reason: 'gateway-error' },
} as const satisfies Record<
  FailureReason,
  { move: 'stop' | 'next' | 'again' | 'wait' | 'weaker'; reason: NoReading }
>;

/** The dialogue with one model, as it stands. */
interface Talk {
  model: string;
  messages: readonly Message[];
  structured: Structured;
  maxTokens: number;
  triesLeft: number;
}

type Step = { move: 'done'; reading: Reading } | { move: 'again' | 'next' | 'stop'; reason: NoReading };

/** Asks the models in turn until one gives a reading, the money or the time is up, or none is left. */
export function createAsk(deps: {
  buy: Buy;
  /** First choice, then fallbacks. */
  models: readonly string[];
  clock: Clock;
  timings?: Partial<AskTimings>;
}): (question: Question, signal: AbortSignal) => Promise<Asked> {
  const { clock } = deps;
  const timings = { ...ASK_TIMINGS, ...deps.timings };
  const deadUntil = new Map<string, number>();
  const formats = new Map<string, { structured: Structured; until: number }>();

  const open = (model: string, messages: readonly Message[]): Talk => {
    const known = formats.get(model);
    const structured =
      known && known.until > clock.now() ? known.structured : capabilitiesOf(model).structured;
    return { model, messages, structured, maxTokens: MAX_TOKENS, triesLeft: TRIES_PER_MODEL };
  };

  const inTurn = () => {
    const now = clock.now();
    const dead = (model: string) => Number((deadUntil.get(model) ?? 0) > now);
    return [...deps.models].sort((a, b) => dead(a) - dead(b));
  };

  /** Decides after a failure; changes the talk for the next attempt. */
  const afterFailure = async (
    talk: Talk,
    failure: GatewayFailure,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<Step> => {
    const { move, reason } = AFTER[failure.reason];
    if (failure.reason === 'model') deadUntil.set(talk.model, clock.now() + timings.deadModelMs);
    if (move === 'weaker') {
      const structured = weaker(talk.structured);
      if (structured === undefined) return { move: 'next', reason };
      talk.structured = structured;
      // A question refused for its form was not an attempt to answer it.
      talk.triesLeft++;
      formats.set(talk.model, { structured, until: clock.now() + timings.downgradeMs });
      return { move: 'again', reason };
    }
    if (move === 'stop' || move === 'next') return { move, reason };
    if (talk.triesLeft === 0) return { move: 'next', reason };
    const pauseMs = move === 'wait' ? (failure.waitMs ?? 1_000) : Math.random() * timings.pauseMs;
    if (pauseMs >= leftMs) return { move: 'next', reason };
    await delay(pauseMs, signal).catch(() => undefined);
    return { move: 'again', reason };
  };

  return async (question, signal) => {
    const features = knownFeatures(question.brief);
    const schema = answerSchema(features);
    const prompt = composePrompt(question.brief, question.locale);
    const asked = nothingYet();
    let attempt = 0;
    let repaired = false;

    const afterAnswer = (talk: Talk, answer: GatewayAnswer): Step => {
      const blank = answer.content.trim() === '';
      const judged = judgeAnswer(answer.content, features);
      if (judged.type === 'reading') return { move: 'done', reading: judged.reading };
      if (talk.triesLeft === 0) return { move: blank ? 'next' : 'stop', reason: 'bad-answer' };
      if (answer.finishReason === 'length') talk.maxTokens *= 2;
      else if (!blank) {
        // One repair a question, whatever the number of models: each costs a whole call.
        if (repaired) return { move: 'stop', reason: 'bad-answer' };
        repaired = true;
        talk.messages = composeRepair(prompt, answer.content, judged.fault);
      }
      return { move: 'again', reason: 'bad-answer' };
    };

    const models = inTurn();
    for (const [place, model] of models.entries()) {
      const talk = open(model, prompt);
      while (talk.triesLeft > 0) {
        const leftMs = question.deadlineAt - clock.now();
        if (leftMs <= 0 || signal.aborted) return { ...asked, noReading: asked.noReading ?? 'timeout' };
        const triesAhead = talk.triesLeft + (models.length - 1 - place) * TRIES_PER_MODEL;
        const callMs = Math.ceil(Math.min(leftMs, Math.max(timings.attemptMs, leftMs / triesAhead)));
        talk.triesLeft--;
        const purchase = await deps.buy(
          {
            ...talk,
            id: `${question.id}.${++attempt}`,
            symbol: question.brief.symbol,
            payer: question.payer,
            operator: question.operator,
            schema,
            grade: (answer) =>
              judgeAnswer(answer.content, features).type === 'reading' ? 'ok' : 'bad-answer',
            deadlineAt: question.deadlineAt,
            callMs,
          },
          signal,
        );
        if (purchase.type === 'refused') {
          // Another model may have a price; money or time that is lacking is lacking for all.
          if (purchase.reason !== 'unpriced-model') return { ...asked, noReading: purchase.reason };
          asked.noReading ??= purchase.reason;
          break;
        }
        asked.askedModel = model;
        add(asked, purchase.charge);
        if (purchase.type === 'answer') asked.servedModel = purchase.servedModel;
        const step =
          purchase.type === 'answer'
            ? afterAnswer(talk, purchase)
            : await afterFailure(talk, purchase, question.deadlineAt - clock.now(), signal);
        if (step.move === 'done') return { ...asked, reading: step.reading, noReading: undefined };
        asked.noReading = step.reason;
        if (step.move === 'stop') return asked;
        if (step.move === 'next') break;
      }
    }
    return asked;
  };
}

function nothingYet(): Asked {
  return {
    reading: undefined,
    noReading: undefined,
    askedModel: undefined,
    servedModel: undefined,
    promptTokens: 0,
    completionTokens: 0,
    costNano: 0,
    estimated: false,
  };
}

function add(asked: Asked, charge: Charge | undefined): void {
  if (!charge) return;
  asked.promptTokens += charge.promptTokens;
  asked.completionTokens += charge.completionTokens;
  asked.costNano += charge.costNano;
  asked.estimated ||= charge.estimated;
}
