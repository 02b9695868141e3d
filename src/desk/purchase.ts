import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { longId } from '../kit/id.ts';
import { localDay } from '../kit/local-time.ts';
import type { NanoUsd } from '../kit/money.ts';
import type { NoReading } from '../store/analyses.ts';
import type { Budget, BudgetLimits, Reservation } from '../store/budget.ts';
import type { Capabilities, Structured } from './capabilities.ts';
import type { Gateway, GatewayAnswer } from './gateway.ts';
import type { GatewayFailure } from './gateway-failure.ts';
import type { Pace } from './pace.ts';
import {
  costOf,
  leastTokens,
  type PriceRow,
  type Prices,
  tokenBound,
  type Usage,
  worstCost,
} from './prices.ts';
import type { Message } from './prompt.ts';

/** One call that is to be paid for. */
export interface Order {
  /** Names the attempt in the ledger. */
  id: string;
  symbol: string;
  payer: string;
  operator: boolean;
  /** Somebody waits for it: it may book its turn ahead of those for whom nobody does. */
  awaited: boolean;
  model: string;
  messages: readonly Message[];
  maxTokens: number;
  structured: Structured;
  capabilities: Capabilities;
  schema: Readonly<Record<string, unknown>>;
  /** Says in a word how good an answer is, for the ledger: `ok` or what is wrong. */
  grade(answer: GatewayAnswer): string;
  /** Unix ms; a call that could not begin before it is not made. */
  deadlineAt: number;
  /** How long the call itself may take, ms; waiting for its turn is not part of it. */
  callMs: number;
}

/** What a call was charged. */
export interface Charge {
  promptTokens: number;
  completionTokens: number;
  costNano: NanoUsd;
  estimated: boolean;
}

export type Purchase =
  | { type: 'refused'; reason: NoReading }
  | ((GatewayAnswer | GatewayFailure) & { charge: Charge | undefined });

/** Makes calls that are paid for: price, reservation of the worst case, pace, call, settlement. */
export type Buy = (order: Order, signal: AbortSignal) => Promise<Purchase>;

const DENIALS = {
  off: 'budget-off',
  bot: 'budget-bot',
  chat: 'budget-chat',
  shared: 'budget-shared',
} as const satisfies Record<string, NoReading>;

/** How much longer a reservation lives than its call may last: no living call outlives it. */
const RESERVATION_MARGIN_MS = 60_000;
/** How often one that is not awaited looks for a free turn. */
const TURN_POLL_MS = 200;

