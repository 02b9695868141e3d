import { isNumeric } from '../alerts/condition.ts';
import { ALL_SYMBOLS, type Rule, type WatchedRule } from '../alerts/rule.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { Window } from '../market/brief.ts';
import type { MarketRepository } from '../store/market.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { LightMarket } from './light-market.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import type { FeedTimings } from './timings.ts';

/** A symbol whose turnover stands out is looked at closely for so long, at most so many at once. */
const CLOSE_LOOK_MS = 900_000;
const MOST_CLOSE = 10;
/** From this share of the least threshold on. */
const NEAR = 0.7;

/**
 * Rules on all symbols: every feed hears of each of them and gives it an instance on every symbol of its own shards that is
 * large enough. Instances have their states where their symbols' rules have theirs.
 */
export interface AllRules extends Loop {
  begin(): void;
  /** Takes in at once what was changed. Throws what the store throws. */
  refresh(): Promise<void>;
  /** A symbol's turnover in a window is so many times the usual: near to what some rule waits for. */
  isUnderWatch(window: Window, times: number): boolean;
  /** Those that wait for listings. */
  listings(): readonly Rule[];
  /** Rules whose `until` lies at or before `time` (market time) are over; returns, once, those that are ours to tell of. */
  expire(time: number): Rule[];
}

