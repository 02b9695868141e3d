import type { NanoUsd } from '../kit/money.ts';
import type { CostSummary } from '../notice/notice.ts';
import type { Store } from './redis.ts';

/** Daily limits in nano-USD; undefined = unlimited (must be spelled out in the configuration); 0 = no calls. */
export interface BudgetLimits {
  bot: NanoUsd | undefined;
  chat: NanoUsd | undefined;
}

export interface Reservation {
  id: string;
  /** YYYY-MM-DD in the bot's time zone; a settlement goes to the reservation's day. */
  day: string;
  /** A chat's uid, or `bot` for scheduled and shared calls (together at most half of the bot's budget). */
  payer: string;
  /** An operator's chat may also use the last fifth. */
  operator: boolean;
  amountNano: NanoUsd;
}

/** One finished call as the ledger keeps it. */
export interface LedgerEntry {
  id: string;
  at: number;
  payer: string;
  model: string;
  servedModel: string | undefined;
  symbol: string;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  costNano: NanoUsd;
  /** Charged by estimate: aborted after dispatch, or no usage in the answer. */
  estimated: boolean;
  outcome: string;
  priceTable: string;
}

/** The AI's money: reserve the worst case, call, settle; atomic in Redis for bot and payer at once. */
export interface Budget {
  reserve(
    reservation: Reservation,
    limits: BudgetLimits,
    ttlMs: number,
  ): Promise<'ok' | 'bot' | 'chat' | 'shared' | 'off'>;
  /** Releases the reservation and adds the entry once (also when it comes late). */
  settle(reservation: Reservation, entry: LedgerEntry): Promise<void>;
  /** Nothing was charged (refused before or by the gateway): releases and counts the failure. */
  release(reservation: Reservation, outcome: string): Promise<void>;
  /** Counts an analysis that cost no call of its own. */
  countShared(day: string, payer: string): Promise<void>;
  /** Sum over the days from…to (inclusive), of all payers or one. */
  summary(
    from: string,
    to: string,
    timezone: string,
    payer: string | undefined,
    limits: BudgetLimits,
  ): Promise<CostSummary>;
}

export function createBudget(_store: Store): Budget {
  throw new Error('not built yet');
}

/** The local day of a moment, YYYY-MM-DD. */
export function localDay(time: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(time);
}
