import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import type { NoReading } from '../store/analyses.ts';
import { type Capabilities, capabilitiesOf, type Structured, weaker } from './capabilities.ts';
import type { Circuits, Health } from './circuits.ts';
import type { GatewayAnswer } from './gateway.ts';
import type { FailureReason, GatewayFailure } from './gateway-failure.ts';
import type { ModelMemory } from './model-memory.ts';
import { composeRepair, type Message } from './prompt.ts';
import type { Buy, Charge, Purchase } from './purchase.ts';

/** What is asked, in which form, and how an answer is judged. */
export interface Task<T> {
  symbol: string;
  messages: readonly Message[];
  /** JSON schema of the answer, for models that take one. */
  schema: Readonly<Record<string, unknown>>;
  maxTokens: number;
  /** What an answer comes to; or why it is none, in words for the model. */
  judge(content: string): { type: 'good'; value: T } | { type: 'invalid'; fault: string };
}

/** For whom it is asked, and until when. */
export interface Terms {
  /** Attempts are numbered after it. */
  id: string;
  payer: string;
  operator: boolean;
  /** Somebody waits for the answer. */
  awaited: boolean;
  /** Unix ms. */
  deadlineAt: number;
}

/** What an answer came to or the reason for none, and what all attempts together were charged. */
export interface Talked<T> extends Charge {
  value: T | undefined;
  noReading: NoReading | undefined;
  askedModel: string | undefined;
  servedModel: string | undefined;
}

/** Asks the models in turn until one gives a good answer, the money or the time is up, or none is left. */
export type Dialogue = <T>(task: Task<T>, terms: Terms, signal: AbortSignal) => Promise<Talked<T>>;

/** Waits of the retry layer, ms. */
export interface DialogueTimings {
  /** An attempt may take its share of the time left, and this at least. */
  attemptMs: number;
  /** Upper bound of the random pause before a retry. */
  pauseMs: number;
}

const TIMINGS: DialogueTimings = { attemptMs: 6_000, pauseMs: 500 };

const TRIES_PER_MODEL = 2;
/** A process that dies while it tries a resting gateway must not keep the others from it for longer than this. */
const PROBE_MARGIN_MS = 5_000;

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
  parameter: { move: 'without', reason: 'gateway-error', health: 'well' },
  rejected: { move: 'next', reason: 'gateway-error', health: 'well' },
  server: { move: 'again', reason: 'gateway-error', health: 'ill' },
  connection: { move: 'again', reason: 'gateway-error', health: 'ill' },
  timeout: { move: 'again', reason: 'timeout', health: 'ill' },
  'bad-response': { move: 'again', reason: 'gateway-error', health: 'ill' },
} as const satisfies Record<
  FailureReason,
  { move: 'stop' | 'next' | 'again' | 'wait' | 'weaker' | 'without'; reason: NoReading; health: Health }
>;

/** The dialogue with one model, as it stands. */
interface Talk {
  model: string;
  messages: readonly Message[];
  structured: Structured;
  capabilities: Capabilities;
  maxTokens: number;
  triesLeft: number;
}

type Step<T> = { move: 'done'; value: T } | { move: 'again' | 'next' | 'stop'; reason: NoReading };

