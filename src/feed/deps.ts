import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { MarketSource } from '../market/events.ts';
import type { AnalysesRepository } from '../store/analyses.ts';
import type { Commits } from '../store/commits.ts';
import type { Leases } from '../store/leases.ts';
import type { ListedRepository } from '../store/listed.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Members } from '../store/members.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { Snapshots } from '../store/snapshots.ts';
import type { WeightBudget } from '../store/weight.ts';
import type { FeedTimings } from './timings.ts';

/** What a feed needs of the rest of Sheepdog. */
export interface FeedDeps {
  /** Roots of the exchange's services: the live market, or a loopback exchange that plays or simulates one. */
  wsUrl: string;
  restUrl: string;
  source: MarketSource;
  /** Always watched; `all`: every trading USDT coin perpetual. */
  symbols: readonly string[] | 'all';
  market: MarketRepository;
  rules: RulesRepository;
  commits: Commits;
  leases: Leases;
  members: Members;
  snapshots: Snapshots;
  listed: ListedRepository;
  /** What rules on the AI's view watch. */
  analyses: Pick<AnalysesRepository, 'latestId' | 'get' | 'wantScheduled'>;
  post: Post;
  /** Request weight that all feeds behind this address share; without it this feed counts alone. */
  weight?: WeightBudget;
  /** After every 50 trades of a symbol in `symbols`. */
  onTrades50?: (symbol: string) => void;
  clock: Clock;
  log: Log;
  processId: string;
  timings?: Partial<FeedTimings>;
}
