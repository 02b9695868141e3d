import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Analyst, type AnalystDeps, startAnalyst } from '../../src/desk/analyst.ts';
import { createDesk, type Desk } from '../../src/desk/client.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { PROMPT_VERSION } from '../../src/desk/prompt.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { silentLog } from '../../src/kit/log.ts';
import { usdToNano } from '../../src/kit/money.ts';
import type { Brief } from '../../src/market/brief.ts';
import { type AnalysesRepository, createAnalysesRepository } from '../../src/store/analyses.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import type { Locale } from '../../src/store/chat-model.ts';
import { keys } from '../../src/store/keys.ts';
import { createCallRecord } from '../../src/store/record.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief, makeColdBrief } from './brief.ts';

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
    change: {
      config?: Partial<AnalystDeps['config']>;
      timings?: AnalystDeps['timings'];
      /** How long a reading answers further questions. */
      freshMs?: number;
    } = {},
  ): Promise<{ desk: Desk; analyst: Analyst }> {
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
  }

  async function openCounter(): Promise<Desk> {
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

  it('asks nothing of the gateway when there is nothing to read, no key, no brief, or no time left', async () => {
    briefs.set('NEWUSDT', makeColdBrief({ symbol: 'NEWUSDT', tradesSeen: 9 }));
    briefs.set('OLDUSDT', makeBrief({ symbol: 'OLDUSDT', writtenAt: Date.now() - 60_000 }));
    const { desk } = await openDesk();
    expect((await ask(desk, { symbol: 'NEWUSDT' })).noReading).toBe('insufficient-data');
    expect((await ask(desk, { symbol: 'NONEUSDT' })).noReading).toBe('no-brief');
    expect((await ask(desk, { symbol: 'OLDUSDT' })).noReading).toBe('no-brief');
    expect((await ask(desk, { deadlineMs: 200 })).noReading).toMatch(/late|timeout/);
    expect(gateway.requests).toEqual([]);
    expect(await spent()).toMatchObject({ calls: 0, costNano: 0, reservedNano: 0 });
  });

  it('reads few trades when candles are known, and a replay whose market stands still', async () => {
    briefs.set('NEWUSDT', makeBrief({ symbol: 'NEWUSDT', tradesSeen: 0 }));
    briefs.set('OLDUSDT', makeBrief({ symbol: 'OLDUSDT', source: 'replay', writtenAt: 0 }));
    const { desk } = await openDesk();
    expect((await ask(desk, { symbol: 'NEWUSDT' })).noReading).toBeUndefined();
    expect((await ask(desk, { symbol: 'OLDUSDT' })).noReading).toBeUndefined();
  });

  it('gives the facts without AI when no key is set', async () => {
    const { desk } = await openDesk({ config: { apiKey: undefined } });
    const analysis = await ask(desk);
    expect(analysis).toMatchObject({ noReading: 'no-key', brief: { symbol: 'BTCUSDT' }, costNano: 0 });
    expect(analysis.reading).toBeUndefined();
    expect(await analyses.latest('BTCUSDT')).toBeUndefined();
  });

  it('waits for the first brief of a symbol that was not watched until now', async () => {
    const { desk } = await openDesk({ timings: { briefWaitMs: 3_000 } });
    const answer = ask(desk, { symbol: 'SOLUSDT' });
    await vi.waitFor(async () => expect(await store.llen('{sheepdog}:analysis:active')).toBe(1));
    briefs.set('SOLUSDT', makeBrief({ symbol: 'SOLUSDT' }));
    expect((await answer).reading).toBeDefined();
  });

  it('asks once for equal questions that are open together, and the first asker pays', async () => {
    gateway.latencyMs = 150;
    const { desk } = await openDesk();
    const first = ask(desk, { payer: 'chat-1' });
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1));
    const other = await openCounter();
    const answers = await Promise.all([
      first,
      ask(desk, { payer: 'chat-2' }),
      ask(other, { payer: 'chat-3' }),
    ]);
    expect(new Set(answers.map((analysis) => analysis.id)).size).toBe(1);
    expect(gateway.requests).toHaveLength(1);
    const day = localDay(Date.now(), 'UTC');
    expect(await budget.summary(day, day, 'UTC', 'chat-1', LIMITS)).toMatchObject({
      calls: 1,
      sharedAnalyses: 0,
    });
    expect(await budget.summary(day, day, 'UTC', 'chat-2', LIMITS)).toMatchObject({
      calls: 0,
      sharedAnalyses: 1,
    });
  });

  it('answers a question asked again within a minute with the earlier answer, at no cost and marked', async () => {
    const { desk } = await openDesk({ freshMs: 400 });
    const first = await ask(desk, { payer: 'chat-1' });
    const again = await ask(desk, { payer: 'chat-2' });
    expect(first.shared).toBeUndefined();
    expect(again).toEqual({ ...first, shared: true });
    // Another language is another answer.
    await ask(desk, { locale: 'ko' });
    expect(gateway.requests).toHaveLength(2);
    await vi.waitFor(async () => expect((await ask(desk)).id).not.toBe(first.id));
    expect(gateway.requests).toHaveLength(3);
    expect(await spent()).toMatchObject({ calls: 3 });
  });

  it('answers a thousand chats that ask at once with one call', async () => {
    const { desk } = await openDesk();
    const other = await openCounter();
    await openDesk();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        ask(i % 2 ? desk : other, { payer: `chat-${i}`, deadlineMs: 20_000 }),
      ),
    );
    expect(answers.filter((one) => one.reading).length).toBe(1000);
    expect(answers.filter((one) => !one.shared).length).toBe(1);
    expect(gateway.requests).toHaveLength(1);
    expect(await spent()).toMatchObject({ calls: 1, sharedAnalyses: 999, reservedNano: 0 });
  });

  it('answers those who ask at the same moment in several languages with one call, each in his own', async () => {
    const desk = await openCounter();
    const answers = (['ko', 'en', 'ja'] as const).flatMap((locale, i) =>
      [0, 1].map((k) => ask(desk, { locale, payer: `chat-${i}-${k}` })),
    );
    await vi.waitFor(async () => expect(await store.llen('{sheepdog}:analysis:wait')).toBe(3));
    await openDesk();
    const analyses = await Promise.all(answers);
    expect(gateway.requests).toHaveLength(1);
    expect(analyses.map((one) => [one.locale, one.reading?.summary])).toEqual([
      ...Array(2).fill(['ko', '매수세가 우세하고 변동성은 낮음']),
      ...Array(2).fill(['en', 'Buyers lead while the range stays calm']),
      ...Array(2).fill(['ja', '買いが優勢で値幅は穏やか']),
    ]);
    // One paid for all.
    expect(analyses.filter((one) => !one.shared)).toHaveLength(1);
    expect(await spent()).toMatchObject({ calls: 1, sharedAnalyses: 5, reservedNano: 0 });
    // The fresh answer is there in each of them, and in no other.
    await ask(desk, { locale: 'ja' });
    expect(gateway.requests).toHaveLength(1);
    expect((await ask(desk, { locale: 'zh' })).reading?.summary).toBe('买盘占优，波动平稳');
    expect(gateway.requests).toHaveLength(2);
    expect(JSON.stringify(gateway.requests[1]?.body)).not.toContain('Korean');
  });

  it('asks by himself for whom another’s question brought only the refusal of that one', async () => {
    const desk = await openCounter();
    const limits = { bot: LIMITS.bot, chat: 650_000 };
    await store.hset(keys.payerSpend(localDay(Date.now(), 'UTC'), 'poor'), 'cost', 650_000);
    const poor = ask(desk, { payer: 'poor', locale: 'ko' });
    await vi.waitFor(async () => expect(await store.llen('{sheepdog}:analysis:wait')).toBe(1));
    const rich = ask(desk, { payer: 'rich', locale: 'en' });
    await vi.waitFor(async () => expect(await store.llen('{sheepdog}:analysis:wait')).toBe(2));
    await openDesk({ config: { limits } });
    expect((await poor).noReading).toBe('budget-chat');
    expect((await rich).reading).toBeDefined();
    expect(gateway.requests).toHaveLength(1);
  });

  it('makes what nobody asked for in the languages in which it is read', async () => {
    const { desk } = await openDesk();
    await analyses.markReader('BTCUSDT', 'ko');
    await analyses.markReader('BTCUSDT', 'ja');
    await analyses.markReader('ETHUSDT', 'zh');
    await desk.schedule('BTCUSDT', 'scheduled');
    await vi.waitFor(async () => expect(await analyses.latest('BTCUSDT')).toBeDefined());
    expect(gateway.requests).toHaveLength(1);
    const told = async (locale: Locale) => (await analyses.latest('BTCUSDT', locale))?.reading?.summary;
    expect([await told('en'), await told('ko'), await told('ja'), await told('zh')]).toEqual([
      'Buyers lead while the range stays calm',
      '매수세가 우세하고 변동성은 낮음',
      '買いが優勢で値幅は穏やか',
      'Buyers lead while the range stays calm',
    ]);
    // Who asks within the minute is answered with it.
    expect(await ask(desk, { locale: 'ja' })).toMatchObject({ shared: true, locale: 'ja' });
    expect(gateway.requests).toHaveLength(1);
  });

  it('lets a crowd of chats without money not multiply the calls of those who have some', async () => {
    const { desk } = await openDesk({ config: { limits: { bot: LIMITS.bot, chat: 650_000 } } });
    for (let i = 0; i < 50; i++)
      await store.hset(keys.payerSpend(localDay(Date.now(), 'UTC'), `poor-${i}`), 'cost', 650_000);
    const askers = Array.from({ length: 100 }, (_, i) => (i < 50 ? `poor-${i}` : `rich-${i}`));
    const answers = await Promise.all(askers.map((payer) => ask(desk, { payer, deadlineMs: 10_000 })));
    expect(answers.slice(50).filter((one) => one.reading)).toHaveLength(50);
    expect(gateway.requests).toHaveLength(1);
  });

  it('drops with a word a job that waited beyond its deadline, and asks nothing', async () => {
    const desk = await openCounter();
    const asked = ask(desk, { deadlineMs: 200 });
    expect((await asked).noReading).toBe('late');
    const { Queue } = await import('bullmq');
    const queue = new Queue('analysis', { connection: redis.connect(), prefix: '{sheepdog}' });
    await queue.add('analysis', {
      v: 1,
      analysisId: 'late-1',
      symbol: 'BTCUSDT',
      locale: 'en',
      payer: 'bot',
      operator: false,
      trigger: 'scheduled',
      deadlineAt: Date.now() - 1,
    });
    await openDesk();
    await vi.waitFor(async () => expect((await analyses.get('late-1'))?.noReading).toBe('late'));
    expect(gateway.requests).toEqual([]);
    await queue.close();
  });

  it('keeps half of its hands free for people when scheduled calls hang', async () => {
    for (let i = 0; i < 10; i++) briefs.set(`S${i}USDT`, makeBrief({ symbol: `S${i}USDT` }));
    gateway.always({ type: 'hang', after: 'nothing' });
    // Four hands.
    const { desk } = await openDesk({ config: { maxCallsPerSecond: 1 }, timings: { attemptMs: 20_000 } });
    await store.del(keys.limit('ai'));
    for (let i = 0; i < 10; i++) await desk.schedule(`S${i}USDT`, 'scheduled');
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(2), { timeout: 5_000 });
    gateway.always({ type: 'reading' });
    expect((await ask(desk)).reading).toBeDefined();
  });

  it('does not answer one chat with the refusal of another', async () => {
    const { desk } = await openDesk({
      config: { limits: { bot: LIMITS.bot, chat: 650_000 } },
      timings: { briefWaitMs: 2_000 },
      freshMs: 0,
    });
    expect((await ask(desk, { payer: 'poor' })).noReading).toBeUndefined();
    briefs.delete('BTCUSDT');
    const answers = [ask(desk, { payer: 'poor' }), ask(desk, { payer: 'rich' })];
    await vi.waitFor(async () => expect(await store.llen('{sheepdog}:analysis:active')).toBe(1));
    briefs.set('BTCUSDT', makeBrief());
    const [poor, rich] = await Promise.all(answers);
    expect(poor?.noReading).toBe('budget-chat');
    expect(rich?.noReading).toBeUndefined();
    expect(gateway.requests).toHaveLength(2);
  });

  it('stops hard at the budget, counts what it refused, and tells the operators once', async () => {
    const { desk } = await openDesk({
      config: { limits: { bot: 3_000_000, chat: undefined } },
      freshMs: 0,
    });
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await ask(desk, { payer: `chat-${i}` }));
    expect(answers.at(0)?.noReading).toBeUndefined();
    expect(answers.at(-1)?.noReading).toBe('budget-bot');
    const total = await spent();
    expect(total.costNano).toBeLessThanOrEqual(2_400_000);
    expect(total.costNano).toBe((gateway.billed.prompt + gateway.billed.completion) * 420);
    expect(total.calls + total.deniedByBudget).toBe(12);
    await vi.waitFor(() => expect(told).toContain(`budget ${localDay(Date.now(), 'UTC')}:80`));
    expect(new Set(told).size).toBe(told.length);
  });

  it('charges what the gateway counts beyond what it was allowed, and tells the operators', async () => {
    gateway.always({ type: 'reading', usage: { prompt_tokens: 900, completion_tokens: 40_000 } });
    const { desk } = await openDesk({ config: { limits: { bot: undefined, chat: undefined } }, freshMs: 0 });
    for (let i = 0; i < 2; i++) expect((await ask(desk)).costNano).toBe(40_900 * 420);
    expect(told).toEqual(Array(2).fill(`gateway-over ${localDay(Date.now(), 'UTC')}:${MODEL}`));
    const day = localDay(Date.now(), 'UTC');
    expect((await budget.detail(day, day)).overCalls).toBe(2);
  });

  it('tells the operators once a day when another model is served than was asked for', async () => {
    const { desk } = await openDesk({ freshMs: 0 });
    gateway.always({ type: 'other-model', model: 'deepseek-chat-v3-0324' });
    await ask(desk);
    expect(told).toEqual([]);
    gateway.always({ type: 'other-model', model: 'something-cheaper' });
    for (let i = 0; i < 2; i++) expect((await ask(desk)).servedModel).toBe('something-cheaper');
    expect(told).toEqual([`gateway-other ${localDay(Date.now(), 'UTC')}:${MODEL}`]);
  });

  it('makes no call at all with a budget of nothing', async () => {
    const { desk } = await openDesk({ config: { limits: { bot: 0, chat: undefined } } });
    expect((await ask(desk)).noReading).toBe('budget-off');
    expect(gateway.requests).toEqual([]);
  });

  it('makes scheduled analyses on the bot’s account, once a symbol at a time', async () => {
    const desk = await openCounter();
    await desk.schedule('BTCUSDT', 'scheduled');
    await desk.schedule('BTCUSDT', 'scheduled');
    await desk.schedule('ETHUSDT', '50trades');
    briefs.set('ETHUSDT', makeBrief({ symbol: 'ETHUSDT' }));
    await openDesk();
    await vi.waitFor(async () => expect((await spent()).calls).toBe(2));
    const day = localDay(Date.now(), 'UTC');
    expect((await budget.summary(day, day, 'UTC', 'bot', LIMITS)).calls).toBe(2);
    await vi.waitFor(async () => expect((await analyses.latest('ETHUSDT'))?.trigger).toBe('50trades'));
  });

  it('serves people before what was scheduled earlier', async () => {
    const desk = await openCounter();
    for (let i = 0; i < 9; i++) {
      briefs.set(`S${i}USDT`, makeBrief({ symbol: `S${i}USDT` }));
      await desk.schedule(`S${i}USDT`, 'scheduled');
    }
    const asked = ask(desk);
    await vi.waitFor(async () => expect(await store.llen('{sheepdog}:analysis:wait')).toBe(1));
    // Four hands, of which two for what nobody waits for.
    await openDesk({ config: { maxCallsPerSecond: 1 } });
    expect((await asked).reading).toBeDefined();
    expect(gateway.requests.length).toBeLessThanOrEqual(3);
    expect(gateway.requests.some((one) => one.body?.messages.at(-1)?.content.includes('BTCUSDT'))).toBe(true);
  });

  it('freezes each scheduled call with its mark price, and finds its outcome by the first one after', async () => {
    const record = createCallRecord(store);
    const start = Date.now() - 900_000 + 300;
    const at = (markTime: number, mark: number) =>
      makeBrief({ mark, time: markTime, times: { trade: markTime, mark: markTime, book: 0, day: 0 } });
    briefs.set('BTCUSDT', at(start, 60_000));
    const { desk } = await openDesk({ timings: { recordEveryMs: 20 } });
    await desk.schedule('BTCUSDT', 'scheduled');
    const read = () => record.read('BTCUSDT', start, Date.now());
    await vi.waitFor(async () => expect(await read()).toHaveLength(1));
    await ask(desk);
    const [call] = await read();
    expect(call).toMatchObject({
      asOf: start,
      mark: 60_000,
      kind: 'call',
      sentiment: 62,
      pUp: { m15: 0.52, h1: 0.55, h4: 0.5 },
      model: MODEL,
      promptVersion: PROMPT_VERSION,
      trigger: 'scheduled',
      outcomes: {},
    });
    expect(call?.costNano).toBeGreaterThan(0);

    briefs.set('BTCUSDT', at(start + 899_999, 61_000));
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(start + 900_000));
    briefs.set('BTCUSDT', at(start + 900_500, 60_600));
    await vi.waitFor(async () =>
      expect((await read())[0]?.outcomes).toEqual({ m15: { mark: 60_600, at: start + 900_500 } }),
    );
    briefs.set('BTCUSDT', at(start + 901_500, 1));
    // Only what nobody asked for is on the record, once.
    expect(await read()).toHaveLength(1);
    expect((await record.due(start + 900_500)).length).toBe(0);
  });

  it('says so in time when no desk answers, and leaves no question behind', async () => {
    const desk = await openCounter();
    const started = performance.now();
    const analysis = await ask(desk, { deadlineMs: 300 });
    expect(analysis).toMatchObject({ noReading: 'late', symbol: 'BTCUSDT' });
    expect(performance.now() - started).toBeLessThan(600);
    expect(await store.llen('{sheepdog}:analysis:wait')).toBe(0);
  });

  it('ends a running call after the grace time, with the money settled and the result stored', async () => {
    gateway.always({ type: 'hang', after: 'nothing' });
    const { desk, analyst } = await openDesk({ timings: { graceMs: 50 } });
    const answer = ask(desk, { deadlineMs: 20_000 });
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1));
    await analyst.close();
    expect((await answer).noReading).toBe('timeout');
    expect(await spent()).toMatchObject({ calls: 1, estimatedCalls: 1, reservedNano: 0 });
    await vi.waitFor(() => expect(gateway.requests[0]?.aborted).toBe(true));
  });

  it('drops a job whose payload it does not know, and goes on', async () => {
    const { desk } = await openDesk();
    const { Queue } = await import('bullmq');
    const queue = new Queue('analysis', { connection: redis.connect(), prefix: '{sheepdog}' });
    await queue.add('analysis', { v: 2, symbol: 'x' });
    expect((await ask(desk)).reading).toBeDefined();
    await queue.close();
  });
});