/** Makes the one way to ask the gateway anything: fallbacks, retries and repairs, within time and money. */
export function createDialogue(deps: {
  buy: Buy;
  /** First choice, then fallbacks. */
  models: readonly string[];
  memory: ModelMemory;
  circuits: Circuits;
  clock: Clock;
  timings?: Partial<DialogueTimings>;
}): Dialogue {
  const { clock, memory, circuits } = deps;
  const timings = { ...TIMINGS, ...deps.timings };

  const open = async (model: string, task: Task<unknown>): Promise<Talk> => {
    const [refused, form] = await Promise.all([memory.refused(model), memory.form(model)]);
    const capabilities = capabilitiesOf(model, refused);
    const structured = form ?? capabilities.structured;
    const { messages } = task;
    const maxTokens = task.maxTokens + capabilities.thinkingTokens;
    return { model, messages, structured, capabilities, maxTokens, triesLeft: TRIES_PER_MODEL };
  };

  const inTurn = async () => {
    const dead = await memory.dead(deps.models);
    return [...deps.models].sort((a, b) => Number(dead.has(a)) - Number(dead.has(b)));
  };

  /** Decides after a failure; changes the talk for the next attempt. */
  const afterFailure = async (
    talk: Talk,
    task: Task<unknown>,
    failure: GatewayFailure,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<Step<never>> => {
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
    if (move === 'without') {
      const { parameter } = failure;
      const known = await memory.refused(talk.model);
      if (parameter === undefined || known.includes(parameter)) return { move: 'next', reason };
      await memory.refuse(talk.model, parameter);
      talk.capabilities = capabilitiesOf(talk.model, [...known, parameter]);
      talk.maxTokens = task.maxTokens + talk.capabilities.thinkingTokens;
      talk.triesLeft++;
      return { move: 'again', reason };
    }
    if (move === 'stop' || move === 'next') return { move, reason };
    if (talk.triesLeft === 0) return { move: 'next', reason };
    const pauseMs = move === 'wait' ? (failure.waitMs ?? 1_000) : Math.random() * timings.pauseMs;
    if (pauseMs >= leftMs) return { move: 'next', reason };
    await delay(pauseMs, signal).catch(() => undefined);
    return { move: 'again', reason };
  };

  return async <T>(task: Task<T>, terms: Terms, signal: AbortSignal): Promise<Talked<T>> => {
    const asked: Talked<T> = nothingYet();
    let attempt = 0;
    let repaired = false;

    const afterAnswer = (talk: Talk, answer: GatewayAnswer): Step<T> => {
      const blank = answer.content.trim() === '';
      const judged = task.judge(answer.content);
      if (judged.type === 'good') return { move: 'done', value: judged.value };
      if (talk.triesLeft === 0) return { move: blank ? 'next' : 'stop', reason: 'bad-answer' };
      if (answer.finishReason === 'length') talk.maxTokens *= 2;
      else if (!blank) {
        // One repair a question, whatever the number of models: each costs a whole call.
        if (repaired) return { move: 'stop', reason: 'bad-answer' };
        repaired = true;
        talk.messages = composeRepair(task.messages, answer.content, judged.fault);
      }
      return { move: 'again', reason: 'bad-answer' };
    };

    const models = await inTurn();
    for (const [place, model] of models.entries()) {
      const talk = await open(model, task);
      while (talk.triesLeft > 0) {
        const leftMs = terms.deadlineAt - clock.now();
        if (leftMs <= 0 || signal.aborted) return { ...asked, noReading: asked.noReading ?? 'timeout' };
        const triesAhead = talk.triesLeft + (models.length - 1 - place) * TRIES_PER_MODEL;
        const callMs = Math.ceil(Math.min(leftMs, Math.max(timings.attemptMs, leftMs / triesAhead)));
        const pass = await circuits.enter(model, leftMs + PROBE_MARGIN_MS);
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
              ...terms,
              id: `${terms.id}.${++attempt}`,
              symbol: task.symbol,
              schema: task.schema,
              grade: (answer) => (task.judge(answer.content).type === 'good' ? 'ok' : 'bad-answer'),
              callMs,
            },
            signal,
          );
        } finally {
          await pass.done(
            healthAfter(purchase, callMs >= timings.attemptMs && !signal.aborted),
            refusalIn(purchase),
          );
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
            : await afterFailure(talk, task, purchase, terms.deadlineAt - clock.now(), signal);
        if (step.move === 'done') return { ...asked, value: step.value, noReading: undefined };
        asked.noReading = step.reason;
        if (step.move === 'stop') return asked;
        if (step.move === 'next') break;
      }
    }
    return asked;
  };
}

/** `fair`: it had its time, so that a time-out is the other side's fault. */
function healthAfter(purchase: Purchase | undefined, fair: boolean): Health {
  if (purchase?.type === 'answer') return 'well';
  if (purchase?.type !== 'failure' || (purchase.reason === 'timeout' && !fair)) return 'unknown';
  return AFTER[purchase.reason].health;
}

/** A word after which the whole gateway is left alone at once. */
function refusalIn(purchase: Purchase | undefined): NoReading | undefined {
  if (purchase?.type !== 'failure') return undefined;
  return AFTER[purchase.reason].move === 'stop' ? AFTER[purchase.reason].reason : undefined;
}

function nothingYet<T>(): Talked<T> {
  return {
    value: undefined,
    noReading: undefined,
    askedModel: undefined,
    servedModel: undefined,
    promptTokens: 0,
    completionTokens: 0,
    costNano: 0,
    estimated: false,
  };
}

function add(asked: Charge, charge: Charge | undefined): void {
  if (!charge) return;
  asked.promptTokens += charge.promptTokens;
  asked.completionTokens += charge.completionTokens;
  asked.costNano += charge.costNano;
  asked.estimated ||= charge.estimated;
}
