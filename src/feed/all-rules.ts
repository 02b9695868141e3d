import { isNumeric } from '../alerts/condition.ts';
import { ALL_SYMBOLS, type InstanceState, type Rule } from '../alerts/rule.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { Window } from '../market/brief.ts';
import type { MarketRepository } from '../store/market.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { LightMarket } from './light-market.ts';
import { valueNow } from './metrics.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

/** A symbol whose turnover stands out is looked at closely for so long, at most so many at once. */
const CLOSE_LOOK_MS = 900_000;
const MOST_CLOSE = 10;
/** From this share of the least threshold on. */
const NEAR = 0.7;

/** A rule on all symbols, as its text is kept, and since when it is watched so if that is not long ago. */
interface Known {
  rule: Rule;
  text: string;
  since: number | undefined;
}

/**
 * Rules on all symbols: every feed hears of each of them and gives it an instance on every symbol of its own shards that is
 * large enough. Instances have their states where their symbols' rules have theirs.
 */
export interface AllRules extends Loop {
  begin(): void;
  /** Takes in at once what was changed. Throws what the store throws. */
  refresh(): Promise<void>;
  /**
   * Takes in the instances that are kept of a symbol of ours, though it is not known yet how large it is: before what was missed
   * of it is found, so that they see that. Throws what the store throws.
   */
  goOn(symbol: string): Promise<void>;
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
  shards: Pick<Shards, 'holds' | 'keep'>;
  /** What is known of a symbol whose trades are watched, and decide. */
  inFullUse: (symbol: string) => Pick<SymbolWatch, 'known'> | undefined;
  timings: FeedTimings;
  log: Log;
}): AllRules {
  const { rules, market, light, book, shards, inFullUse, timings, log } = options;
  let version: string | undefined;
  let all = new Map<string, Known>();
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
    const begun = await rules.recentlyBegun(found);
    all = new Map(
      found.map((rule) => [rule.id, { rule, text: JSON.stringify(rule), since: begun.get(rule.id) }]),
    );
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
      if (state && state.phase !== 'done' && all.has(ruleId)) {
        shards.keep(symbol, ruleId, { ...state, phase: 'init', since: 0, deferred: false });
      }
      retire(symbol, ruleId, own);
    }
    spread.delete(symbol);
  }

  async function apply(): Promise<void> {
    await learn();
    const wanted = numeric();
    const large = new Set(wanted.length > 0 ? light.symbols().filter(shards.holds) : []);
    for (const [symbol, own] of spread) {
      if (!large.has(symbol) && (light.knows(symbol) || !shards.holds(symbol))) {
        leave(symbol, own);
        continue;
      }
      for (const ruleId of [...own.keys()]) if (!all.has(ruleId)) retire(symbol, ruleId, own);
    }
    light.keepOnly(large);
    const missing: { symbol: string; known: Known }[] = [];
    for (const symbol of large) {
      light.keep(symbol);
      for (const known of wanted) {
        const { id } = known.rule;
        const text = book.engine.state(id, symbol) && spread.get(symbol)?.get(id);
        if (text === known.text) continue;
        // An edited one goes on with what it knows; a new one, or one whose shard has come (again), with what is kept.
        if (text !== undefined) admit(symbol, known, undefined);
        else missing.push({ symbol, known });
      }
    }
    if (missing.length === 0) return;
    const states = await rules.instances(missing.map(({ symbol, known }) => ({ id: known.rule.id, symbol })));
    for (const { symbol, known } of missing) {
      if (shards.holds(symbol)) admit(symbol, known, states.get(`${known.rule.id}:${symbol}`));
    }
  }

  async function inherit(symbol: string): Promise<void> {
    if (version === undefined) await learn();
    const missing = numeric().filter(({ rule }) => book.engine.state(rule.id, symbol) === undefined);
    if (missing.length === 0) return;
    const states = await rules.instances(missing.map(({ rule }) => ({ id: rule.id, symbol })));
    if (!shards.holds(symbol)) return;
    for (const known of missing) {
      const saved = states.get(`${known.rule.id}:${symbol}`);
      // In `init` it had left, or had not begun.
      if (saved && saved.phase !== 'init') admit(symbol, known, saved);
    }
  }

  function admit(symbol: string, { rule, text, since }: Known, saved: InstanceState | undefined): void {
    const instance = { ...rule, symbol, all: true as const };
    book.add(instance, saved, since);
    const own = spread.get(symbol) ?? new Map<string, string>();
    spread.set(symbol, own.set(rule.id, text));
    // It begins from what is known, not from what comes next: that may be a crossing already.
    const read = inFullUse(symbol)?.known ?? light.watches.get(symbol)?.read;
    const now = read && valueNow(instance, read);
    const begun = now && book.begin(instance, now);
    if (begun) shards.keep(symbol, rule.id, begun);
  }

  /** One after another: each goes on from what the one before has made. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    working = working.catch(() => undefined).then(work);
    return working;
  }

  const refresh = () => inTurn(apply);

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
      if (close.has(symbol) || inFullUse(symbol)) continue;
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
    goOn: (symbol) => inTurn(() => inherit(symbol)),
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
