import type { Clock } from '../kit/clock.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';
import type { Store } from '../store/redis.ts';
import { createCircuits } from './circuits.ts';
import { createDialogue, type Dialogue, type DialogueTimings } from './dialogue.ts';
import { createGateway } from './gateway.ts';
import { createModelMemory, type ModelMemory } from './model-memory.ts';
import { createPace } from './pace.ts';
import type { Prices } from './prices.ts';
import { type Buy, createBuy } from './purchase.ts';

/** A gateway, what may be asked of it and for how much. */
export interface PaidGateway {
  apiKey: string;
  baseUrl: string;
  /** First choice, then fallbacks. */
  models: readonly string[];
  limits: BudgetLimits;
  /** Zone of the days of money, IANA. */
  timezone: string;
  /** For all processes together. */
  maxCallsPerSecond: number;
}

export interface PaidDialogueDeps extends Pick<Parameters<typeof createBuy>[0], 'onOver' | 'onAnswer'> {
  store: Store;
  prices: Prices;
  budget: Budget;
  clock: Clock;
  /** `openMs`: how long a gateway or a model that keeps failing is left alone. */
  timings?: Partial<DialogueTimings & { openMs: number }>;
}

/** Puts together all that stands between a question and a gateway: circuits, price, budget, pace, one retry layer. */
export function createPaidDialogue(
  { apiKey, baseUrl, models, maxCallsPerSecond, ...money }: PaidGateway,
  { store, timings = {}, ...deps }: PaidDialogueDeps,
): { dialogue: Dialogue; buy: Buy; memory: ModelMemory } {
  const { clock } = deps;
  const memory = createModelMemory(store, baseUrl);
  const buy = createBuy({
    ...deps,
    ...money,
    gateway: createGateway({ baseUrl, apiKey, clock }),
    pace: createPace(store, maxCallsPerSecond),
  });
  const circuits = createCircuits(
    store,
    baseUrl,
    timings.openMs === undefined ? {} : { openMs: timings.openMs },
  );
  return { dialogue: createDialogue({ models, memory, circuits, buy, clock, timings }), buy, memory };
}
