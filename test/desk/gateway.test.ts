import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Asked, createAsk } from '../../src/desk/ask.ts';
import { createCircuits } from '../../src/desk/circuits.ts';
import { createDialogue } from '../../src/desk/dialogue.ts';
import { createGateway } from '../../src/desk/gateway.ts';
import { createModelMemory } from '../../src/desk/model-memory.ts';
import { createPace } from '../../src/desk/pace.ts';
import { loadPrices, type Prices } from '../../src/desk/prices.ts';
import { createBuy } from '../../src/desk/purchase.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import type { NoReading } from '../../src/store/analyses.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type Behaviour, type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';

const FIRST = 'deepseek/deepseek-chat-v3-0324';
const SECOND = 'gpt-4.1';
const UNLIMITED = { bot: undefined, chat: undefined };
const DEADLINE_MS = 1_500;

describe('a gateway that is not trusted', () => {
  let redis: TestRedis;
  let store: Store;
  let budget: Budget;
  let gateway: FakeGateway;
  let elsewhere: FakeGateway;

  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
    budget = createBudget(store);
    elsewhere = await startFakeGateway();
  });
  afterAll(async () => {
    await elsewhere.close();
    await redis.stop();
  });
  beforeEach(async () => {
    await redis.clear();
    gateway = await startFakeGateway();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await gateway.close();
  });

  function makeAsk(
    options: {
      models?: string[];
      rate?: number;
      baseUrl?: string;
      apiKey?: string;
      attemptMs?: number;
      openMs?: number;
      prices?: Prices;
    } = {},
  ) {
    const dialogue = createDialogue({
      models: options.models ?? [FIRST],
      memory: createModelMemory(store, gateway.baseUrl),
      circuits: createCircuits(
        store,
        gateway.baseUrl,
        options.openMs === undefined ? {} : { openMs: options.openMs },
      ),
      clock: systemClock,
      timings: { attemptMs: options.attemptMs ?? 200, pauseMs: 5 },
      buy: createBuy({
        gateway: createGateway({
          baseUrl: options.baseUrl ?? gateway.baseUrl,
          apiKey: options.apiKey ?? gateway.apiKey,
          clock: systemClock,
        }),
        prices: options.prices ?? loadPrices(),
        budget,
        pace: createPace(store, options.rate ?? 1_000),
        limits: UNLIMITED,
        timezone: 'UTC',
        clock: systemClock,
      }),
    });
    return createAsk(dialogue);
  }

  let questions = 0;
  function put(ask: ReturnType<typeof createAsk>, deadlineMs = DEADLINE_MS, awaited = true): Promise<Asked> {
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
  }

  const money = () => {
    const day = localDay(Date.now(), 'UTC');
    return budget.summary(day, day, 'UTC', undefined, UNLIMITED);
  };

  interface Case {
    name: string;
    /** One for each attempt; the last stands for all that follow. */
    answers: Behaviour[];
    expected: NoReading | 'reading';
    attempts: number;
    /** Calls that were charged, and those of them by estimate. */
    charged: number;
    estimated?: number;
  }
  const reading: Behaviour = { type: 'reading' };
  const status = (code: number, body?: unknown, headers?: Record<string, string>): Behaviour => ({
    type: 'status',
    status: code,
    ...(body ? { body } : {}),
    ...(headers ? { headers } : {}),
  });
  const content = (text: string): Behaviour => ({ type: 'content', content: text });

  const CASES: Case[] = [
    { name: 'a good answer', answers: [reading], expected: 'reading', attempts: 1, charged: 1 },
    { name: 'a fenced answer', answers: [{ type: 'fenced' }], expected: 'reading', attempts: 1, charged: 1 },
    { name: 'a stream unasked', answers: [{ type: 'sse' }], expected: 'reading', attempts: 1, charged: 1 },
    {
      name: 'a stream in the other dialect',
      answers: [{ type: 'sse', dialect: 'responses' }],
      expected: 'reading',
      attempts: 1,
      charged: 1,
    },
    {
      name: 'a stream cut short, then a good answer',
      answers: [{ type: 'sse', cut: true }, reading],
      expected: 'reading',
      attempts: 2,
      charged: 2,
      estimated: 1,
    },
    {
      name: 'no usage',
      answers: [{ type: 'reading', usage: false }],
      expected: 'reading',
      attempts: 1,
      charged: 1,
      estimated: 1,
    },
    {
      name: 'usage that cannot be',
      answers: [{ type: 'reading', usage: { prompt_tokens: -5, completion_tokens: 1e30 } }],
      expected: 'reading',
      attempts: 1,
      charged: 1,
      estimated: 1,
    },
    {
      name: 'silence',
      answers: [{ type: 'hang', after: 'nothing' }],
      expected: 'timeout',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'silence after the headers',
      answers: [{ type: 'hang', after: 'headers' }],
      expected: 'timeout',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'half an answer',
      answers: [{ type: 'hang', after: 'half' }],
      expected: 'timeout',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'blank lines for ever',
      answers: [{ type: 'keep-alive' }],
      expected: 'timeout',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'a web page',
      answers: [{ type: 'raw', body: '<html>hello</html>', contentType: 'text/html' }],
      expected: 'gateway-error',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'nothing at all',
      answers: [{ type: 'raw', body: '' }],
      expected: 'gateway-error',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'no choices',
      answers: [{ type: 'raw', body: '{"choices":[]}' }],
      expected: 'gateway-error',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'an endless answer',
      answers: [{ type: 'huge' }],
      expected: 'gateway-error',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'an error with status 200',
      answers: [{ type: 'raw', body: '{"error":{"code":503,"message":"busy"}}' }, reading],
      expected: 'reading',
      attempts: 2,
      charged: 1,
    },
    {
      name: 'a flat error with status 200',
      answers: [{ type: 'raw', body: '{"code":401,"message":"bad key"}' }],
      expected: 'gateway-auth',
      attempts: 1,
      charged: 0,
    },
    {
      name: 'an empty account with status 200',
      answers: [{ type: 'raw', body: '{"error":{"code":"insufficient_balance","message":"top up"}}' }],
      expected: 'gateway-balance',
      attempts: 1,
      charged: 0,
    },
    { name: '401', answers: [status(401)], expected: 'gateway-auth', attempts: 1, charged: 0 },
    { name: '403', answers: [status(403)], expected: 'gateway-auth', attempts: 1, charged: 0 },
    { name: '402', answers: [status(402)], expected: 'gateway-balance', attempts: 1, charged: 0 },
    {
      name: '429 that means no money',
      answers: [
        status(429, { error: { code: 'insufficient_quota', message: 'You exceeded your current quota' } }),
      ],
      expected: 'gateway-balance',
      attempts: 1,
      charged: 0,
    },
    { name: '404', answers: [status(404)], expected: 'gateway-model', attempts: 1, charged: 0 },
    {
      name: '503 for a model without a channel',
      answers: [
        status(503, { error: { code: 'model_not_found', message: 'No available channel for model' } }),
      ],
      expected: 'gateway-model',
      attempts: 1,
      charged: 0,
    },
    { name: '422', answers: [status(422)], expected: 'gateway-error', attempts: 1, charged: 0 },
    {
      name: '429 for a moment',
      answers: [status(429, undefined, { 'retry-after': '0.05' }), reading],
      expected: 'reading',
      attempts: 2,
      charged: 1,
    },
    {
      name: '429 with the wait in the body',
      answers: [
        status(429, { error: { code: 'rate_limit_exceeded', message: 'slow', retry_after: 0.05 } }),
        reading,
      ],
      expected: 'reading',
      attempts: 2,
      charged: 1,
    },
    {
      name: '429 until a date gone by',
      answers: [status(429, undefined, { 'retry-after': 'Sun, 22 Nov 2020 12:00:00 GMT' }), reading],
      expected: 'reading',
      attempts: 2,
      charged: 1,
    },
    {
      name: '429 for an hour',
      answers: [status(429, undefined, { 'retry-after': '3600' }), reading],
      expected: 'gateway-limit',
      attempts: 1,
      charged: 0,
    },
    { name: '500', answers: [status(500)], expected: 'gateway-error', attempts: 2, charged: 0 },
    { name: '500 once', answers: [status(500), reading], expected: 'reading', attempts: 2, charged: 1 },
    {
      name: 'a cut connection',
      answers: [{ type: 'reset' }],
      expected: 'gateway-error',
      attempts: 2,
      charged: 2,
      estimated: 2,
    },
    {
      name: 'blanks only',
      answers: [content('  \n \n')],
      expected: 'bad-answer',
      attempts: 2,
      charged: 2,
    },
    {
      name: 'a schema of its own, then a good answer',
      answers: [content('{"mood":"great"}'), reading],
      expected: 'reading',
      attempts: 2,
      charged: 2,
    },
    {
      name: 'a schema of its own for ever',
      answers: [content('{"mood":"great"}')],
      expected: 'bad-answer',
      attempts: 2,
      charged: 2,
    },
    {
      name: 'an answer cut for its length',
      answers: [{ type: 'content', content: '{"sentiment":50,"summ', finishReason: 'length' }, reading],
      expected: 'reading',
      attempts: 2,
      charged: 2,
    },
    {
      name: 'tokens beyond what it was allowed',
      answers: [{ type: 'reading', usage: { prompt_tokens: 5_000, completion_tokens: 9_000 } }],
      expected: 'reading',
      attempts: 1,
      charged: 1,
    },
    {
      name: 'another model served',
      answers: [{ type: 'other-model', model: 'something-cheaper' }],
      expected: 'reading',
      attempts: 1,
      charged: 1,
    },
    {
      name: 'a redirect to elsewhere',
      answers: [{ type: 'redirect', to: 'http://127.0.0.1:9/v1/chat/completions' }],
      expected: 'gateway-error',
      attempts: 2,
      charged: 0,
    },
    {
      name: 'a parameter it does not take',
      answers: [{ type: 'refuse-parameters', parameters: ['temperature'] }],
      expected: 'reading',
      attempts: 2,
      charged: 1,
    },
    {
      name: 'a refusal of a parameter that is left out already',
      answers: [status(400, { error: { code: 'invalid', message: "Unsupported parameter: 'temperature'" } })],
      expected: 'gateway-error',
      attempts: 2,
      charged: 0,
    },
    {
      name: 'another language, then the right one',
      answers: [{ type: 'reading', reading: { summary: '매수세가 우세' } }, reading],
      expected: 'reading',
      attempts: 2,
      charged: 2,
    },
    {
      name: 'a response_format it does not take',
      answers: [{ type: 'refuse-format', formats: ['json_object', 'json_schema'] }],
      expected: 'reading',
      attempts: 2,
      charged: 1,
    },
  ];

  it('misbehaves in this table in at least 25 ways', () => {
    const ways = CASES.filter((one) => one.name !== 'a good answer');
    expect(new Set(ways.map((one) => one.name)).size).toBeGreaterThanOrEqual(25);
  });

  it.each(CASES)('that gives $name ends in $expected, in time, with the money settled', async (one) => {
    const last = one.answers.at(-1);
    gateway.next(...one.answers.slice(0, -1));
    if (last) gateway.always(last);
    const started = performance.now();
    const asked = await put(makeAsk());

    expect(asked.noReading ?? 'reading').toBe(one.expected);
    expect(asked.reading !== undefined).toBe(one.expected === 'reading');
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS + 250);
    expect(gateway.requests.flatMap((request) => request.faults)).toEqual([]);
    expect(gateway.requests).toHaveLength(one.attempts);
    const total = await money();
    expect(total).toMatchObject({ calls: one.charged, reservedNano: 0, estimatedCalls: one.estimated ?? 0 });
    expect(total.costNano).toBe(asked.costNano);
    expect(await store.zcard(keys.reservations(localDay(Date.now(), 'UTC')))).toBe(0);
    // Whatever the gateway bills, no less was counted.
    expect(total.costNano).toBeGreaterThanOrEqual((gateway.billed.prompt + gateway.billed.completion) * 420);
  });

  it('that redirects is not followed, and gets no money', async () => {
    gateway.always({ type: 'redirect', to: `${elsewhere.baseUrl}/chat/completions` });
    expect((await put(makeAsk())).noReading).toBe('gateway-error');
    expect(elsewhere.requests).toEqual([]);
    expect(await money()).toMatchObject({ calls: 0, failedCalls: 2, costNano: 0, reservedNano: 0 });
  });

  it('that is not there costs nothing', async () => {
    await gateway.close();
    expect((await put(makeAsk())).noReading).toBe('gateway-error');
    expect(await money()).toMatchObject({ calls: 0, failedCalls: 2, costNano: 0, reservedNano: 0 });
    gateway = await startFakeGateway();
  });

  it('that serves another model is recorded as such', async () => {
    gateway.always({ type: 'other-model', model: 'something-cheaper' });
    expect(await put(makeAsk())).toMatchObject({ askedModel: FIRST, servedModel: 'something-cheaper' });
  });

  it('gets only our key and plain headers, whatever else the environment holds', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-other-vendor');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-admin');
    vi.stubEnv('OPENAI_ORG_ID', 'org-secret');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-secret');
    vi.stubEnv('OPENAI_BASE_URL', elsewhere.baseUrl);
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer sk-custom\nX-Secret: custom-secret');
    vi.stubEnv('OPENAI_LOG', 'debug');
    expect((await put(makeAsk())).reading).toBeDefined();
    const headers = gateway.requests[0]?.headers ?? {};
    expect(headers.authorization).toBe(`Bearer ${gateway.apiKey}`);
    expect(JSON.stringify(headers)).not.toMatch(/secret|sk-|openai|stainless/i);
    expect(elsewhere.requests).toEqual([]);
    expect(() => createGateway({ baseUrl: gateway.baseUrl, apiKey: '', clock: systemClock })).toThrow(
      TypeError,
    );
  });

  it('that fails with one model is asked for the next, at that one’s price', async () => {
    gateway.models = [SECOND];
    const ask = makeAsk({ models: [FIRST, SECOND] });
    const asked = await put(ask);
    expect(asked).toMatchObject({ askedModel: SECOND, noReading: undefined });
    const { prompt, completion } = gateway.billed;
    expect(asked.costNano).toBe((prompt + completion) * 8_000);
    expect((await money()).perModel).toMatchObject([{ model: SECOND, calls: 1 }]);
    // A model that is not served goes to the end of the list, in every process and after a restart.
    await put(ask);
    await put(makeAsk({ models: [FIRST, SECOND] }));
    expect(gateway.requests.map((request) => request.body?.model)).toEqual([FIRST, SECOND, SECOND, SECOND]);
    const [mark = ''] = await store.keys('sheepdog:ai:dead:*');
    expect(await store.pttl(mark)).toBeGreaterThan(3_590_000);
  });

  it('that stalls with one model still has time for the next', async () => {
    gateway.next({ type: 'hang', after: 'nothing' }, { type: 'hang', after: 'headers' });
    const asked = await put(makeAsk({ models: [FIRST, SECOND] }));
    expect(asked).toMatchObject({ askedModel: SECOND, noReading: undefined, estimated: true });
  });

  it('is never asked for a model without a price, but for a fallback that has one', async () => {
    gateway.models.push('mystery-1');
    expect((await put(makeAsk({ models: ['mystery-1'] }))).noReading).toBe('unpriced-model');
    expect(gateway.requests).toEqual([]);
    expect((await put(makeAsk({ models: ['mystery-1', FIRST] }))).askedModel).toBe(FIRST);
  });

  it('that is full of questions gets each in its turn, with the whole of its time', async () => {
    gateway.latencyMs = 100;
    const ask = makeAsk({ rate: 2, attemptMs: 150 });
    const asked = await Promise.all([put(ask), put(ask), put(ask), put(ask)]);
    expect(asked.map((one) => one.noReading)).toEqual([undefined, undefined, undefined, undefined]);
    expect(gateway.requests).toHaveLength(4);
  });

  it('remembers what form a model refused, from schema by JSON mode to plain words', async () => {
    gateway.always({ type: 'refuse-format', formats: ['json_schema', 'json_object'] });
    const ask = makeAsk({ models: [SECOND] });
    expect((await put(ask)).reading).toBeDefined();
    expect((await put(makeAsk({ models: [SECOND] }))).reading).toBeDefined();
    expect(gateway.requests.map((request) => request.body?.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
      undefined,
    ]);
    const [form = ''] = await store.keys('sheepdog:ai:form:*');
    expect(await store.pttl(form)).toBeGreaterThan(86_390_000);
  });

  it('is asked without the parameters that a model refused, by every process, for a day', async () => {
    gateway.models.push('deepseek/deepseek-v4');
    const prices = loadPrices();
    const priced = { ...prices, find: () => prices.find(FIRST, Date.now()) };
    gateway.always({ type: 'refuse-parameters', parameters: ['thinking', 'temperature', 'max_tokens'] });
    for (const _ of [1, 2]) {
      const asked = await put(makeAsk({ models: ['deepseek/deepseek-v4'], prices: priced }));
      expect(asked.reading).toBeDefined();
    }
    expect(
      gateway.requests.map(({ body = { model: '', messages: [] } }) =>
        ['thinking', 'temperature', 'max_tokens', 'max_completion_tokens'].filter((name) => name in body),
      ),
    ).toEqual([
      ['thinking', 'temperature', 'max_tokens'],
      ['temperature', 'max_tokens'],
      ['max_tokens'],
      ['max_completion_tokens'],
      ['max_completion_tokens'],
    ]);
    const [mark = ''] = await store.keys('sheepdog:ai:refused:*');
    expect(await store.pttl(mark)).toBeGreaterThan(86_390_000);
  });

  it('is told what was wrong in the one repair, and given more room when an answer was cut', async () => {
    gateway.next({ type: 'content', content: '{"mood":"great"}' });
    await put(makeAsk());
    expect(gateway.requests[1]?.body?.messages.at(-1)?.content).toMatch(/Not valid: sentiment/);
    gateway.next({ type: 'content', content: '{"senti', finishReason: 'length' });
    await put(makeAsk());
    expect(gateway.requests[3]?.body?.max_tokens).toBe(2 * Number(gateway.requests[2]?.body?.max_tokens));
  });

  it('is called no more often than allowed, by all processes together', async () => {
    const paces = [createPace(redis.connect(), 5), createPace(redis.connect(), 5)];
    // When each call may begin: however slowly they are asked for, the sixth comes a second after the first.
    const starts: number[] = [];
    for (let i = 0; i < 12; i++) {
      const wait = (await paces[i % 2]?.take(10_000)) ?? Number.NaN;
      starts.push(performance.now() + wait);
    }
    const [first = 0, sixth = 0, eleventh = 0] = [starts[0], starts[5], starts[10]];
    expect(sixth - first).toBeGreaterThan(900);
    expect(eleventh - sixth).toBeGreaterThan(900);
    expect(await paces[0]?.take(500)).toBeUndefined();
    const slow = createPace(store, 0.5);
    await store.del(keys.limit('ai'));
    expect([await slow.take(5_000), Number(await slow.take(5_000)) > 1_000]).toEqual([0, true]);
  });

  it('that keeps failing is left alone after three calls, then tried by one', async () => {
    gateway.always(status(500));
    const ask = makeAsk({ openMs: 100 });
    expect((await put(ask)).noReading).toBe('gateway-error');
    expect((await put(ask)).noReading).toBe('gateway-error');
    expect(gateway.requests).toHaveLength(3);
    expect(await Promise.all([put(ask), put(ask)])).toMatchObject([
      { noReading: 'gateway-down', costNano: 0 },
      { noReading: 'gateway-down', costNano: 0 },
    ]);
    expect(gateway.requests).toHaveLength(3);
    expect((await money()).reservedNano).toBe(0);

    gateway.always(reading);
    gateway.latencyMs = 20;
    await vi.waitFor(async () => expect((await put(ask)).reading).toBeDefined());
    expect((await Promise.all([put(ask), put(ask)])).map((one) => one.noReading)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('that fails with one model keeps serving the other, and the failing one is left alone', async () => {
    const ask = makeAsk({ models: [FIRST, SECOND] });
    gateway.next(status(500), status(500), reading, status(500));
    expect((await put(ask)).askedModel).toBe(SECOND);
    expect((await put(ask)).askedModel).toBe(SECOND);
    expect((await put(ask)).askedModel).toBe(SECOND);
    const asked = gateway.requests.map((request) => request.body?.model);
    expect(asked).toEqual([FIRST, FIRST, SECOND, FIRST, SECOND, SECOND]);
  });

  it.each([
    [401, 'gateway-auth'],
    [402, 'gateway-balance'],
  ] as const)(
    'that says %i is not asked again for a while, and it is still said why',
    async (code, reason) => {
      gateway.always(status(code));
      const ask = makeAsk({ models: [FIRST, SECOND] });
      expect((await put(ask)).noReading).toBe(reason);
      expect((await put(ask)).noReading).toBe(reason);
      expect(gateway.requests).toHaveLength(1);
    },
  );

  it('serves people first: a question that nobody waits for books no turn ahead', async () => {
    gateway.latencyMs = 10;
    const ask = makeAsk({ rate: 1 });
    expect((await put(ask)).reading).toBeDefined();
    const background = put(ask, 5_000, false);
    const person = await put(ask, 2_500);
    expect(person.reading).toBeDefined();
    expect(gateway.requests).toHaveLength(2);
    expect((await background).reading).toBeDefined();
  });

  it.each([
    [
      'in OpenAI’s field',
      { prompt_tokens: 1_000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } },
    ],
    ['in DeepSeek’s', { prompt_tokens: 1_000, completion_tokens: 100, prompt_cache_hit_tokens: 400 }],
  ])(
    'that counts cached tokens %s is charged for them at their price, and at the hour’s',
    async (_, usage) => {
      const row = {
        pattern: '.*',
        effectiveFrom: '2026-01-01',
        inMiss: 660_000,
        inHit: 22_000,
        out: 1_980_000,
      };
      const always = { utcDays: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '24:00', percent: 200 };
      const folder = await mkdtemp(join(tmpdir(), 'sheepdog-prices-'));
      const path = join(folder, 'prices.json');
      await writeFile(
        path,
        JSON.stringify({ version: 'dear', rows: [{ ...row, windows: [always], source: 'test' }] }),
      );
      gateway.always({ type: 'reading', usage });
      const asked = await put(makeAsk({ prices: loadPrices(path) }));
      await rm(folder, { recursive: true });
      expect(asked.costNano).toBe(2 * (600 * 660 + 400 * 22 + 100 * 1_980));
      expect((await money()).costNano).toBe(asked.costNano);
    },
  );

  it('is not asked when its turn would come too late, and nothing stays reserved', async () => {
    const ask = makeAsk({ rate: 0.1 });
    expect((await put(ask)).reading).toBeDefined();
    expect((await put(ask)).noReading).toBe('gateway-limit');
    expect(gateway.requests).toHaveLength(1);
    expect((await money()).reservedNano).toBe(0);
  });

  it('lists its models, or says why not', async () => {
    const client = createGateway({ baseUrl: gateway.baseUrl, apiKey: gateway.apiKey, clock: systemClock });
    expect(await client.models(AbortSignal.timeout(1_000))).toEqual(gateway.models);
    const stranger = createGateway({ baseUrl: gateway.baseUrl, apiKey: 'hs-wrong', clock: systemClock });
    expect(await stranger.models(AbortSignal.timeout(1_000))).toMatchObject({ reason: 'auth' });
  });
});
