import { afterEach, beforeEach } from 'vitest';
import { type Analyst, type AnalystDeps, startAnalyst } from '../../src/desk/analyst.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { silentLog } from '../../src/kit/log.ts';
import { usdToNano } from '../../src/kit/money.ts';
import type { CostSummary } from '../../src/notice/notice.ts';
import { type AnalysesRepository, createAnalysesRepository } from '../../src/store/analyses.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import { createCallRecord } from '../../src/store/record.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';

export const MODEL = 'deepseek/deepseek-chat-v3-0324';
export const LIMITS = { bot: usdToNano(0.3), chat: usdToNano(0.05) };

/** What an analyst of a test has of its own. */
export type AnalystChange = Pick<AnalystDeps, 'market' | 'post' | 'tellOperators'> &
  Partial<Pick<AnalystDeps, 'analyses' | 'notesPerMinute' | 'timings'>> & {
    config?: Partial<AnalystDeps['config']>;
  };

/** What each part of the desk stands on. */
export interface House {
  readonly redis: TestRedis;
  readonly store: Store;
  readonly gateway: FakeGateway;
  readonly budget: Budget;
  readonly analyses: AnalysesRepository;
  openAnalyst(change: AnalystChange): Promise<Analyst>;
  /** Has a part closed after the test. */
  closing<Part extends { close(): Promise<void> }>(part: Part): Part;
  /** What the ledger has of today. */
  spent(): Promise<CostSummary>;
}

/** An empty Redis and a fresh gateway for each test of a file; what was opened is closed after it. */
export function useHouse(): House {
  let redis: TestRedis;
  let store: Store;
  let gateway: FakeGateway;
  let budget: Budget;
  let analyses: AnalysesRepository;
  const open: { close(): Promise<void> }[] = [];

  useRedis((opened) => {
    redis = opened;
    store = redis.connect();
    budget = createBudget(store);
    analyses = createAnalysesRepository(store);
  });
  beforeEach(async () => {
    gateway = await startFakeGateway();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((part) => part.close()));
    await gateway.close();
  });

  const closing: House['closing'] = (part) => {
    // What asks is closed before what answers.
    open.unshift(part);
    return part;
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
    get budget() {
      return budget;
    },
    get analyses() {
      return analyses;
    },
    closing,

    async openAnalyst({ config, timings, ...change }) {
      const analyst = await startAnalyst({
        address: redis.address,
        analyses,
        record: createCallRecord(store),
        budget,
        prices: loadPrices(),
        clock: systemClock,
        log: silentLog(),
        ...change,
        config: {
          apiKey: gateway.apiKey,
          baseUrl: gateway.baseUrl,
          models: [MODEL],
          limits: LIMITS,
          timezone: 'UTC',
          maxCallsPerSecond: 1_000,
          ...config,
        },
        timings: { pauseMs: 5, briefWaitMs: 300, graceMs: 200, ...timings },
      });
      return closing(analyst);
    },

    async spent() {
      const day = localDay(Date.now(), 'UTC');
      return await budget.summary(day, day, 'UTC', undefined, LIMITS);
    },
  };
}
