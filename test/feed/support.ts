import type { Rule } from '../../src/alerts/rule.ts';
import { type Exchange, startExchange } from '../../src/exchange/server.ts';
import { createSimulatedMarket, type SimulatedMarket } from '../../src/exchange/simulated.ts';
import { createFeed, type Feed, type FeedDeps } from '../../src/feed/feed.ts';
import type { FeedTimings } from '../../src/feed/timings.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Amendment } from '../../src/notice/amendment.ts';
import type { AlertNotice, Notice } from '../../src/notice/notice.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createCommits } from '../../src/store/commits.ts';
import { createLeases } from '../../src/store/leases.ts';
import { createListedRepository } from '../../src/store/listed.ts';
import { createMarketRepository, type MarketRepository } from '../../src/store/market.ts';
import { createMembers } from '../../src/store/members.ts';
import type { Post, Posted } from '../../src/store/post.ts';
import { createRulesRepository, type RuleAnswer, type RulesRepository } from '../../src/store/rules.ts';
import { createSnapshots } from '../../src/store/snapshots.ts';
import type { TestRedis } from '../support/redis.ts';

/** Intervals at which a test need not wait. */
export const FAST: Partial<FeedTimings> = {
  dialSpacingMs: 5,
  dialEveryMs: 5,
  controlSpacingMs: 110,
  backoffBaseMs: 20,
  arrearsMs: 20,
  backoffCapMs: 100,
  limitedMs: 200,
  refusedMs: 200,
  watchEveryMs: 20,
  warmRetryMs: 20,
  allRulesEveryMs: 50,
  lightWarmEveryMs: 10,
  leftoversEveryMs: 10,
  confirmGoneMs: 60,
  useEveryMs: 30,
  universeLeastMs: 20,
  graceMs: 200,
  leaseTtlMs: 1_500,
  leaseEveryMs: 200,
  memberTtlMs: 1_000,
  snapshotEveryMs: 500,
  commandBlockMs: 100,
  relayEveryMs: 200,
  heartbeatMs: 50,
  briefEveryMs: 50,
  watchedInterestEveryMs: 100,
  analysisEveryMs: 50,
  overviewEveryMs: 50,
  blindAfterMs: 1_000,
};

/** A mailbox that only remembers; the same event twice counts as two. */
export class RecordingPost implements Post {
  readonly posted: { chat: string; notice: Notice }[] = [];

  readonly amended: { chat: string; amendment: Amendment }[] = [];

  /** It takes nothing, as if the store of mailboxes was away. */
  refuses = false;

  async post(chat: string, ...[lane, entries]: Posted): Promise<void> {
    if (this.refuses) throw new Error('no mailbox');
    if (lane === 'am') for (const amendment of entries) this.amended.push({ chat, amendment });
    else for (const notice of entries) this.posted.push({ chat, notice });
  }

  async wake(): Promise<void> {}

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}
}

export interface FeedWorld {
  exchange: Exchange<SimulatedMarket>;
  market: MarketRepository;
  rules: RulesRepository;
  post: RecordingPost;
  /** What was told of rules that fired, in order. */
  barks(): AlertNotice[];
  /** Saves a rule and returns what its shard's owner answers. */
  save(rule: Rule): Promise<RuleAnswer>;
  /** Creates a feed on this world; `stop` stops it if the test did not. */
  feed(options?: Partial<FeedDeps>): Feed;
  stop(): Promise<void>;
}

/** A simulated exchange whose prices stand still unless a test moves them, with a real Redis and feeds on it. */
export async function startFeedWorld(
  redis: TestRedis,
  options: Pick<Parameters<typeof startExchange>[0], 'guard'> & { furtherCoins?: number } = {},
): Promise<FeedWorld> {
  const log = silentLog();
  const { furtherCoins = 0, ...exchangeOptions } = options;
  const exchange = await startExchange({
    market: createSimulatedMarket({ volatility: 0, bursts: false, furtherCoins }),
    log,
    ...exchangeOptions,
  });
  const store = redis.connect();
  const market = createMarketRepository(store);
  const rules = createRulesRepository(store);
  const post = new RecordingPost();
  const feeds: Feed[] = [];
  return {
    exchange,
    market,
    rules,
    post,
    barks: () => post.posted.flatMap(({ notice }) => (notice.type === 'alert' ? [notice] : [])),
    async save(rule) {
      const { commandId } = await rules.save(rule, 10);
      const answer = await rules.awaitAnswer(rule.symbol, commandId, 5_000);
      if (!answer) throw new Error(`nobody took rule ${rule.id} in`);
      return answer;
    },
    feed(overrides = {}) {
      const feed = createFeed({
        wsUrl: exchange.wsUrl,
        restUrl: exchange.restUrl,
        source: 'simulated',
        symbols: ['BTCUSDT'],
        market,
        rules,
        commits: createCommits(store),
        leases: createLeases(store),
        members: createMembers(store),
        snapshots: createSnapshots(store),
        post,
        listed: createListedRepository(store),
        analyses: createAnalysesRepository(store),
        clock: systemClock,
        log,
        processId: `feed-${feeds.length}`,
        ...overrides,
        timings: { ...FAST, ...overrides.timings },
      });
      feeds.push(feed);
      return feed;
    },
    async stop() {
      await Promise.all(feeds.map((feed) => feed.stop()));
      await exchange.close();
    },
  };
}

/** A price rule; `over` replaces fields. */
export function priceRule(over: Partial<Rule> = {}): Rule {
  return {
    v: 1,
    id: 'abc234',
    chat: 'chat-1',
    symbol: 'BTCUSDT',
    kind: 'price',
    direction: 'up',
    threshold: 90_000,
    window: '5m',
    preset: undefined,
    rearm: 89_000,
    mode: 'once',
    cooldownMs: 0,
    holdMs: 0,
    until: undefined,
    paused: false,
    createdBy: 'test:1',
    createdAt: 1,
    ...over,
  };
}

/** A rule on moves of 3 % of all symbols, either way; `over` replaces fields. */
export function moveOnAll(over: Partial<Rule> = {}): Rule {
  return priceRule({
    symbol: 'all',
    kind: 'move',
    direction: 'either',
    threshold: 3,
    rearm: 2.1,
    mode: 'repeat',
    ...over,
  });
}
