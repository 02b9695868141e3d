import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import type { ChatDeps } from '../../src/chat/deps.ts';
import type { AccessPolicy, Asker, ChatService, FoundChat } from '../../src/chat/model.ts';
import { composeReport } from '../../src/clerk/market-report.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { createScoreboard } from '../../src/desk/scoreboard.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { Instrument } from '../../src/market/events.ts';
import { plainText, type Reply } from '../../src/notice/text.ts';
import { type AiOff, type Analysis, createAnalysesRepository } from '../../src/store/analyses.ts';
import { createBudget } from '../../src/store/budget.ts';
import type { ChatType, Platform } from '../../src/store/chat-model.ts';
import { type ChatChange, createChatsRepository } from '../../src/store/chats.ts';
import { createDeliveries } from '../../src/store/deliveries.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { createMarketRepository, type FeedHealth } from '../../src/store/market.ts';
import { createCallRecord } from '../../src/store/record.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRuleUse } from '../../src/store/rule-use.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { MINUTE, START, walk } from '../alerts/candles.ts';
import { makeBrief } from '../desk/brief.ts';
import { makeAnalysis } from '../support/analyses.ts';
import { ManualClock } from '../support/clock.ts';
import { NO_PICTURES } from '../support/pictures.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

export const NOW = Date.parse('2026-11-24T12:00:00Z');

const LISTED: readonly (readonly [string, string, number])[] = [
  ['BTCUSDT', 'BTC', 0.1],
  ['ETHUSDT', 'ETH', 0.01],
  ['XRPUSDT', 'XRP', 0.0001],
  ['DOGEUSDT', 'DOGE', 0.00001],
  ['SOLUSDT', 'SOL', 0.01],
  ['1000PEPEUSDT', '1000PEPE', 0.0000001],
  ['币安人生USDT', '币安人生', 0.00001],
];

export const INSTRUMENTS: readonly Instrument[] = [
  ...LISTED.map(([symbol, base, tickSize]) => ({ symbol, base, tickSize, status: 'TRADING' })),
  { symbol: 'LUNAUSDT', base: 'LUNA', tickSize: 0.001, status: 'SETTLING' },
];

/** The house around the commands: a real Redis, a market as the feed would have written it, a desk that is told what to say. */
export interface House {
  chat: ChatService;
  deps: ChatDeps;
  clock: ManualClock;
  /** What the desk answers. */
  analysis: Analysis;
  analyses: Parameters<ChatDeps['desk']['analyze']>[0][];
  told: { code: string; args: Readonly<Record<string, string | number>>; onceKey: string }[];
  /** What was posted to chats, by lane. */
  posted: { uid: string; lane: string; notices: Parameters<ChatDeps['post']['post']>[2] }[];
  /** What was to change of chats with their schedules. */
  changes: ChatChange[];
  writeBrief(change?: Partial<Brief>): Promise<void>;
  writeHealth(change?: Partial<FeedHealth>): Promise<void>;
  /** Ids of all rules stored, of whatever chat. */
  storedRules(): Promise<string[]>;
}

type HouseOptions = Parameters<typeof buildHouse>[1];

/** Builds a new house on an empty Redis for each test of a file; what it returns builds another one in its place. */
export function useHouse(
  built: (house: House, store: Store) => void,
): (options?: HouseOptions) => Promise<void> {
  let redis: TestRedis;
  let store: Store;
  const build = async (options: HouseOptions = {}) => {
    await redis.clear();
    built(await buildHouse(store, options), store);
  };
  beforeAll(async () => {
    redis = await startTestRedis();
    store = redis.connect();
  });
  afterAll(() => redis.stop());
  beforeEach(() => build());
  return build;
}

/** The internal id of a chat that has spoken. */
export async function chatUid({ deps }: House, who: Asker = asker()): Promise<string> {
  return (await deps.chats.find(who.address))?.uid ?? '';
}

/** Candles of BTCUSDT up to now, as the feed has stored them: a week, or so many minutes. */
export async function rememberCandles({ deps }: House, minutes = 7 * 1_440): Promise<void> {
  const shift = Math.floor(NOW / MINUTE) * MINUTE - minutes * MINUTE - START;
  const candles = walk(minutes, 5).map((each) => ({ ...each, openTime: each.openTime + shift }));
  await deps.market.writeCandles('BTCUSDT', candles);
}

