import { type Brief, WINDOWS, type Window, type WindowBrief } from '../market/brief.ts';
import { measuredTickFigures } from '../market/tick-figures.ts';
import type { Facts } from '../store/analyses.ts';

/** In what a feature is measured. `percent` of 100; `bps` of 10,000; `usdt` and `price` in the quote coin; `sigma` deviations. */
export type FeatureUnit = 'percent' | 'bps' | 'count' | 'usdt' | 'price' | 'ratio' | 'sigma';

interface Figure<From> {
  unit: FeatureUnit;
  of(from: From): number | undefined;
}

/** A window's figures, and where they stand among those of the week. */
type FactsOfWindow = WindowBrief & Partial<NonNullable<NonNullable<Facts['usual']>[Window]>>;

/**
 * Figures of each window: change, range and its percentile in the week, realised volatility, takers' buying share, number
 * of trades, z-score of turnover.
 */
const WINDOW_FIGURES = {
  change: { unit: 'percent', of: (w) => w.change },
  range: { unit: 'percent', of: (w) => w.range },
  rank: { unit: 'percent', of: (w) => w.rank },
  rv: { unit: 'percent', of: (w) => w.realisedVolatility },
  buy: { unit: 'percent', of: (w) => share(w.takerBuy, w.takerSell) },
  trades: { unit: 'count', of: (w) => w.trades },
  volz: { unit: 'sigma', of: (w) => w.volumeZ },
} as const satisfies Record<string, Figure<FactsOfWindow>>;

/** Figures that have no window of their own choosing. `book`: the bids' share; `day_position`: within the 24 h range. */
const SINGLE_FIGURES = {
  funding: { unit: 'percent', of: (b) => scaled(b.fundingRate, 100) },
  oi_1h: { unit: 'percent', of: (b) => b.openInterest?.change1h },
  long_short: { unit: 'ratio', of: (b) => positioned(b) },
  liq_5m: { unit: 'usdt', of: (b) => liquidated(b, '5m') },
  liq_1h: { unit: 'usdt', of: (b) => liquidated(b, '1h') },
  book: { unit: 'percent', of: (b) => share(b.bidDepth, b.askDepth) },
  depth: { unit: 'usdt', of: (b) => sum(b.bidDepth, b.askDepth) },
  spread: { unit: 'bps', of: (b) => spread(b.bid, b.ask) },
  basis: { unit: 'bps', of: (b) => basis(b.mark, b.index) },
  day_position: { unit: 'percent', of: (b) => position(b.last, b.day) },
  day_volume: { unit: 'usdt', of: (b) => b.day?.quoteVolume },
  tick_std20: { unit: 'price', of: (b) => measuredTickFigures(b).tickStd20 },
  buy_sell50: { unit: 'ratio', of: (b) => measuredTickFigures(b).buySell50 },
  btc_5m: { unit: 'percent', of: (b) => b.btc?.['5m'] },
  btc_1h: { unit: 'percent', of: (b) => b.btc?.['1h'] },
  btc_24h: { unit: 'percent', of: (b) => b.btc?.['24h'] },
} as const satisfies Record<string, Figure<Facts>>;

type WindowFigure = keyof typeof WINDOW_FIGURES;
export type SingleFeature = keyof typeof SINGLE_FIGURES;

/** The name of one figure in the table: all that the model may point at. */
export type Feature = `${WindowFigure}_${Window}` | SingleFeature;

export const WINDOW_FIGURE_NAMES = [
  'change',
  'range',
  'rank',
  'rv',
  'buy',
  'trades',
  'volz',
] as const satisfies WindowFigure[];
export const SINGLE_FEATURES = [
  'funding',
  'oi_1h',
  'long_short',
  'liq_5m',
  'liq_1h',
  'book',
  'depth',
  'spread',
  'basis',
  'day_position',
  'day_volume',
  'tick_std20',
  'buy_sell50',
  'btc_5m',
  'btc_1h',
  'btc_24h',
] as const satisfies SingleFeature[];

interface FeatureInfo {
  /** Without the window; the key of its label. */
  name: WindowFigure | SingleFeature;
  window: Window | undefined;
  unit: FeatureUnit;
  value(facts: Facts): number | undefined;
}

const CATALOGUE = new Map<Feature, FeatureInfo>([
  ...WINDOWS.flatMap((window) =>
    WINDOW_FIGURE_NAMES.map((name): [Feature, FeatureInfo] => [
      `${name}_${window}`,
      { name, window, unit: WINDOW_FIGURES[name].unit, value: (facts) => windowValue(facts, name, window) },
    ]),
  ),
  ...SINGLE_FEATURES.map((name): [Feature, FeatureInfo] => [
    name,
    {
      name,
      window: undefined,
      unit: SINGLE_FIGURES[name].unit,
      value: (facts) => finite(SINGLE_FIGURES[name].of(facts)),
    },
  ]),
]);

/** Every feature there is. */
export const FEATURES: readonly Feature[] = [...CATALOGUE.keys()];

/** Is this text the name of a feature? */
export function isFeature(text: string): text is Feature {
  return FEATURES.some((feature) => feature === text);
}

/** Name, window and unit of a feature. */
export function describeFeature(feature: Feature): Omit<FeatureInfo, 'value'> {
  const info = CATALOGUE.get(feature);
  if (!info) throw new TypeError(`no such feature: ${feature}`);
  return info;
}

/** A feature's value in its unit; undefined where the brief does not know it, or its window is still warming. */
export function featureValue(facts: Facts, feature: Feature): number | undefined {
  return CATALOGUE.get(feature)?.value(facts);
}

/** The features whose value is among these facts. */
export function knownFeatures(facts: Facts): Feature[] {
  return FEATURES.filter((feature) => featureValue(facts, feature) !== undefined);
}

function windowValue(facts: Facts, name: WindowFigure, window: Window): number | undefined {
  const figures = facts.windows[window];
  // A part of a window says nothing about the whole of it.
  return figures.coverage < 1
    ? undefined
    : finite(WINDOW_FIGURES[name].of({ ...figures, ...facts.usual?.[window] }));
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** What was seen liquidated in a window, USDT; where that is less than the whole window, nothing is said of it. */
function liquidated({ windows }: Facts, window: Window): number | undefined {
  return windows[window].coverage < 1 ? undefined : windows[window].liquidated;
}

/** The exchange counts accounts once in five minutes: what was not counted anew three times is no figure of now. */
const POSITIONED_MS = 20 * 60_000;

/** Long to short accounts. */
function positioned({ longShort, time }: Facts): number | undefined {
  return longShort && time - longShort.time <= POSITIONED_MS ? longShort.ratio : undefined;
}

function sum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : first + second;
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

/** The first part's share of both, in %. */
function share(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined || second === undefined || first + second <= 0) return undefined;
  return (first / (first + second)) * 100;
}

/** Ask − bid against their middle, in bps. */
function spread(bid: number | undefined, ask: number | undefined): number | undefined {
  return bid === undefined || ask === undefined ? undefined : ((ask - bid) / ((ask + bid) / 2)) * 10_000;
}

/** Mark against index, in bps. */
function basis(mark: number | undefined, index: number | undefined): number | undefined {
  return mark === undefined || index === undefined ? undefined : (mark / index - 1) * 10_000;
}

/** Where the last price lies between the day's low (0) and high (100), in %. */
function position(last: number | undefined, day: Brief['day']): number | undefined {
  if (last === undefined || day === undefined || day.high <= day.low) return undefined;
  return ((last - day.low) / (day.high - day.low)) * 100;
}
