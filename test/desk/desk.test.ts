import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Analyst, type AnalystDeps, startAnalyst } from '../../src/desk/analyst.ts';
import { createDesk, type Desk } from '../../src/desk/client.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { usdToNano } from '../../src/kit/money.ts';
import type { Brief } from '../../src/market/brief.ts';
import { type AnalysesRepository, createAnalysesRepository } from '../../src/store/analyses.ts';
import { type Budget, createBudget, localDay } from '../../src/store/budget.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';

const MODEL = 'deepseek/deepseek-chat-v3-0324';
const LIMITS = { bot: usdToNano(0.3), chat: usdToNano(0.05) };

describe('the desk', () => {
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

  async function openDesk(
    change: { config?: Partial<AnalystDeps['config']>; timings?: AnalystDeps['timings'] } = {},
  ): Promise<{ desk: Desk; analyst: Analyst }> {
    const analyst = await startAnalyst({
      address: redis.address,
      market: { brief: async (symbol) => briefs.get(symbol) },
      analyses,
      budget,
      prices: loadPrices(),
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
  }

  async function openCounter(): Promise<Desk> {
    const desk = await createDesk({
      address: redis.address,
      analyses,
      budget,
      aiOn: true,
      timezone: 'UTC',
      locale: 'en',
      clock: systemClock,
      log: silentLog(),
    });
    open.unshift(desk);
    return desk;
  }

  const ask = (desk: Desk, change: Partial<Parameters<Desk['analyze']>[0]> = {}) =>
    desk.analyze({
      symbol: 'BTCUSDT',
      locale: 'en',
      payer: 'chat-1',
      operator: false,
      trigger: 'interactive',
      deadlineMs: 5_000,
      ...change,
    });

  const spent = async () => {
    const day = localDay(Date.now(), 'UTC');
    return await budget.summary(day, day, 'UTC', undefined, LIMITS);
  };

  it('answers with a reading, stores it, and charges the asking chat what the gateway counted', async () => {
    const { desk, analyst } = await openDesk();
    const analysis = await ask(desk);

    expect(analysis.noReading).toBeUndefined();
    expect(analysis.reading).toMatchObject({ sentiment: 62, risk: 'medium', horizon: '1h', abstain: false });
    expect(analysis.reading?.drivers[0]).toEqual({ feature: 'change_1m', effect: 'up' });
    expect(analysis.brief?.symbol).toBe('BTCUSDT');
    expect(await analyses.get(analysis.id)).toEqual(analysis);
    expect(await analyses.latest('BTCUSDT')).toEqual(analysis);
    expect(JSON.parse((await store.get(keys.analysis(analysis.id))) ?? '')).toMatchObject({
      symbol: 'BTCUSDT',
    });

    const { prompt, completion } = gateway.billed;
    expect(analysis).toMatchObject({ promptTokens: prompt, completionTokens: completion, estimated: false });
    // 0.42 USD per million tokens is 420 nano-USD a token.
    expect(analysis.costNano).toBe((prompt + completion) * 420);
    expect(await spent()).toMatchObject({
      calls: 1,
      costNano: analysis.costNano,
      reservedNano: 0,
      failedCalls: 0,
    });
    expect(analyst.stats()).toEqual({ analyses: 1, readings: 1, costNano: analysis.costNano });
    expect(gateway.requests).toHaveLength(1);
    expect(gateway.requests[0]?.faults).toEqual([]);
  });
});
