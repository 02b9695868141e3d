import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import type { Facts, NoReading, Reading } from '../store/analyses.ts';
import type { Locale } from '../store/chat-model.ts';
import { answerSchema, judgeAnswer } from './answer.ts';
import { capabilitiesOf, type Structured, weaker } from './capabilities.ts';
import { type Circuit, createCircuit, type Health, type Pass } from './circuit.ts';
import { knownFeatures } from './features.ts';
import type { GatewayAnswer } from './gateway.ts';
import type { FailureReason, GatewayFailure } from './gateway-failure.ts';
import type { ModelMemory } from './model-memory.ts';
import { composePrompt, composeRepair, type Message } from './prompt.ts';
import type { Buy, Charge, Purchase } from './purchase.ts';

/** A question to the AI: about which figures, for whom, until when. */
export interface Question {
  /** Attempts are numbered after it. */
  id: string;
  brief: Facts;
  locale: Locale;
  payer: string;
  operator: boolean;
  /** Somebody waits for the answer. */
  awaited: boolean;
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
  /** How long a gateway or a model that keeps failing is left alone before one call tries it again. */
  openMs: number;
}

const ASK_TIMINGS: AskTimings = {
  attemptMs: 6_000,
  pauseMs: 500,
  openMs: 30_000,
};

/** Tight for Korean and Japanese below this. */
const MAX_TOKENS = 320;
const TRIES_PER_MODEL = 2;
/** Failures in a row after which a gateway or a model is left alone. */
const FAILURES = 3;

/**
 * What follows a failure: `stop` = no model would do better; `next` = another model may; `again` = the same may, a moment
 * later, and then another; and what it says of the health of gateway and model. The retry layer is this table; neither
 * SDK nor queue retries.
 */
const AFTER = {
  auth: { move: 'stop', reason: 'gateway-auth', health: 'unknown' },
  balance: { move: 'stop', reason: 'gateway-balance', health: 'unknown' },
  model: { move: 'next', reason: 'gateway-model', health: 'well' },
  limit: { move: 'wait', reason: 'gateway-limit', health: 'unknown' },
  format: { move: 'weaker', reason: 'gateway-error', health: 'well' },
  rejected: { move: 'next', reason: 'gateway-error', health: 'well' },
  server: { move: 'again', reason: 'gateway-error', health: 'ill' },
  connection: { move: 'again', reason: 'gateway-error', health: 'ill' },
  timeout: { move: 'again', reason: 'timeout', health: 'ill' },
  'bad-response': { move: 'again', reason: 'gateway-error', health: 'ill' },
} as const satisfies Record<
  FailureReason,
  { move: 'stop' | 'next' | 'again' | 'wait' | 'weaker'; reason: NoReading; health: Health }
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
  memory: ModelMemory;
  clock: Clock;
  timings?: Partial<AskTimings>;
}): (question: Question, signal: AbortSignal) => Promise<Asked> {
  const { clock, memory } = deps;
  const timings = { ...ASK_TIMINGS, ...deps.timings };
  const circuits = createCircuits(() => createCircuit({ clock, failures: FAILURES, openMs: timings.openMs }));

  const open = async (model: string, messages: readonly Message[]): Promise<Talk> => {
    const structured = (await memory.form(model)) ?? capabilitiesOf(model).structured;
    return { model, messages, structured, maxTokens: MAX_TOKENS, triesLeft: TRIES_PER_MODEL };
  };

  const inTurn = async () => {
    const dead = await memory.dead(deps.models);
    return [...deps.models].sort((a, b) => Number(dead.has(a)) - Number(dead.has(b)));
  };

  /** Decides after a failure; changes the talk for the next attempt. */
  const afterFailure = async (
    talk: Talk,
    failure: GatewayFailure,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<Step> => {
    const { move, reason } = AFTER[failure.reason];
    if (failure.reason === 'model') await memory.bury(talk.model);
    if (move === 'weaker') {
      const structured = weaker(talk.structured);
      if (structured === undefined) return { move: 'next', reason };
      talk.structured = structured;
      // A question refused for its form was not an attempt to answer it.
      talk.triesLeft++;
      await memory.downgrade(talk.model, structured);
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
      if (judged.type === 'reading') {
        const flags = judged.mended.length > 0 ? { flags: judged.mended } : {};
        return { move: 'done', reading: { ...judged.reading, ...flags } };
      }
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

    const models = await inTurn();
    for (const [place, model] of models.entries()) {
      const talk = await open(model, prompt);
      while (talk.triesLeft > 0) {
        const leftMs = question.deadlineAt - clock.now();
        if (leftMs <= 0 || signal.aborted) return { ...asked, noReading: asked.noReading ?? 'timeout' };
        const triesAhead = talk.triesLeft + (models.length - 1 - place) * TRIES_PER_MODEL;
        const callMs = Math.ceil(Math.min(leftMs, Math.max(timings.attemptMs, leftMs / triesAhead)));
        const pass = circuits.enter(model);
        if (typeof pass === 'string') {
          asked.noReading ??= pass;
          break;
        }
        talk.triesLeft--;
        let purchase: Purchase | undefined;
        try {
          purchase = await deps.buy(
            {
              ...talk,
              id: `${question.id}.${++attempt}`,
              symbol: question.brief.symbol,
              payer: question.payer,
              operator: question.operator,
              awaited: question.awaited,
              schema,
              grade: (answer) =>
                judgeAnswer(answer.content, features).type === 'reading' ? 'ok' : 'bad-answer',
              deadlineAt: question.deadlineAt,
              callMs,
            },
            signal,
          );
        } finally {
          pass.done(purchase, callMs >= timings.attemptMs && !signal.aborted);
        }
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

/** The circuits of the gateway as a whole and of each model at it. */
function createCircuits(create: () => Circuit) {
  const gateway = create();
  /** Why the gateway was given up at a single word. */
  let refused: NoReading | undefined;
  const models = new Map<string, Circuit>();

  const pass = (passes: readonly Pass[]) => ({
    /** `fair`: it had its time, so that a time-out is the other side's fault. */
    done(purchase: Purchase | undefined, fair: boolean) {
      const health = healthAfter(purchase, fair);
      for (const one of passes) one.done(health);
      if (health !== 'unknown') refused = undefined;
      if (purchase?.type !== 'failure' || (purchase.reason !== 'auth' && purchase.reason !== 'balance'))
        return;
      refused = AFTER[purchase.reason].reason;
      gateway.trip();
    },
  });

  return {
    /** The permission to call a model, or the reason for none. */
    enter(model: string): ReturnType<typeof pass> | NoReading {
      const circuit = models.get(model) ?? create();
      models.set(model, circuit);
      const byModel = circuit.enter();
      if (!byModel) return 'gateway-down';
      const byGateway = gateway.enter();
      if (byGateway) return pass([byModel, byGateway]);
      byModel.done('unknown');
      return refused ?? 'gateway-down';
    },
  };
}

function healthAfter(purchase: Purchase | undefined, fair: boolean): Health {
  if (purchase?.type === 'answer') return 'well';
  if (purchase?.type !== 'failure' || (purchase.reason === 'timeout' && !fair)) return 'unknown';
  return AFTER[purchase.reason].health;
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
