import { afterEach, vi } from 'vitest';
import { type Asked, createAsk } from '../../src/desk/ask.ts';
import { createPaidDialogue } from '../../src/desk/paid-dialogue.ts';
import { loadPrices, type Prices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Behaviour } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';
import { type House, MODEL, useHouse } from './house.ts';

export const FIRST = MODEL;
export const SECOND = 'gpt-4.1';
export const DEADLINE_MS = 1_500;
const UNLIMITED = { bot: undefined, chat: undefined };

/** A status with what stands in its body. */
export function status(code: number, body?: unknown, headers?: Record<string, string>): Behaviour {
  return { type: 'status', status: code, ...(body ? { body } : {}), ...(headers ? { headers } : {}) };
}

export interface AskOptions {
  models?: string[];
  /** Calls in a second. */
  rate?: number;
  attemptMs?: number;
  openMs?: number;
  prices?: Prices;
}

type Ask = ReturnType<typeof createAsk>;

/** The desk's way to the gateway, from the question to the ledger, on a real Redis; the gateway misbehaves as it is told. */
export interface Untrusted extends House {
  /** A desk as any process would have it: what they share is in Redis. */
  makeAsk(options?: AskOptions): Ask;
  put(ask?: Ask, deadlineMs?: number, awaited?: boolean): Promise<Asked>;
}

/** A house from which the gateway is asked directly, for each test of a file. */
export function useUntrusted(): Untrusted {
  const house = useHouse();
  let questions = 0;
  afterEach(() => void vi.unstubAllEnvs());

  const makeAsk = (options: AskOptions = {}): Ask => {
    const { gateway, store, budget } = house;
    const { openMs, attemptMs = 200, rate = 1_000 } = options;
    const { dialogue } = createPaidDialogue(
      {
        apiKey: gateway.apiKey,
        baseUrl: gateway.baseUrl,
        models: options.models ?? [FIRST],
        limits: UNLIMITED,
        timezone: 'UTC',
        maxCallsPerSecond: rate,
      },
      {
        store,
        prices: options.prices ?? loadPrices(),
        budget,
        clock: systemClock,
        timings: { attemptMs, pauseMs: 5, ...(openMs === undefined ? {} : { openMs }) },
      },
    );
    return createAsk(dialogue);
  };

  return Object.assign(house, {
    makeAsk,
    put(ask = makeAsk(), deadlineMs = DEADLINE_MS, awaited = true) {
      const question = {
        id: `question-${++questions}`,
        brief: makeBrief(),
        locales: ['en'] as const,
        payer: 'chat-1',
        operator: false,
        awaited,
        deadlineAt: Date.now() + deadlineMs,
      };
      return ask(question, AbortSignal.timeout(deadlineMs));
    },
  });
}
