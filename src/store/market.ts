import type { Brief } from '../market/brief.ts';
import type { Candle, MarketSource, Universe } from '../market/events.ts';
import type { Store } from './redis.ts';

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

/** What the feed says of itself once a second. A health older than 5 s means: no feed. */
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
  writeHealth(health: FeedHealth): Promise<void>;
  health(): Promise<FeedHealth | undefined>;
  /** Somebody needs this symbol for `ms` from now. */
  want(symbol: string, ms: number): Promise<void>;
  wanted(now: number): Promise<string[]>;
}

export function createMarketRepository(_store: Store): MarketRepository {
  throw new Error('not built yet');
}
