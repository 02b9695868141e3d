import { pathOf } from '../alerts/candle-path.ts';
import type { ChangeShape, Proposal } from '../alerts/presets.ts';
import { proposalSteps } from '../alerts/presets.ts';
import { isCountable, type Preview, previewSteps } from '../alerts/preview.ts';
import { ALL_SYMBOLS, type Preset, type Rule } from '../alerts/rule.ts';
import type { Clock } from '../kit/clock.ts';
import { inSlices } from '../kit/steps.ts';
import type { Candle } from '../market/events.ts';
import type { MarketRepository } from '../store/market.ts';

/** Presets of a symbol as counted on its own candles. */
export type Proposals = Readonly<Record<Preset, Proposal>>;

/** What a rule would have done, and where. */
export interface Barks {
  preview: Preview;
  paws: readonly { time: number; price: number }[];
  from: number;
}

/** What rules would have done on the candles that are stored, about a week at most. */
export interface Previews {
  /** Undefined where no candles up to now are known, or candles tell nothing of the rule's kind. */
  preview(rule: Rule): Promise<Preview | undefined>;
  /** The same with the prices at which it would have barked, and from when on candles are known, Unix ms. */
  barks(rule: Rule): Promise<Barks | undefined>;
  /** Undefined where less than about a day of candles up to now is known. */
  proposals(symbol: string, shape: ChangeShape): Promise<Proposals | undefined>;
}

/** A week of one symbol is some megabytes as objects, and is asked for again within moments. */
const KEPT_SYMBOLS = 8;
const KEPT_MS = 60_000;
/** Candles whose newest is further behind the market than this are of a symbol that is only now being watched again. */
const CURRENT_MS = 5 * 60_000;

interface History {
  readAt: number;
  candles: readonly Candle[];
  tickSize: number;
  proposals: Map<string, Promise<Proposals | undefined>>;
}

/** Do one symbol's candles tell how often this rule would have fired? */
export function isTold({ symbol, kind, and }: Pick<Rule, 'symbol' | 'kind' | 'and'>): boolean {
  return symbol !== ALL_SYMBOLS && isCountable(kind) && (and === undefined || isCountable(and.kind));
}

/** Counts in slices of a few ms, so that everybody else is served meanwhile. */
export function createPreviews(options: {
  market: Pick<MarketRepository, 'brief' | 'candles'>;
  clock: Clock;
}): Previews {
  const { market, clock } = options;
  const kept = new Map<string, History>();

  async function historyOf(symbol: string): Promise<History> {
    const known = kept.get(symbol);
    if (known && Math.abs(clock.now() - known.readAt) < KEPT_MS) return known;
    kept.delete(symbol);
    const [brief, candles] = await Promise.all([market.brief(symbol), market.candles(symbol, 0)]);
    const tickSize = brief?.tickSize ?? 0;
    const history: History = { readAt: clock.now(), candles, tickSize, proposals: new Map() };
    const newest = candles.at(-1)?.openTime;
    if (!brief || newest === undefined || brief.time - newest > CURRENT_MS)
      return { ...history, candles: [] };
    kept.set(symbol, history);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_SYMBOLS && oldest !== undefined) kept.delete(oldest);
    return history;
  }

  return {
    async preview(rule) {
      if (!isTold(rule)) return undefined;
      const { candles, tickSize } = await historyOf(rule.symbol);
      return candles.length === 0 ? undefined : await inSlices(previewSteps(rule, candles, tickSize));
    },
    async barks(rule) {
      if (!isTold(rule)) return undefined;
      const { candles, tickSize } = await historyOf(rule.symbol);
      const [first] = candles;
      if (!first) return undefined;
      const preview = await inSlices(previewSteps(rule, candles, tickSize));
      return { preview, paws: pricesAt(preview.times, candles), from: first.openTime };
    },
    async proposals(symbol, shape) {
      const { candles, proposals } = await historyOf(symbol);
      const { kind, direction, unit, window, cooldownMs, holdMs } = shape;
      const key = [kind, direction, unit, window, cooldownMs, holdMs].join();
      const known = proposals.get(key) ?? inSlices(proposalSteps(candles, shape));
      proposals.set(key, known);
      return await known;
    },
  };
}

/** The price that the path of the candles was at, at each of these times (ascending). */
function pricesAt(times: readonly number[], candles: readonly Candle[]): { time: number; price: number }[] {
  const path = pathOf(candles);
  let at = 0;
  return times.map((time) => {
    while (at + 1 < path.length && (path.times[at + 1] ?? 0) <= time) at += 1;
    return { time, price: path.prices[at] ?? 0 };
  });
}
