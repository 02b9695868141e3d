import { WINDOWS, type Window } from '../market/brief.ts';
import type { Preset, RuleKind } from './rule.ts';

/** What the number of a kind is measured in; `price` and `notional` in quote units, `points` from 0 to 100; `none`: it has no number. */
export type Unit = 'percent' | 'price' | 'times' | 'notional' | 'points' | 'none';

/** What sets rules of one kind apart from those of another. */
interface Kind {
  unit: Unit;
  /** It has two sides: a sign says which (`+2%`, `-2%`), without one either counts. */
  sided: boolean;
  /** It is measured over a window; of those that there are, over this one at least. */
  windowed: boolean;
  leastWindow?: Window;
  /** Its threshold may be a multiple of the symbol's own deviation. */
  sigma: boolean;
  /** It may be watched on all symbols at once: the market's own streams tell it. */
  onAll: boolean;
  /** Least and greatest threshold, in the unit. */
  bounds: { min: number; max: number };
  /** What the presets are where no candles can count them: round figures, the same on every symbol. */
  presets: Readonly<Record<Preset, number>> | undefined;
}

export const KINDS: Readonly<Record<RuleKind, Kind>> = {
  volatility: {
    unit: 'percent',
    sided: false,
    windowed: true,
    sigma: true,
    onAll: true,
    bounds: { min: 0.1, max: 100 },
    presets: undefined,
  },
  move: {
    unit: 'percent',
    sided: true,
    windowed: true,
    sigma: true,
    onAll: true,
    bounds: { min: 0.1, max: 100 },
    presets: undefined,
  },
  price: {
    unit: 'price',
    sided: false,
    windowed: false,
    sigma: false,
    onAll: true,
    bounds: { min: 1e-9, max: 1e9 },
    presets: undefined,
  },
  volume: {
    unit: 'times',
    sided: false,
    windowed: true,
    sigma: false,
    onAll: true,
    bounds: { min: 1.5, max: 1_000 },
    presets: { calm: 10, normal: 5, lively: 3 },
  },
  ratio: {
    unit: 'times',
    sided: true,
    windowed: true,
    sigma: false,
    onAll: false,
    bounds: { min: 1.1, max: 1_000 },
    presets: { calm: 5, normal: 3, lively: 2 },
  },
  funding: {
    unit: 'percent',
    sided: true,
    windowed: false,
    sigma: false,
    onAll: true,
    bounds: { min: 0.001, max: 10 },
    presets: { calm: 0.1, normal: 0.05, lively: 0.03 },
  },
  oi: {
    unit: 'percent',
    sided: true,
    windowed: true,
    // The exchange is asked for it: what lies between two answers is not seen, and its own past is in steps of 5 minutes.
    leastWindow: '5m',
    sigma: false,
    onAll: false,
    bounds: { min: 0.1, max: 1_000 },
    presets: { calm: 5, normal: 3, lively: 1.5 },
  },
  liquidation: {
    unit: 'notional',
    sided: false,
    windowed: true,
    sigma: false,
    onAll: true,
    bounds: { min: 1_000, max: 1e12 },
    presets: { calm: 5e6, normal: 1e6, lively: 250_000 },
  },
  sentiment: {
    unit: 'points',
    sided: false,
    windowed: false,
    sigma: false,
    onAll: false,
    bounds: { min: 1, max: 99 },
    presets: { calm: 85, normal: 75, lively: 65 },
  },
  listing: {
    unit: 'none',
    sided: false,
    windowed: false,
    sigma: false,
    onAll: true,
    bounds: { min: 1, max: 1 },
    presets: undefined,
  },
};

/** Least and greatest multiple of a symbol's own deviation. */
export const SIGMA_BOUNDS = { min: 0.5, max: 50 } as const;

const REARM_SHARE = 0.7;
/** How far a sentiment must come back, in points. */
const SENTIMENT_REARM = 5;

/**
 * The level at which a fired rule re-arms: back by three tenths of the way; a ratio, whose even state is 1, of what is
 * above 1; a sentiment by five points, `falling` from above.
 */
export function rearmOf(kind: RuleKind, threshold: number, falling = false): number {
  if (kind === 'sentiment') {
    return falling ? Math.min(100, threshold + SENTIMENT_REARM) : Math.max(0, threshold - SENTIMENT_REARM);
  }
  const base = kind === 'ratio' ? 1 : 0;
  return Number((base + (threshold - base) * REARM_SHARE).toPrecision(12));
}

/** The windows that a kind can be measured over, shortest first; none where it has none. */
export function windowsOf(kind: RuleKind): readonly Window[] {
  const { windowed, leastWindow } = KINDS[kind];
  if (!windowed) return [];
  return leastWindow === undefined ? WINDOWS : WINDOWS.slice(WINDOWS.indexOf(leastWindow));
}

/** Is this the name of a kind? */
export function isReady(kind: string): kind is RuleKind {
  return Object.hasOwn(KINDS, kind);
}