export async function buildHouse(
  store: Store,
  options: {
    access?: Partial<AccessPolicy>;
    universe?: boolean;
    off?: AiOff;
    analysesUnasked?: boolean;
    commandsPerMinute?: number;
  } = {},
): Promise<House> {
  const clock = new ManualClock(NOW);
  const market = createMarketRepository(store, clock);
  const rules = createRulesRepository(store);
  const chats = createChatsRepository(store);
  const house = {
    clock,
    analyses: [] as House['analyses'],
    told: [] as House['told'],
    changes: [] as House['changes'],
    posted: [] as House['posted'],
    analysis: freshAnalysis(),
  };
  const deps: ChatDeps = {
    chats,
    rules,
    ruleUse: createRuleUse(store, clock),
    market,
    deliveries: createDeliveries(store),
    desk: {
      off: options.off,
      timezone: 'UTC',
      async analyze(query) {
        house.analyses.push(query);
        return { ...house.analysis, symbol: query.symbol, locale: query.locale };
      },
    },
    analysesUnasked: options.analysesUnasked ?? true,
    pictures: NO_PICTURES,
    budget: createBudget(store),
    prices: loadPrices(),
    scoreboard: createScoreboard({ record: createCallRecord(store), clock }),
    limits: { bot: 300_000_000, chat: 50_000_000 },
    status: async () => ({
      version: '0.1.0',
      queues: [{ name: 'analysis', waiting: 1, active: 2, failed: 0 }],
      roles: [{ role: 'feed', processes: 1 }],
    }),
    changeChat(uid, change) {
      house.changes.push(change);
      return chats.update(uid, change);
    },
    report: (chat) =>
      composeReport(chat, {
        market,
        analyses: createAnalysesRepository(store),
        mailbox: createMailbox(store),
        budget: deps.budget,
        limits: deps.limits,
        operators: deps.access.operators,
        timezone: deps.desk.timezone,
        clock,
      }),
    async tellOperators(code, args, onceKey) {
      const known = house.told.some((word) => word.code === code && word.onceKey === onceKey);
      if (!known) house.told.push({ code, args, onceKey });
    },
    post: {
      async post(uid, lane, notices) {
        house.posted.push({ uid, lane, notices });
      },
    },
    access: { access: 'open', allowed: new Set(), operators: new Set(), ...options.access },
    defaults: { locale: 'en', timezone: 'UTC' },
    clock,
    log: silentLog(),
    timings: { briefWaitMs: 50, answerWaitMs: 30 },
    quotas: { commandsPerMinute: options.commandsPerMinute ?? 1000 },
  };
  const built: House = Object.assign(house, {
    deps,
    chat: createChat(deps),
    writeBrief: (change: Partial<Brief> = {}) =>
      market.writeBrief(
        makeBrief({
          time: clock.now(),
          writtenAt: clock.now(),
          nextFundingTime: clock.now() + 3 * 3_600_000,
          ...change,
        }),
      ),
    writeHealth: (change: Partial<FeedHealth> = {}) => market.writeHealth(makeHealth(clock.now(), change)),
    async storedRules() {
      const found: string[] = [];
      for (const key of await store.keys('sheepdog:{s*}:rules')) found.push(...(await store.hkeys(key)));
      return found;
    },
  });
  if (options.universe !== false) {
    await market.writeUniverse({ source: 'live', fetchedAt: NOW, instruments: [...INSTRUMENTS] });
    await built.writeHealth();
    await built.writeBrief();
  }
  return built;
}

export function makeHealth(now: number, change: Partial<FeedHealth> = {}): FeedHealth {
  return {
    v: 1,
    source: 'live',
    processId: 'p1',
    at: now,
    startedAt: now - 3_600_000,
    routes: [
      { route: 'market', state: 'live', lastDataAt: now - 1_000, streams: 12, silent: [] },
      { route: 'public', state: 'silent', lastDataAt: undefined, streams: 3, silent: ['btcusdt@depth20'] },
    ],
    lagMs: 42,
    messages: 1000,
    messagesPerSecond: 120,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    warming: ['ETHUSDT'],
    rejected: 0,
    gaps: 0,
    rules: 4,
    alerts: 2,
    backlog: 0,
    blindSince: undefined,
    refused: undefined,
    ...change,
  };
}

/** An analysis of now, with the facts it was given. */
export function freshAnalysis(change: Partial<Analysis> = {}): Analysis {
  return makeAnalysis({
    brief: makeBrief({ time: NOW, writtenAt: NOW }),
    createdAt: NOW,
    finishedAt: NOW,
    ...change,
  });
}

export interface AskerOptions {
  platform?: Platform;
  chatId?: string;
  threadId?: string;
  type?: ChatType;
  title?: string;
  userId?: string | undefined;
  userName?: string;
  language?: string;
  admin?: boolean;
  channels?: Readonly<Record<string, FoundChat>>;
}

/** Somebody who asks: by default a person in a private Telegram chat. */
export function asker(options: AskerOptions = {}): Asker {
  const type = options.type ?? 'private';
  return {
    address: {
      platform: options.platform ?? 'telegram',
      chatId: options.chatId ?? (type === 'private' ? '42' : '-100500'),
      threadId: options.threadId ?? '',
    },
    chatType: type,
    chatTitle: options.title ?? (type === 'private' ? 'Anna' : 'Traders'),
    userId: 'userId' in options ? options.userId : '42',
    userName: options.userName ?? 'Anna',
    languageHint: options.language ?? 'en',
    isAdmin: async () => type === 'private' || options.admin === true,
    findChat: async (reference) => options.channels?.[reference],
  };
}

/** Types a command as on Telegram: `/subscribe BTC move 2%`. */
export async function say(house: House, who: Asker, line: string): Promise<Reply | undefined> {
  const [name = '', ...words] = line.replace(/^\//, '').split(' ');
  return await house.chat.command(who, { name, words, options: {} });
}

/** The same, as plain words; '' when nothing is said. */
export async function words(house: House, who: Asker, line: string): Promise<string> {
  const reply = await say(house, who, line);
  return reply ? plainText(reply.text) : '';
}

/** The action of the first button whose label contains a text. */
export function actionOf(reply: Reply | undefined, label: string): string {
  const button = reply?.buttons?.flat().find((each) => each.label.includes(label));
  if (!button) throw new Error(`no button "${label}" in ${JSON.stringify(reply?.buttons)}`);
  return button.action;
}
