import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Analyst, type AnalystDeps, startAnalyst } from '../../src/desk/analyst.ts';
import { createDesk, type Desk } from '../../src/desk/client.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { silentLog } from '../../src/kit/log.ts';
import { usdToNano } from '../../src/kit/money.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { CostSummary } from '../../src/notice/notice.ts';
import {
  type AnalysesRepository,
  type Analysis,
  createAnalysesRepository,
} from '../../src/store/analyses.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import { createCallRecord } from '../../src/store/record.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';

export const MODEL = 'deepseek/deepseek-chat-v3-0324';
export const LIMITS = { bot: usdToNano(0.3), chat: usdToNano(0.05) };

export interface DeskChange {
  config?: Partial<AnalystDeps['config']>;
  timings?: AnalystDeps['timings'];
  /** How long a reading answers further questions. */
  freshMs?: number;
}

/** Desks with their analysts on one Redis, and the gateway that they ask. */
export interface Room {
  readonly redis: TestRedis;
  readonly store: Store;
  readonly gateway: FakeGateway;
  readonly analyses: AnalysesRepository;
  readonly budget: Budget;
  /** What is known of the market; BTCUSDT at first. */
  readonly briefs: Map<string, Brief>;
  /** What operators were told. */
  readonly told: string[];
  openDesk(change?: DeskChange): Promise<{ desk: Desk; analyst: Analyst }>;
  /** A desk without an analyst: questions wait until there is one. */
  openCounter(): Promise<Desk>;
  ask(desk: Desk, change?: Partial<Parameters<Desk['analyze']>[0]>): Promise<Analysis>;
  /** What the ledger has of today. */
  spent(): Promise<CostSummary>;
}

/** An empty Redis and a fresh gateway for each test of a file; what was opened is closed after it. */
export function useRoom(): Room {
  let redis: TestRedis;
  let store: Store;
  let gateway: FakeGateway;
  let analyses: AnalysesRepository;
  let budget: Budget;
  let briefs: Map<string, Brief>;
  let told: string[];
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    analyses = createAnalysesRepository(store);
    budget = createBudget(store);
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    gateway = await startFakeGateway();
    briefs = new Map([['BTCUSDT', makeBrief()]]);
    told = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((part) => part.close()));
    await gateway.close();
  });

  const openCounter = async (): Promise<Desk> => {
    const desk = await createDesk({
      address: redis.address,
      analyses,
      budget,
      off: undefined,
      timezone: 'UTC',
      locale: 'en',
      clock: systemClock,
      log: silentLog(),
    });
    open.unshift(desk);
    return desk;
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
    get analyses() {
      return analyses;
    },
    get budget() {
      return budget;
    },
    get briefs() {
      return briefs;
    },
    get told() {
      return told;
    },

    async openDesk(change = {}) {
      const analyst = await startAnalyst({
        address: redis.address,
        market: { brief: async (symbol) => briefs.get(symbol), candles: async () => [] },
        analyses: createAnalysesRepository(store, change.freshMs),
        record: createCallRecord(store),
        budget,
        prices: loadPrices(),
        post: { post: async () => undefined },
        config: {
          apiKey: gateway.apiKey,
          baseUrl: gateway.baseUrl,
          models: [MODEL],
          limits: LIMITS,
          timezone: 'UTC',
          maxCallsPerSecond: 1_000,
          ...change.config,
        },
        tellOperators: async (code, _args, onceKey) => void told.push(`${code} ${onceKey}`),
        clock: systemClock,
        log: silentLog(),
        timings: { pauseMs: 5, briefWaitMs: 300, graceMs: 200, ...change.timings },
      });
      const desk = await openCounter();
      open.push(analyst);
      return { desk, analyst };
    },
    openCounter,

    ask: (desk, change = {}) =>
      desk.analyze({
        symbol: 'BTCUSDT',
        locale: 'en',
        payer: 'chat-1',
        operator: false,
        trigger: 'interactive',
        deadlineMs: 5_000,
        ...change,
      }),

    async spent() {
      const day = localDay(Date.now(), 'UTC');
      return await budget.summary(day, day, 'UTC', undefined, LIMITS);
    },
  };
}
