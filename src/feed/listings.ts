import { ALL_SYMBOLS, type InstanceState, type Rule } from '../alerts/rule.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { MarketSource } from '../market/events.ts';
import type { AlertNotice } from '../notice/notice.ts';
import { shownRule } from '../notice/shown-rule.ts';
import type { Transition } from '../store/commits.ts';
import { shardOf } from '../store/keys.ts';
import type { Listed, ListedRepository, Standing } from '../store/listed.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import type { FeedTimings } from './timings.ts';
import type { Perpetual, UniverseWatch } from './universe.ts';

type ListingEvent = NonNullable<AlertNotice['listing']>;

/** A list in which more than this share of the symbols is missing is not believed. */
const MOST_MISSING = 0.1;
const FEW_MISSING = 5;
/** A symbol that trades since longer than this was not listed just now: it has come back, ms. */
const NEWLY_MS = 30 * 86_400_000;

const STANDING_OF: Readonly<Record<string, Standing>> = {
  PENDING_TRADING: 'pending',
  TRADING: 'trading',
  PRE_SETTLE: 'settling',
  SETTLING: 'settling',
  PRE_DELIVERING: 'settling',
  DELIVERING: 'settling',
  DELIVERED: 'gone',
  CLOSE: 'gone',
};

/** Compares the exchange's list with what was kept of it, and tells those who wait for listings. */
export interface Listings {
  /**
   * Looks at the shards of ours that were not compared with the newest list yet. Throws what the store throws; what was
   * told until then is not told again.
   */
  look(): Promise<void>;
  /** The exchange does not list this symbol any more: it was missing in two lists a minute apart. */
  isGone(symbol: string): boolean;
  /** Some symbol is missing and not yet believed to be gone: another list is wanted. */
  readonly doubtful: boolean;
}

