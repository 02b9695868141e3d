import { Queue } from 'bullmq';
import packageJson from '../../package.json' with { type: 'json' };
import type { ChangeShape, Proposal } from '../alerts/presets.ts';
import { type Charts, createCharts } from '../charts/charts.ts';
import { createChat } from '../chat/chat.ts';
import type { ChatService, QueueStatus } from '../chat/model.ts';
import { createPreviews } from '../chat/previews.ts';
import { composeReport } from '../clerk/market-report.ts';
import { createTellOperators, type TellOperators } from '../clerk/operators.ts';
import { createTellOwners, type TellOwners } from '../clerk/owners.ts';
import { createSchedules, type Schedules } from '../clerk/schedules.ts';
import type { Config } from '../config.ts';
import { createDesk, type Desk } from '../desk/client.ts';
import type { Prices } from '../desk/prices.ts';
import { createScoreboard } from '../desk/scoreboard.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { ReportNotice } from '../notice/notice.ts';
import { type AnalysesRepository, createAnalysesRepository } from '../store/analyses.ts';
import { type Budget, createBudget } from '../store/budget.ts';
import type { Chat } from '../store/chat-model.ts';
import { type ChatsRepository, createChatsRepository } from '../store/chats.ts';
import { createDeliveries } from '../store/deliveries.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import { createMailbox } from '../store/mailbox.ts';
import { createMarketRepository, type MarketRepository } from '../store/market.ts';
import { createPost, type Post } from '../store/post.ts';
import { createPresence, type Presence } from '../store/presence.ts';
import { type ClerkJob, QUEUES } from '../store/queues.ts';
import { type CallRecord, createCallRecord } from '../store/record.ts';
import { connectStore, type Store, type StoreAddress, type StoreProfile } from '../store/redis.ts';
import { createRuleUse, type RuleUse } from '../store/rule-use.ts';
import { createRulesRepository, type RulesRepository } from '../store/rules.ts';
import { createWithheld, type Withheld } from '../store/withheld.ts';

/** What the roles of one process share: connections, repositories, the commands. */
export interface Services {
  address: StoreAddress;
  /** For work that may wait for Redis. */
  store: Store;
  /** Opens a further connection that `close` ends. */
  connect(profile: StoreProfile): Store;
  market: MarketRepository;
  rules: RulesRepository;
  ruleUse: RuleUse;
  chats: ChatsRepository;
  withheld: Withheld;
  /** The threshold in % that would have fired about three times a day on a symbol's own candles. */
  usualThreshold(symbol: string, shape: ChangeShape): Promise<Proposal | undefined>;
  /** Composes a chat's market report as of now. */
  report(chat: Chat): Promise<ReportNotice>;
  analyses: AnalysesRepository;
  record: CallRecord;
  budget: Budget;
  post: Post;
  presence: Presence;
  desk: Desk;
  schedules: Schedules;
  pictures: Charts;
  chat: ChatService;
  tellOperators: TellOperators;
  tellOwners: TellOwners;
  close(): Promise<void>;
}

/** Opens everything that more than one role needs; nothing here works by itself. */
export async function openServices(deps: {
  address: StoreAddress;
  config: Config;
  prices: Prices;
  clock: Clock;
  log: Log;
}): Promise<Services> {
  const { address, config, prices, clock, log } = deps;
  const open: Store[] = [];
  const connect = (profile: StoreProfile) => {
    const store = connectStore(address, profile);
    // ioredis reconnects by itself; the first word of an outage is enough.
    store.on('error', (error) => log.debug({ error: error.message }, 'redis connection'));
    open.push(store);
    return store;
  };
  const store = connect('worker');
  const request = connect('request');
  const chats = createChatsRepository(request);
  const rules = createRulesRepository(request);
  const market = createMarketRepository(request);
  const analyses = createAnalysesRepository(store);
  const ruleUse = createRuleUse(store, clock);
  const withheld = createWithheld(store);
  const mailbox = createMailbox(store);
  const record = createCallRecord(store);
  const budget = createBudget(store);
  const post = createPost({ store, connection: store });
  // Who gave a command is told within seconds that Redis is down.
  const promptPost = createPost({ store: request, connection: request });
  const presence = createPresence(request, clock);
  const defaults = { locale: config.locale, timezone: config.timezone };
  const tellOperators = createTellOperators({
    operators: config.access.operators,
    chats,
    post,
    defaults,
    log,
  });
  const desk = await createDesk({
    address,
    analyses,
    budget,
    off: config.ai.apiKey === undefined ? 'no-key' : config.ai.budget.bot === 0 ? 'budget-off' : undefined,
    timezone: config.timezone,
    locale: config.locale,
    clock,
    log,
  });
  const queueOptions = { connection: request, prefix: QUEUE_PREFIX };
  const clerkQueue = new Queue<ClerkJob>(QUEUES.clerk, queueOptions);
  const queues = {
    analysis: new Queue(QUEUES.analysis, queueOptions),
    courier: new Queue(QUEUES.courier, queueOptions),
    clerk: clerkQueue,
    note: new Queue(QUEUES.note, queueOptions),
  };
  const schedules = createSchedules(clerkQueue, chats, clock);
  const report = (of: Chat) =>
    composeReport(of, {
      market,
      analyses,
      mailbox,
      budget,
      limits: config.ai.budget,
      operators: config.access.operators,
      timezone: config.timezone,
      clock,
    });
  const previews = createPreviews({ market, clock });
  const pictures = createCharts({ market, clock, log });
  const chat = createChat({
    chats,
    rules,
    ruleUse,
    market,
    deliveries: createDeliveries(request),
    desk,
    analysesUnasked: config.ai.every.type === 'every',
    pictures,
    budget,
    prices,
    scoreboard: createScoreboard({ record, clock }),
    limits: config.ai.budget,
    status: () => queueStatus(queues, presence),
    changeChat: (uid, change) => schedules.change(uid, change),
    report,
    tellOperators,
    post: promptPost,
    access: config.access,
    defaults,
    clock,
    log,
  });
  return {
    address,
    store,
    connect,
    market,
    rules,
    ruleUse,
    chats,
    withheld,
    usualThreshold: async (symbol, shape) => (await previews.proposals(symbol, shape))?.normal,
    report,
    analyses,
    record,
    budget,
    post,
    presence,
    desk,
    schedules,
    pictures,
    chat,
    tellOperators,
    tellOwners: createTellOwners({ operators: config.access.operators, rules, chats, post, clock }),
    async close() {
      await pictures.close();
      await desk.close();
      await Promise.all([post.close(), promptPost.close()]);
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      for (const one of open) one.disconnect();
    },
  };
}

async function queueStatus(
  queues: Record<keyof typeof QUEUES, Queue>,
  presence: Presence,
): Promise<QueueStatus> {
  const count = async (name: keyof typeof QUEUES) => {
    const counts = await queues[name].getJobCounts('waiting', 'prioritized', 'active', 'failed');
    return {
      name,
      waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
      active: counts.active ?? 0,
      failed: counts.failed ?? 0,
    };
  };
  return {
    version: packageJson.version,
    queues: await Promise.all([count('analysis'), count('note'), count('courier'), count('clerk')]),
    roles: await presence.alive(),
  };
}