export function createAllRules(options: {
  rules: RulesRepository;
  market: Pick<MarketRepository, 'want'>;
  light: LightMarket;
  book: RuleBook;
  shards: Pick<Shards, 'holds' | 'writerOf'>;
  isInFullUse: (symbol: string) => boolean;
  timings: FeedTimings;
  log: Log;
}): AllRules {
  const { rules, market, light, book, shards, isInFullUse, timings, log } = options;
  let version: string | undefined;
  let all = new Map<string, { rule: Rule; text: string }>();
  /** Symbol → rule → the text of the rule that its instance was made of. */
  const spread = new Map<string, Map<string, string>>();
  /** Symbols that are looked at closely, and until when, monotonic ms. */
  const close = new Map<string, number>();
  /** What ran until then is over, market time. */
  let over = 0;
  /** Rule → end that it was returned for. */
  const ended = new Map<string, number>();
  let working: Promise<void> = Promise.resolve();
  let loops: Loop[] = [];

  const isOver = ({ until }: Rule) => until !== undefined && until <= over;
  /** The numeric rules: a listing has no number that could be watched. */
  const numeric = () => [...all.values()].filter(({ rule }) => isNumeric(rule) && !isOver(rule));

  async function learn(): Promise<void> {
    const newest = await rules.versionOnAll();
    if (newest === version) return;
    const found = await rules.rulesOnAll();
    all = new Map(found.map((rule) => [rule.id, { rule, text: JSON.stringify(rule) }]));
    version = newest;
    for (const ruleId of ended.keys()) if (!all.has(ruleId)) ended.delete(ruleId);
  }

  function retire(symbol: string, ruleId: string, own: Map<string, string>): void {
    own.delete(ruleId);
    book.removeInstance(symbol, ruleId);
  }

  /** It begins anew, silently, when the symbol is large enough again. */
  function leave(symbol: string, own: Map<string, string>): void {
    for (const ruleId of [...own.keys()]) {
      const state = book.engine.state(ruleId, symbol);
      const cursor = book.engine.cursor(symbol);
      retire(symbol, ruleId, own);
      if (!state || state.phase === 'done' || !all.has(ruleId)) continue;
      const transitions = [
        {
          instance: `${ruleId}:${symbol}`,
          state: { ...state, phase: 'init' as const, since: 0, deferred: false },
          fired: undefined,
        },
      ];
      shards.writerOf(symbol)?.push({ symbol, cursor, transitions });
    }
    spread.delete(symbol);
  }

  async function apply(): Promise<void> {
    await learn();
    const wanted = numeric();
    const large = new Set(wanted.length > 0 ? light.symbols().filter(shards.holds) : []);
    for (const [symbol, own] of spread) {
      if (!large.has(symbol)) {
        leave(symbol, own);
        continue;
      }
      for (const ruleId of [...own.keys()]) if (!all.has(ruleId)) retire(symbol, ruleId, own);
    }
    light.keepOnly(large);
    const missing: WatchedRule[] = [];
    for (const symbol of large) {
      light.keep(symbol);
      for (const { rule, text } of wanted) {
        const state = book.engine.state(rule.id, symbol);
        const known = state && spread.get(symbol)?.get(rule.id);
        if (known === text) continue;
        const instance: WatchedRule = { ...rule, symbol, all: true };
        // An edited one goes on with what it knows; a new one, or one whose shard has come (again), with what is kept.
        if (known !== undefined) admit(instance, rule, text, undefined);
        else missing.push(instance);
      }
    }
    if (missing.length === 0) return;
    const states = await rules.instances(missing);
    for (const instance of missing) {
      const of = all.get(instance.id);
      if (!of || !shards.holds(instance.symbol)) continue;
      admit(instance, of.rule, of.text, states.get(`${instance.id}:${instance.symbol}`));
    }
  }

  function admit(
    instance: WatchedRule,
    { createdAt, createdBy }: Rule,
    text: string,
    saved: Parameters<RuleBook['add']>[1],
  ): void {
    book.add({ ...instance, createdAt, createdBy }, saved);
    const own = spread.get(instance.symbol) ?? new Map<string, string>();
    spread.set(instance.symbol, own.set(instance.id, text));
  }

  function refresh(): Promise<void> {
    working = working.catch(() => undefined).then(apply);
    return working;
  }

  /** Least multiple of the usual that some rule waits for in this window. */
  function leastTimes(window: Window): number {
    const parts = numeric().flatMap(({ rule }) => (rule.and ? [rule, rule.and] : [rule]));
    const here = parts.filter((part) => part.kind === 'volume' && part.window === window);
    return Math.min(Number.POSITIVE_INFINITY, ...here.map(({ threshold }) => threshold));
  }

  const isUnderWatch = (window: Window, times: number) => times >= NEAR * leastTimes(window);

  /** What stands out by its turnover gets a closer look: trades and candles decide then. */
  async function lookClosely(): Promise<void> {
    const now = performance.now();
    for (const [symbol, until] of close) if (now >= until) close.delete(symbol);
    for (const { symbol, turnover } of light.watches.values()) {
      if (close.size >= MOST_CLOSE) return;
      if (close.has(symbol) || isInFullUse(symbol)) continue;
      const windows = new Set(
        book.engine.books(symbol).flatMap(({ metric, window }) => (metric === 'volume' ? [window] : [])),
      );
      const stands = [...windows].some((window) => isUnderWatch(window, turnover.times(window) ?? 0));
      if (!stands) continue;
      close.set(symbol, now + CLOSE_LOOK_MS);
      await market.want(symbol, CLOSE_LOOK_MS);
    }
  }

  return {
    begin() {
      loops = [
        startLoop(`rules on ${ALL_SYMBOLS}`, timings.allRulesEveryMs, refresh, log),
        startLoop('closer looks', timings.allRulesEveryMs, lookClosely, log),
      ];
    },
    refresh,
    isUnderWatch,
    listings: () => [...all.values()].flatMap(({ rule }) => (isNumeric(rule) || isOver(rule) ? [] : [rule])),
    expire(time) {
      over = Math.max(over, time);
      // Every feed has instances; the owner of the rule itself tells.
      if (!shards.holds(ALL_SYMBOLS)) return [];
      return [...all.values()].flatMap(({ rule }) => {
        if (rule.until === undefined || !isOver(rule) || ended.get(rule.id) === rule.until) return [];
        ended.set(rule.id, rule.until);
        return [rule];
      });
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
