import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RuleKind } from '../../src/alerts/rule.ts';
import { type AnalystDeps, startAnalyst } from '../../src/desk/analyst.ts';
import { createNoteCounter, type NoteCounter } from '../../src/desk/note-counter.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { silentLog } from '../../src/kit/log.ts';
import { usdToNano } from '../../src/kit/money.ts';
import type { Window } from '../../src/market/brief.ts';
import type { AlertNote, Amendment } from '../../src/notice/amendment.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import type { Locale } from '../../src/store/chat-model.ts';
import { createNotes } from '../../src/store/notes.ts';
import type { Post } from '../../src/store/post.ts';
import { createCallRecord } from '../../src/store/record.ts';
import { moving } from '../courier/support.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type Behaviour, type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';

const LIMITS = { bot: usdToNano(0.3), chat: usdToNano(0.05) };
const WAIT_MS = 2_500;

describe('notes on barks', () => {
  let redis: TestRedis;
  let gateway: FakeGateway;
  let budget: Budget;
  /** What was added to whose messages, in order. */
  let posted: { uid: string; amendment: Amendment }[];
  /** What operators were told. */
  let told: string[];
  let post: Pick<Post, 'post'>;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    redis = await startTestRedis();
    budget = createBudget(redis.connect());
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    gateway = await startFakeGateway();
    posted = [];
    told = [];
    post = {
      async post(uid, ...[lane, entries]) {
        if (lane === 'am') posted.push(...entries.map((amendment) => ({ uid, amendment })));
      },
    };
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((part) => part.close()));
    await gateway.close();
  });

  async function openDesk(
    change: Partial<AnalystDeps['config']> & { notesPerMinute?: number; attemptMs?: number } = {},
  ): Promise<void> {
    const { notesPerMinute = 100, attemptMs = WAIT_MS, ...config } = change;
    const store = redis.connect();
    const analyst = await startAnalyst({
      address: redis.address,
      market: {
        brief: async (symbol) => (symbol === 'UNSEENUSDT' ? undefined : makeBrief({ symbol })),
        candles: async () => [],
      },
      analyses: createAnalysesRepository(store),
      record: createCallRecord(store),
      budget,
      post,
      prices: loadPrices(),
      notesPerMinute,
      config: {
        apiKey: gateway.apiKey,
        baseUrl: gateway.baseUrl,
        models: ['deepseek/deepseek-chat-v3-0324'],
        limits: LIMITS,
        timezone: 'UTC',
        maxCallsPerSecond: 1_000,
        ...config,
      },
      tellOperators: async (code) => void told.push(code),
      clock: systemClock,
      log: silentLog(),
      timings: { pauseMs: 5, briefWaitMs: 300, graceMs: 200, attemptMs },
    });
    open.push(analyst);
  }

  function openCounter(options: { aiOn?: boolean; waitMs?: number } = {}): NoteCounter {
    const connection = redis.connect();
    const counter = createNoteCounter({
      connection,
      notes: createNotes(connection),
      post,
      aiOn: true,
      clock: systemClock,
      log: silentLog(),
      waitMs: WAIT_MS,
      ...options,
    });
    open.unshift(counter);
    return counter;
  }

  /** A chat with its own rule on a symbol that has just moved. */
  const bark = (
    symbol: string,
    chat: string,
    value = 2.4,
    change: Partial<AlertNotice> = {},
  ): AlertNotice => {
    const now = Date.now();
    const { rule, firing, ...rest } = moving(symbol, value);
    return {
      ...rest,
      rule: { ...rule, id: chat, threshold: 2 },
      firing: { ...firing, symbol, value, time: now, eventId: `${chat}:${symbol}.1` },
      eventId: `${chat}:${symbol}.1`,
      decidedAt: now,
      ...change,
    };
  };
  const chat = (uid: string, locale: Locale = 'en') => ({ uid, locale, approved: true });
  const notes = (): Record<string, AlertNote> =>
    Object.fromEntries(
      posted.flatMap(({ uid, amendment }) => (amendment.what === 'note' ? [[uid, amendment.note]] : [])),
    );
  const spent = () => {
    const day = localDay(Date.now(), 'UTC');
    return budget.summary(day, day, 'UTC', undefined, LIMITS);
  };

  it('say why now and what is unusual, with figures that were measured, on the bot’s account', async () => {
    await openDesk();
    expect(await openCounter().explain(chat('c1'), [bark('BTCUSDT', 'aaaaaa')])).toBe(true);
    await vi.waitFor(() => expect(posted).toHaveLength(1));
    expect(posted[0]).toEqual({
      uid: 'c1',
      amendment: {
        type: 'amendment',
        what: 'note',
        eventId: 'note:aaaaaa:BTCUSDT.1',
        of: 'aaaaaa:BTCUSDT.1',
        dueAt: 0,
        note: {
          state: 'made',
          why: 'Buyers lead while the range stays calm',
          unusual: [
            { feature: 'change_1m', value: makeBrief().windows['1m'].change },
            { feature: 'change_5m', value: makeBrief().windows['5m'].change },
          ],
          model: 'deepseek/deepseek-chat-v3-0324',
          madeAt: expect.any(Number),
        },
      },
    });
    const question = gateway.requests[0]?.body?.messages.at(-1)?.content;
    expect(question).toContain('alert move up within 5m measured 2.4% at');
    const day = localDay(Date.now(), 'UTC');
    expect(await budget.summary(day, day, 'UTC', 'bot', LIMITS)).toMatchObject({ calls: 1, reservedNano: 0 });
  });

  it('are one for all who were told of the same by any process, each in his language, for one call', async () => {
    await openDesk();
    const [here, there] = [openCounter(), openCounter()];
    const locales = ['en', 'ko', 'zh', 'ja'] as const;
    gateway.latencyMs = 50;
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 ? here : there).explain(chat(`c${i}`, locales[i % 4]), [
          bark('BTCUSDT', `rule${i}`, 2 + i / 10),
        ]),
      ),
    );
    await vi.waitFor(() => expect(posted).toHaveLength(40), { timeout: 5_000 });
    expect(gateway.requests).toHaveLength(1);
    const made = notes();
    expect([made.c0, made.c1, made.c2, made.c3].map((note) => note?.state === 'made' && note.why)).toEqual([
      'Buyers lead while the range stays calm',
      '매수세가 우세하고 변동성은 낮음',
      '买盘占优，波动平稳',
      '買いが優勢で値幅は穏やか',
    ]);
    // Who is told of it later gets it at once; the fall after the rise is another event.
    await here.explain(chat('late', 'ja'), [bark('BTCUSDT', 'later')]);
    expect(notes().late).toEqual(made.c3);
    await here.explain(chat('other'), [bark('BTCUSDT', 'fallen', -2.4)]);
    await vi.waitFor(() => expect(notes().other?.state).toBe('made'));
    expect(gateway.requests).toHaveLength(2);
    expect(await spent()).toMatchObject({ calls: 2 });
  });

  it('are another for another window: what is remarkable within an hour has reasons of its own', async () => {
    await openDesk();
    const counter = openCounter();
    const within = (window: Window, rule: string, kind: RuleKind = 'move') => {
      const alert = bark('BTCUSDT', rule);
      return { ...alert, rule: { ...alert.rule, kind, window } };
    };
    await counter.explain(chat('c1'), [within('5m', 'rule1')]);
    await counter.explain(chat('c2'), [within('1h', 'rule2')]);
    await counter.explain(chat('c3'), [within('1h', 'rule3')]);
    await counter.explain(chat('c4'), [within('15m', 'rule4', 'price')]);
    await vi.waitFor(() => expect(posted).toHaveLength(4));
    const asked = gateway.requests.map(({ body }) =>
      /alert .* measured/.exec(body?.messages[1]?.content ?? ''),
    );
    expect(asked.map((match) => match?.[0]).sort()).toEqual([
      'alert move up within 1h measured',
      'alert move up within 5m measured',
      'alert price up measured',
    ]);
  });

  it('reach also whoever is told in another language while one is being made, by a call more', async () => {
    await openDesk();
    const counter = openCounter();
    gateway.latencyMs = 200;
    await counter.explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1));
    await counter.explain(chat('c2', 'ko'), [bark('BTCUSDT', 'rule2')]);
    await counter.explain(chat('c3'), [bark('BTCUSDT', 'rule3')]);
    await vi.waitFor(() => expect(posted).toHaveLength(3), { timeout: 5_000 });
    expect(Object.values(notes()).map((note) => note.state)).toEqual(['made', 'made', 'made']);
    expect(gateway.requests).toHaveLength(2);
    expect(notes().c2).toMatchObject({ why: '매수세가 우세하고 변동성은 낮음' });
  });

  it('come once a minute to a chat, on the strongest of its barks', async () => {
    await openDesk();
    const counter = openCounter();
    const move = ['AUSDT', 'BUSDT', 'CUSDT'].map((symbol, i) => bark(symbol, `rule${i}`, [2.1, -7.5, 3][i]));
    expect(await counter.explain(chat('c1'), move)).toBe(true);
    expect(await counter.explain(chat('c1'), [bark('DUSDT', 'rule9', 20)])).toBe(false);
    await vi.waitFor(() => expect(posted).toHaveLength(1));
    expect(posted[0]?.amendment.of).toBe('rule1:BUSDT.1');
  });

  it('are bounded for the whole bot: a crash of everything is a few calls, and the rest is told so', async () => {
    await openDesk({ notesPerMinute: 3 });
    const counter = openCounter();
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => counter.explain(chat(`c${i}`), [bark(`S${i}USDT`, `rule${i}`)])),
    );
    await vi.waitFor(() => expect(posted).toHaveLength(12), { timeout: 5_000 });
    const states = Object.values(notes()).map((note) => (note.state === 'none' ? note.reason : 'made'));
    expect(states.filter((state) => state === 'made')).toHaveLength(3);
    expect(states.filter((state) => state === 'busy')).toHaveLength(9);
    expect(gateway.requests).toHaveLength(3);
  });

  it('are not asked for without AI, without approval, where nobody wants them, or on what is no figure of now', async () => {
    const counter = openCounter();
    const listing = bark('NEWUSDT', 'rule1');
    expect(await openCounter({ aiOn: false }).explain(chat('c1'), [bark('BTCUSDT', 'rule1')])).toBe(false);
    for (const unwanted of [{ approved: false }, { noNotes: true }])
      expect(await counter.explain({ ...chat('c1'), ...unwanted }, [bark('BTCUSDT', 'rule1')])).toBe(false);
    expect(
      await counter.explain(chat('c1'), [
        bark('AUSDT', 'rule2', 2.4, { late: true }),
        bark('BUSDT', 'rule3', 2.4, { decidedAt: Date.now() - 600_000 }),
        { ...listing, rule: { ...listing.rule, kind: 'listing' } },
      ]),
    ).toBe(false);
    expect(await redis.connect().keys('sheepdog:*note*')).toEqual([]);
  });

  it('that nobody makes in time are said to have been too slow, and cost nothing when a desk opens', async () => {
    await openCounter({ waitMs: 150 }).explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(notes().c1).toEqual({ state: 'none', reason: 'timeout' }));
    await openDesk();
    await vi.waitFor(async () => expect(await redis.connect().zcard('{sheepdog}:note:completed')).toBe(1));
    expect(posted).toHaveLength(1);
    expect(gateway.requests).toEqual([]);
  });

  const content = (value: unknown): Behaviour => ({
    type: 'content',
    content: typeof value === 'string' ? value : JSON.stringify(value),
  });
  const why = 'Buyers lead';
  const unusual = ['change_5m'];
  const CASES: {
    name: string;
    answers: Behaviour[];
    expected: string;
    attempts: number;
    locale?: Locale;
  }[] = [
    { name: 'silence', answers: [{ type: 'hang', after: 'nothing' }], expected: 'timeout', attempts: 2 },
    { name: 'half an answer', answers: [{ type: 'hang', after: 'half' }], expected: 'timeout', attempts: 2 },
    { name: 'a form of its own', answers: [content({ reason: 'x' })], expected: 'failed', attempts: 2 },
    {
      name: 'a form of its own, then a good one',
      answers: [content({ reason: 'x' }), content({ why, unusual })],
      expected: why,
      attempts: 2,
    },
    {
      name: 'features that are none',
      answers: [content({ why, unusual: ['moon'] })],
      expected: 'failed',
      attempts: 2,
    },
    {
      name: 'another language',
      answers: [content({ why, unusual })],
      expected: 'failed',
      attempts: 2,
      locale: 'ko',
    },
    {
      name: 'numbers of its own in one of two sentences',
      answers: [content({ why: 'Price broke 70,000. Buyers lead.', unusual })],
      expected: 'Buyers lead.',
      attempts: 1,
    },
    {
      name: 'nothing but numbers of its own',
      answers: [content({ why: 'Price rose 3.2%', unusual })],
      expected: 'failed',
      attempts: 2,
    },
    {
      name: 'markup, mentions and links',
      answers: [content({ why: '<b>@everyone</b> **Buyers** lead /start https://evil.example', unusual })],
      expected: 'Buyers lead',
      attempts: 1,
    },
    {
      name: 'a flood of words',
      answers: [content({ why: 'up '.repeat(300), unusual })],
      expected: `${'up '.repeat(50).slice(0, 99).trimEnd()}…`,
      attempts: 1,
    },
    { name: '500', answers: [{ type: 'status', status: 500 }], expected: 'failed', attempts: 2 },
    { name: '401', answers: [{ type: 'status', status: 401 }], expected: 'refused', attempts: 1 },
    { name: '404', answers: [{ type: 'status', status: 404 }], expected: 'refused', attempts: 1 },
    {
      name: '429 for an hour',
      answers: [{ type: 'status', status: 429, headers: { 'retry-after': '3600' } }],
      expected: 'busy',
      attempts: 1,
    },
  ];

  it.each(CASES)(
    'from a gateway that gives $name end in $expected, in time, with the money settled',
    async (one) => {
      const last = one.answers.at(-1);
      gateway.next(...one.answers.slice(0, -1));
      if (last) gateway.always(last);
      await openDesk({ attemptMs: 400 });
      const started = performance.now();
      await openCounter().explain(chat('c1', one.locale), [bark('BTCUSDT', 'rule1')]);
      await vi.waitFor(() => expect(posted).toHaveLength(1), { timeout: WAIT_MS + 500 });
      expect(performance.now() - started).toBeLessThan(WAIT_MS + 250);
      const note = notes().c1;
      expect(note?.state === 'made' ? note.why : note?.reason).toBe(one.expected);
      expect(gateway.requests).toHaveLength(one.attempts);
      await vi.waitFor(async () => expect(await spent()).toMatchObject({ reservedNano: 0 }));
    },
  );

  it.each([
    ['the budget is zero', { limits: { bot: 0, chat: undefined } }, 'budget'],
    ['the bot’s half is used up', { limits: { bot: 100_000, chat: undefined } }, 'budget'],
    ['the desk has no key', { apiKey: undefined }, 'no-key'],
    ['the model has no price', { models: ['mystery-1'] }, 'refused'],
  ])('say so when %s', async (_, config, reason) => {
    await openDesk(config);
    await openCounter().explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(notes().c1).toEqual({ state: 'none', reason }));
    expect(gateway.requests).toEqual([]);
  });

  it('say so when nothing is known of the market', async () => {
    await openDesk();
    await openCounter().explain(chat('c1'), [bark('UNSEENUSDT', 'rule1')]);
    await vi.waitFor(() => expect(notes().c1).toEqual({ state: 'none', reason: 'no-data' }));
    expect(gateway.requests).toEqual([]);
  });

  it('tell the operators of a refused key as readings do', async () => {
    gateway.always({ type: 'status', status: 401 });
    await openDesk();
    await openCounter().explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(told).toEqual(['gateway-auth']));
  });

  it('say so when the gateway is left alone after failures', async () => {
    gateway.always({ type: 'status', status: 500 });
    await openDesk();
    const counter = openCounter();
    for (const n of [1, 2]) await counter.explain(chat(`c${n}`), [bark(`S${n}USDT`, `rule${n}`)]);
    await vi.waitFor(() => expect(posted).toHaveLength(2));
    await counter.explain(chat('c3'), [bark('S3USDT', 'rule3')]);
    await vi.waitFor(() => expect(notes().c3).toEqual({ state: 'none', reason: 'busy' }));
  });
});
