import { type Clock, systemClock } from '../kit/clock.ts';
import type { Brief } from '../market/brief.ts';
import type { Candle, MarketSource, Universe } from '../market/events.ts';
import type { MarketOverview } from '../market/overview.ts';
import { readCandleRing, writeCandleRing } from './candles.ts';
import { mergeHealth } from './feed-health.ts';
import { keys } from './keys.ts';
import { briefSchema, healthSchema, overviewSchema, universeSchema } from './market-json.ts';
import type { Store } from './redis.ts';
import { readJson } from './rule-json.ts';

/** State of one exchange connection, as people are told it. */
export interface RouteHealth {
  route: 'market' | 'public';
  state: 'connecting' | 'live' | 'silent' | 'down';
  /** Wall clock of the newest data, Unix ms. */
  lastDataAt: number | undefined;
  streams: number;
  /** Streams acknowledged but without data past their time. */
  silent: readonly string[];
}

/** What a feed says of itself once a second, or all feeds together. A health older than 5 s means: no feed. */
export interface FeedHealth {
  v: 1;
  source: MarketSource;
  processId: string;
  at: number;
  startedAt: number;
  routes: readonly RouteHealth[];
  /** Median of (wall clock − exchange event time), offset removed, ms; undefined for a replay. */
  lagMs: number | undefined;
  messages: number;
  messagesPerSecond: number;
  /** Symbols in use, and those of them whose 24 h window is not yet covered. */
  symbols: readonly string[];
  warming: readonly string[];
  rejected: number;
  gaps: number;
  rules: number;
  alerts: number;
  /** Changes of alert state that are decided, but not durable yet. */
  backlog: number;
  /** Wall clock since when no market data arrives at all; undefined while it does. */
  blindSince: number | undefined;
  /** The exchange refuses this location (451) or bans the address. */
  refused: string | undefined;
}

/** What the feed writes for everybody else: briefs, closed candles, universe, health; and the interest it reads. */
export interface MarketRepository {
  writeBrief(brief: Brief): Promise<void>;
  brief(symbol: string): Promise<Brief | undefined>;
  briefs(symbols: readonly string[]): Promise<Map<string, Brief>>;
  /** Appends closed 1-minute candles (ascending, idempotent by openTime), packed; keeps 7 days. */
  writeCandles(symbol: string, candles: readonly Candle[]): Promise<void>;
  candles(symbol: string, from: number): Promise<Candle[]>;
  writeUniverse(universe: Universe): Promise<void>;
  universe(): Promise<Universe | undefined>;
  writeOverview(overview: MarketOverview): Promise<void>;
  /** The whole market in small, as it was last written: look at `writtenAt` before you show it as now. */
  overview(): Promise<MarketOverview | undefined>;
  /** Keeps what the feed of one process says of itself. */
  writeHealth(health: FeedHealth): Promise<void>;
  /** What all feeds say, as of one: symbols and counts together, of every state the worst. */
  health(): Promise<FeedHealth | undefined>;
  /** Somebody needs this symbol for `ms` from now. */
  want(symbol: string, ms: number): Promise<void>;
  wanted(now: number): Promise<string[]>;
}

/** How long a brief outlives its writer, ms: long enough to be shown with its age, not for ever. */
const BRIEF_MS = 86_400_000;
/** What a feed said of itself is forgotten so long after, once another one writes, ms. */
const FORGET_MS = 60_000;

/** The market in Redis: a brief and a week's ring of candles per symbol in use, one universe, a health per feed. */
export function createMarketRepository(store: Store, clock: Clock = systemClock): MarketRepository {
  const brief = async (symbol: string) => readJson(briefSchema, await store.get(keys.brief(symbol)));
  const reports = async () =>
    Object.values(await store.hgetall(keys.feedHealth)).flatMap((text) => readJson(healthSchema, text) ?? []);
  return {
    brief,
    async writeBrief(written) {
      await store.set(keys.brief(written.symbol), JSON.stringify(written), 'PX', BRIEF_MS);
    },
    async briefs(symbols) {
      const found = await Promise.all(symbols.map(brief));
      return new Map(found.flatMap((each) => (each ? [[each.symbol, each] as const] : [])));
    },
    writeCandles: (symbol, candles) => writeCandleRing(store, symbol, candles),
    candles: (symbol, from) => readCandleRing(store, symbol, from),
    async writeUniverse(universe) {
      await store.set(keys.universe, JSON.stringify(universe));
    },
    universe: async () => readJson(universeSchema, await store.get(keys.universe)),
    async writeOverview(overview) {
      await store.set(keys.overview, JSON.stringify(overview));
    },
    overview: async () => readJson(overviewSchema, await store.get(keys.overview)),
    async writeHealth(health) {
      await store.hset(keys.feedHealth, health.processId, JSON.stringify(health));
      const old = (await reports()).filter((each) => health.at - each.at > FORGET_MS);
      if (old.length > 0) await store.hdel(keys.feedHealth, ...old.map((each) => each.processId));
    },
    health: async () => mergeHealth(await reports()),
    async want(symbol, ms) {
      // GT: a short wish never cuts a longer one.
      await store.zadd(keys.interest, 'GT', String(clock.now() + ms), symbol);
    },
    async wanted(now) {
      await store.zremrangebyscore(keys.interest, '-inf', `(${now}`);
      return await store.zrange(keys.interest, 0, '-1');
    },
  };
}
