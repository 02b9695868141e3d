import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { type Asked, createAsk } from '../../src/desk/ask.ts';
import { createPaidDialogue } from '../../src/desk/paid-dialogue.ts';
import { loadPrices, type Prices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import type { CostSummary } from '../../src/notice/notice.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type Behaviour, type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';

export const FIRST = 'deepseek/deepseek-chat-v3-0324';
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
export interface Untrusted {
  readonly redis: TestRedis;
  readonly store: Store;
  readonly gateway: FakeGateway;
  /** A desk as any process would have it: what they share is in Redis. */
  makeAsk(options?: AskOptions): Ask;
  put(ask?: Ask, deadlineMs?: number, awaited?: boolean): Promise<Asked>;
  /** What the ledger has of today. */
  money(): Promise<CostSummary>;
}

/** An empty Redis and a fresh gateway for each test of a file. */
export function useUntrusted(): Untrusted {
  let redis: TestRedis;
  let store: Store;
  let budget: Budget;
  let gateway: FakeGateway;
  let questions = 0;
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    budget = createBudget(store);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    gateway = await startFakeGateway();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await gateway.close();
  });

  const makeAsk = (options: AskOptions = {}): Ask => {
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

  return {
    get redis() {
      return redis;
    },
    get store() {
      return store;
    },
    get gateway() {
      return gateway;
    },
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
    money() {
      const day = localDay(Date.now(), 'UTC');
      return budget.summary(day, day, 'UTC', undefined, UNLIMITED);
    },
  };
}