/** The one place where money is spent: nothing reaches the gateway but through here. */
export function createBuy(deps: {
  gateway: Gateway;
  prices: Prices;
  budget: Budget;
  pace: Pace;
  limits: BudgetLimits;
  timezone: string;
  clock: Clock;
  /** The gateway counted more for a model than it was allowed, on this day of money. */
  onOver?(model: string, day: string): void;
  /** A model answered, by the gateway's own account this one. */
  onAnswer?(model: string, served: string | undefined, day: string): void;
}): Buy {
  const { gateway, prices, budget, pace, clock } = deps;

  /** Waits for the order's turn; false when it would come too late. Who is not awaited takes only what is free now. */
  const takeTurn = async (order: Order, signal: AbortSignal): Promise<boolean> => {
    for (;;) {
      const leftMs = order.deadlineAt - clock.now();
      if (leftMs <= 0 || signal.aborted) return false;
      const waitMs = await pace.take(order.awaited ? leftMs : 0);
      if (waitMs !== undefined) return await waited(waitMs, signal);
      if (order.awaited || !(await waited(Math.min(leftMs, TURN_POLL_MS), signal))) return false;
    }
  };

  return async (order, signal) => {
    const now = clock.now();
    const row = prices.find(order.model, now);
    if (!row) return { type: 'refused', reason: 'unpriced-model' };
    const bound = worstUsage(order);
    /** The row in force then: a dearer one may begin while the call waits or lasts. */
    const rowAt = (time: number) => prices.find(order.model, time) ?? row;
    const reservation: Reservation = {
      // Money must not rely on an asker's ids: a lost queue numbers anew, a clock is set back, and equal ids are counted once.
      id: `${order.id}~${longId()}`,
      day: localDay(now, deps.timezone),
      payer: order.payer,
      operator: order.operator,
      amountNano: Math.max(worstCost(row, bound), worstCost(rowAt(order.deadlineAt + order.callMs), bound)),
    };
    const leftMs = order.deadlineAt - now;
    const verdict = await budget.reserve(reservation, deps.limits, leftMs + RESERVATION_MARGIN_MS);
    if (verdict !== 'ok') return { type: 'refused', reason: DENIALS[verdict] };
    if (!(await takeTurn(order, signal))) {
      await budget.release(reservation, 'limit');
      return { type: 'refused', reason: 'gateway-limit' };
    }
    const at = clock.now();
    const result = await gateway.complete(
      order,
      AbortSignal.any([signal, AbortSignal.timeout(order.callMs)]),
    );
    if (result.type === 'failure' && !result.billed) {
      await budget.release(reservation, result.reason);
      return { ...result, charge: undefined };
    }
    const usage = result.type === 'answer' ? believable(order, result) : undefined;
    // Which of the two prices a gateway takes that crosses into dearer hours or days is not known: the dearer one is counted.
    const chargeAt = (time: number) => chargeFor(rowAt(time), usage, bound, reservation.amountNano, time);
    const [early, late] = [chargeAt(at), chargeAt(clock.now())];
    const charge = late.costNano > early.costNano ? late : early;
    await budget.settle(reservation, {
      id: reservation.id,
      at,
      payer: order.payer,
      model: order.model,
      servedModel: result.type === 'answer' ? result.servedModel : undefined,
      symbol: order.symbol,
      promptTokens: charge.promptTokens,
      cachedTokens: usage?.cached ?? 0,
      completionTokens: charge.completionTokens,
      costNano: charge.costNano,
      estimated: charge.estimated,
      outcome: result.type === 'answer' ? order.grade(result) : result.reason,
      priceTable: prices.version,
    });
    if (charge.costNano > reservation.amountNano) deps.onOver?.(order.model, reservation.day);
    if (result.type === 'answer') deps.onAnswer?.(order.model, result.servedModel, reservation.day);
    return { ...result, charge };
  };
}

/**
 * What the gateway counted, or where it did not say so believably (aborted, no usage) all that was reserved: a gateway may bill a call
 * that nobody waited for, and a budget that is a hard stop must not hope that it does not.
 */
function chargeFor(
  row: PriceRow,
  usage: Usage | undefined,
  bound: Usage,
  reserved: NanoUsd,
  at: number,
): Charge {
  return {
    promptTokens: (usage ?? bound).prompt,
    completionTokens: (usage ?? bound).completion,
    costNano: usage ? costOf(row, usage, at) : reserved,
    estimated: usage === undefined,
  };
}

/** What the gateway counted, unless it is less than such texts can have: whoever counts so little may bill otherwise. */
function believable(order: Order, { usage, content }: GatewayAnswer): Usage | undefined {
  if (!usage || usage.prompt < leastTokens(wordsOf(order))) return undefined;
  return usage.completion < leastTokens(content.trim()) ? undefined : usage;
}

function wordsOf({ messages }: Order): string {
  return messages.map((message) => `${message.role}: ${message.content}\n`).join('');
}

/** The schema is part of what is read, where it is sent; the rest is the messages and their frame. */
function worstUsage(order: Order): Usage {
  const schema = order.structured === 'json_schema' ? JSON.stringify(order.schema) : '';
  return { prompt: tokenBound(wordsOf(order) + schema), cached: 0, completion: order.maxTokens };
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms === 0) return !signal.aborted;
  return await delay(ms, signal).then(
    () => true,
    () => false,
  );
}