export function createListings(options: {
  listed: ListedRepository;
  universe: UniverseWatch;
  rules: RulesRepository;
  /** Rules of this kind on all symbols. */
  onAll: () => readonly Rule[];
  book: RuleBook;
  shards: Pick<Shards, 'owned' | 'writerOf'>;
  /** The last price known of a symbol. */
  priceOf: (symbol: string) => number | undefined;
  source: MarketSource;
  /** The exchange's clock minus ours, ms. */
  clockOffset: () => number;
  timings: Pick<FeedTimings, 'confirmGoneMs'>;
  clock: Clock;
  log: Log;
}): Listings {
  const { listed, universe, rules, onAll, book, shards, priceOf, source, clockOffset, clock, log } = options;
  /** Which list each shard of ours was compared with. */
  const compared = new Map<number, number>();
  /** Since when a symbol is missing, monotonic ms. */
  const missing = new Map<string, number>();
  const gone = new Set<string>();

  /** How a symbol stands by the newest list; undefined: as before. */
  function standingOf(symbol: string, row: Perpetual | undefined): Standing | undefined {
    if (row) {
      missing.delete(symbol);
      return STANDING_OF[row.status];
    }
    const since = missing.get(symbol);
    if (since === undefined) missing.set(symbol, performance.now());
    else if (universe.fetchedAt - since >= options.timings.confirmGoneMs) return 'gone';
    return undefined;
  }

  async function compare(shard: number, rows: ReadonlyMap<string, Perpetual>): Promise<void> {
    const kept = await listed.read(shard);
    const here = new Set([
      ...(kept?.keys() ?? []),
      ...[...rows.keys()].filter((each) => shardOf(each) === shard),
    ]);
    const changed = new Map<string, Listed>();
    for (const symbol of here) {
      const before = kept?.get(symbol);
      if (before?.standing === 'gone' && !rows.has(symbol)) {
        gone.add(symbol);
        continue;
      }
      const standing = standingOf(symbol, rows.get(symbol));
      if (standing === undefined || standing === before?.standing) continue;
      const now = { standing, change: (before?.change ?? 0) + 1 };
      changed.set(symbol, now);
      if (standing === 'gone') gone.add(symbol);
      else gone.delete(symbol);
      const event = kept && eventOf(before?.standing, standing, rows.get(symbol));
      if (event) await tell(symbol, event, now.change);
    }
    if (changed.size > 0 || !kept) await listed.write(shard, changed);
  }

  /** What a change means to those who wait for it; of a first look, and of what was settled before it was seen, nothing. */
  function eventOf(
    before: Standing | undefined,
    now: Standing,
    row: Perpetual | undefined,
  ): ListingEvent | undefined {
    const time = clock.now() + clockOffset();
    const onboardAt = row?.onboardAt ?? 0;
    switch (now) {
      case 'pending':
        return { event: 'listed', at: onboardAt > 0 ? onboardAt : time };
      case 'trading':
        return { event: 'listed', at: onboardAt > time - NEWLY_MS ? Math.min(onboardAt, time) : time };
      case 'settling':
        return before && { event: 'settling', at: time };
      case 'gone':
        return before && { event: 'delisted', at: time };
    }
  }

  /** Fires every rule that waits for it, once: its number and the change that fired it are written together. */
  async function tell(symbol: string, listing: ListingEvent, change: number): Promise<void> {
    const time = clock.now() + clockOffset();
    const waiting = [...book.listingRules(symbol), ...onAll()].filter(
      (rule) =>
        !rule.paused && rule.createdAt <= listing.at && (rule.until === undefined || rule.until > time),
    );
    log.info({ symbol, event: listing.event, rules: waiting.length }, 'the list of symbols has changed');
    if (waiting.length === 0) return;
    const states = await rules.instances(waiting.map(({ id }) => ({ id, symbol })));
    const condition = `${listing.event}#${change}`;
    const transitions = waiting.flatMap((rule): Transition[] => {
      const instance = `${rule.id}:${symbol}`;
      const before = states.get(instance);
      if (before?.phase === 'done' || before?.condition === condition) return [];
      const state: InstanceState = {
        phase: rule.mode === 'once' ? 'done' : 'armed',
        since: 0,
        lastFire: time,
        episode: (before?.episode ?? 0) + 1,
        suppressed: 0,
        deferred: false,
        condition,
      };
      return [
        { instance, state, fired: { chat: rule.chat, notice: noticeOf(rule, symbol, listing, state) } },
      ];
    });
    const writer = shards.writerOf(symbol);
    if (transitions.length === 0 || !writer) return;
    writer.push({ symbol, cursor: book.engine.cursor(symbol), transitions });
    await writer.idle();
    // Given up: another feed has the shard, and tells it.
    if (shards.writerOf(symbol) !== writer) throw new Error(`shard of ${symbol} was lost`);
  }

  function noticeOf(rule: Rule, symbol: string, listing: ListingEvent, state: InstanceState): AlertNotice {
    const { episode, lastFire: time } = state;
    const eventId = `${rule.id}:${symbol}.${episode}`;
    return {
      type: 'alert',
      eventId,
      rule: shownRule({ ...rule, ...(rule.symbol === ALL_SYMBOLS ? { all: true } : {}), symbol }),
      firing: { eventId, ruleId: rule.id, symbol, episode, why: 'cross', time, value: 1, suppressed: 0 },
      source,
      tickSize: universe.get(symbol)?.tickSize ?? 1e-8,
      from: undefined,
      to: { price: priceOf(symbol) ?? 0, time },
      listing,
      volumeRatio: undefined,
      late: false,
      decidedAt: clock.now(),
    };
  }

  return {
    async look() {
      const ours = new Set(shards.owned());
      for (const shard of compared.keys()) if (!ours.has(shard)) compared.delete(shard);
      const { serial } = universe;
      const due = [...ours].filter((shard) => compared.get(shard) !== serial);
      if (serial === 0 || due.length === 0) return;
      const rows = new Map(universe.rows().map((row) => [row.symbol, row]));
      const lost = universe.lost();
      if (lost > Math.max(FEW_MISSING, rows.size * MOST_MISSING)) {
        log.warn({ missing: lost }, 'a list in which so many symbols are missing is not believed');
        return;
      }
      for (const shard of due) {
        await compare(shard, rows);
        compared.set(shard, serial);
      }
    },
    isGone: (symbol) => gone.has(symbol),
    get doubtful() {
      return [...missing.keys()].some((symbol) => !gone.has(symbol));
    },
  };
}
