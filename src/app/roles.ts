import { startClerk } from '../clerk/clerk.ts';
import type { Config, Role } from '../config.ts';
import { createConsoleSender } from '../console/sender.ts';
import { createCourier } from '../courier/courier.ts';
import type { Sender } from '../courier/sender.ts';
import { createSpend } from '../courier/spend.ts';
import { startAnalyst } from '../desk/analyst.ts';
import { createNoteCounter } from '../desk/note-counter.ts';
import type { Prices } from '../desk/prices.ts';
import { createDiscord } from '../discord/discord.ts';
import { createDiscordSender } from '../discord/sender.ts';
import { createFeed } from '../feed/feed.ts';
import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { createCommits } from '../store/commits.ts';
import { createLeases } from '../store/leases.ts';
import { createLimiter } from '../store/limiter.ts';
import { createListedRepository } from '../store/listed.ts';
import { createMailbox } from '../store/mailbox.ts';
import { createMarketRepository } from '../store/market.ts';
import { createMembers } from '../store/members.ts';
import { createNotes } from '../store/notes.ts';
import { createPost } from '../store/post.ts';
import { createRulesRepository } from '../store/rules.ts';
import { createSnapshots } from '../store/snapshots.ts';
import { createWeightBudget } from '../store/weight.ts';
import { createTelegramSender } from '../telegram/sender.ts';
import { createTelegram } from '../telegram/telegram.ts';
import type { MarketPlace } from './market-place.ts';
import type { Services } from './services.ts';
import type { Statistics } from './statistics.ts';

/** A role that runs in this process. */
export interface RunningRole {
  role: Role;
  /** What keeps it from being ready, in words; empty = ready. */
  waitingFor(): readonly string[];
  statistics(): Partial<Statistics>;
  stop(): Promise<void>;
}

/** What every role is given. */
export interface RoleDeps {
  config: Config;
  services: Services;
  place: MarketPlace;
  prices: Prices;
  processId: string;
  clock: Clock;
  log: Log;
}

const NOTHING = (): Partial<Statistics> => ({});
const READY = (): readonly string[] => [];

/** The feed: begins at once, and is ready when its routes are live and its windows warm. */
export async function startFeed(deps: RoleDeps): Promise<RunningRole> {
  const { config, services, place, clock, processId } = deps;
  const log = deps.log.child({ role: 'feed' });
  const store = services.connect('worker');
  const feed = createFeed({
    wsUrl: place.wsUrl,
    restUrl: place.restUrl,
    source: place.source,
    symbols: place.symbols ?? config.symbols,
    market: createMarketRepository(store),
    rules: createRulesRepository(store),
    commits: createCommits(store),
    leases: createLeases(store),
    members: createMembers(store),
    snapshots: createSnapshots(store),
    listed: createListedRepository(store),
    analyses: services.analyses,
    post: createPost({ store, connection: store }),
    weight: createWeightBudget(store),
    ...(config.ai.every.type === 'trades'
      ? {
          onTrades50: (symbol: string) =>
            void services.desk.schedule(symbol, '50trades').catch((error: unknown) => {
              log.warn({ symbol, error: describeError(error) }, 'analysis not queued');
            }),
        }
      : {}),
    clock,
    log,
    processId,
  });
  feed
    .start()
    .catch((error: unknown) => log.error({ error: describeError(error) }, 'the feed could not start'));
  return {
    role: 'feed',
    waitingFor: () => feed.ready().reasons,
    statistics: () => {
      const { messages, messagesPerSecond, alerts } = feed.stats();
      return { messages, messagesPerSecond, alerts };
    },
    stop: () => feed.stop(),
  };
}

/** The desk's worker. */
export async function startAnalystRole(deps: RoleDeps): Promise<RunningRole> {
  const { config, services, prices, clock } = deps;
  const analyst = await startAnalyst({
    address: services.address,
    market: services.market,
    analyses: services.analyses,
    record: services.record,
    budget: services.budget,
    post: services.post,
    prices,
    config: {
      apiKey: config.ai.apiKey,
      baseUrl: config.ai.baseUrl,
      models: config.ai.models,
      limits: config.ai.budget,
      timezone: config.timezone,
      maxCallsPerSecond: config.ai.maxCallsPerSecond,
    },
    tellOperators: services.tellOperators,
    clock,
    log: deps.log.child({ role: 'analyst' }),
  });
  return {
    role: 'analyst',
    waitingFor: READY,
    statistics: () => {
      const { analyses, costNano } = analyst.stats();
      return { analyses, costNano };
    },
    stop: () => analyst.close(),
  };
}

