import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type AnalystDeps, startAnalyst } from '../../src/desk/analyst.ts';
import { createNoteCounter, type NoteCounter } from '../../src/desk/note-counter.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { AlertNote, Amendment } from '../../src/notice/amendment.ts';
import type { AlertNotice, CostSummary } from '../../src/notice/notice.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { type Budget, createBudget } from '../../src/store/budget.ts';
import type { Locale } from '../../src/store/chat-model.ts';
import { createNotes } from '../../src/store/notes.ts';
import type { Post } from '../../src/store/post.ts';
import { createCallRecord } from '../../src/store/record.ts';
import { moving } from '../courier/support.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { makeBrief } from './brief.ts';
import { LIMITS, MODEL } from './room.ts';

/** How long a chat waits for its note, ms. */
export const WAIT_MS = 2_500;

/** A chat with its own rule on a symbol that has just moved. */
export function bark(
  symbol: string,
  chat: string,
  value = 2.4,
  change: Partial<AlertNotice> = {},
): AlertNotice {
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
}

export function chat(uid: string, locale: Locale = 'en') {
  return { uid, locale, approved: true };
}

type DeskChange = Partial<AnalystDeps['config']> & {
  notesPerMinute?: number;
  attemptMs?: number;
  /** The newest brief, each time it is looked for. */
  brief?: (symbol: string) => Brief;
};

/** Desks that make notes and counters where they are asked for, on one Redis, and the gateway that is asked for them. */
export interface Noted {
  readonly redis: TestRedis;
  readonly gateway: FakeGateway;
  readonly budget: Budget;
  /** What was added to whose messages, in order. */
  readonly posted: { uid: string; amendment: Amendment }[];
  /** What operators were told. */
  readonly told: string[];
  /** It knows every market but UNSEENUSDT. */
  openDesk(change?: DeskChange): Promise<void>;
  openCounter(options?: { aiOn?: boolean; waitMs?: number }): NoteCounter;
  /** The notes that were posted, by chat. */
  notes(): Record<string, AlertNote>;
  /** What the ledger has of today. */
  spent(): Promise<CostSummary>;
}

/** An empty Redis and a fresh gateway for each test of a file; what was opened is closed after it. */
export function useNoted(): Noted {
  let redis: TestRedis;
  let gateway: FakeGateway;
  let budget: Budget;
  let posted: Noted['posted'];
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

  return {
    get redis() {
      return redis;
    },
    get gateway() {
      return gateway;
    },
    get budget() {
      return budget;
    },
    get posted() {
      return posted;
    },
    get told() {
      return told;
    },

    async openDesk(change = {}) {
      const { notesPerMinute = 100, attemptMs = WAIT_MS, brief, ...config } = change;
      const store = redis.connect();
      const analyst = await startAnalyst({
        address: redis.address,
        market: {
          brief: async (symbol) =>
            symbol === 'UNSEENUSDT'
              ? undefined
              : (brief?.(symbol) ?? makeBrief({ symbol, time: Date.now() })),
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
          models: [MODEL],
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
    },

    openCounter(options = {}) {
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
    },

    notes: () =>
      Object.fromEntries(
        posted.flatMap(({ uid, amendment }) => (amendment.what === 'note' ? [[uid, amendment.note]] : [])),
      ),

    async spent() {
      const day = localDay(Date.now(), 'UTC');
      return await budget.summary(day, day, 'UTC', undefined, LIMITS);
    },
  };
}