/** The courier, sending on every platform that has a token, and to the console. */
export async function startCourier(deps: RoleDeps): Promise<RunningRole> {
  const { config, services, clock } = deps;
  const log = deps.log.child({ role: 'courier' });
  const store = services.connect('worker');
  const { chat, pictures } = services;
  const limiter = createLimiter(store);
  const spend = createSpend({ limiter, log });
  const senders: Sender[] = [createConsoleSender({ store, chat, pictures })];
  if (config.telegram)
    senders.push(createTelegramSender({ ...config.telegram, chat, spend, illustrations: { pictures, log } }));
  if (config.discord)
    senders.push(createDiscordSender({ ...config.discord, chat, pictures, limiter, spend }));
  const noteCounter = createNoteCounter({
    connection: store,
    notes: createNotes(store),
    post: services.post,
    aiOn: services.desk.off === undefined,
    clock,
    log,
  });
  const courier = createCourier({
    address: services.address,
    mailbox: createMailbox(store),
    chats: services.chats,
    limiter,
    senders,
    post: services.post,
    ruleUse: services.ruleUse,
    tellOperators: services.tellOperators,
    tellOwners: services.tellOwners,
    afterBark: (to, alerts) => noteCounter.explain(to, alerts),
    market: services.market,
    clock,
    log,
  });
  await courier.start();
  return {
    role: 'courier',
    waitingFor: READY,
    statistics: () => ({ delivered: courier.stats().messages }),
    async stop() {
      await courier.close();
      await noteCounter.close();
    },
  };
}

/** Receives from Telegram. */
export async function startTelegram(
  deps: RoleDeps,
  telegram: NonNullable<Config['telegram']>,
): Promise<RunningRole> {
  const { services, clock } = deps;
  const log = deps.log.child({ role: 'telegram' });
  const adapter = createTelegram({
    token: telegram.token,
    apiRoot: telegram.apiRoot,
    ...(telegram.webhook ? { webhook: telegram.webhook } : {}),
    store: services.store,
    chats: services.chats,
    chat: services.chat,
    pictures: services.pictures,
    tellOwners: services.tellOwners,
    spend: createSpend({ limiter: createLimiter(services.store), log }),
    clock,
    log,
  });
  await adapter.start();
  return {
    role: 'telegram',
    waitingFor: () => (adapter.isUp() ? [] : ['telegram: not connected']),
    statistics: NOTHING,
    stop: () => adapter.stop(),
  };
}

/** Receives from Discord. */
export async function startDiscord(
  deps: RoleDeps,
  discord: NonNullable<Config['discord']>,
): Promise<RunningRole> {
  const { services, clock } = deps;
  const log = deps.log.child({ role: 'discord' });
  const adapter = createDiscord({
    token: discord.token,
    apiUrl: discord.apiUrl,
    store: services.store,
    chats: services.chats,
    chat: services.chat,
    pictures: services.pictures,
    tellOwners: services.tellOwners,
    spend: createSpend({ limiter: createLimiter(services.store), log }),
    clock,
    log,
  });
  await adapter.start();
  return {
    role: 'discord',
    waitingFor: () => (adapter.isUp() ? [] : ['discord: not connected']),
    statistics: NOTHING,
    stop: () => adapter.stop(),
  };
}

/** How often it is looked which symbols have rules on the AI's view. */
const FOLLOW_EVERY_MS = 30_000;

/** The clerk, with its schedules brought in line with configuration and chats. */
export async function startClerkRole(deps: RoleDeps): Promise<RunningRole> {
  const { config, services, clock } = deps;
  const { every } = config.ai;
  await services.schedules.reconcile(
    every.type === 'every' && config.symbols !== 'all' && services.desk.off === undefined
      ? { symbols: deps.place.symbols ?? config.symbols, everyMs: every.ms }
      : undefined,
    every.type === 'every' ? await services.analyses.wantedScheduled(clock.now()) : [],
  );
  const following =
    every.type === 'every' && services.desk.off === undefined
      ? startLoop(
          'analyses that rules need',
          FOLLOW_EVERY_MS,
          async () =>
            services.schedules.follow(await services.analyses.wantedScheduled(clock.now()), every.ms),
          deps.log,
        )
      : undefined;
  const clerk = await startClerk({
    address: services.address,
    market: services.market,
    chats: services.chats,
    rules: services.rules,
    ruleUse: services.ruleUse,
    withheld: services.withheld,
    usualThreshold: services.usualThreshold,
    queueLetters: () => services.schedules.queueLetters(),
    report: services.report,
    budget: services.budget,
    limits: config.ai.budget,
    post: services.post,
    analyse: (symbol) => services.desk.schedule(symbol, 'scheduled'),
    operators: config.access.operators,
    timezone: config.timezone,
    clock,
    log: deps.log.child({ role: 'clerk' }),
  });
  return {
    role: 'clerk',
    waitingFor: READY,
    statistics: NOTHING,
    async stop() {
      await following?.stop();
      await clerk.close();
    },
  };
}
