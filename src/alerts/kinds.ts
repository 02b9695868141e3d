import type { Preset, ReadyKind } from './rule.ts';

/** What the number of a kind is measured in; `price` and `notional` in quote units. */
export type Unit = 'percent' | 'price' | 'times' | 'notional';

/** What sets rules of one kind apart from those of another. */
interface Kind {
  unit: Unit;
  /** It has two sides: a sign says which (`+2%`, `-2%`), without one either counts. */
  sided: boolean;
  /** It is measured over a window. */
  windowed: boolean;
  /** Least and greatest threshold, in the unit. */
  bounds: { min: number; max: number };
  /** What the presets are where no candles can count them: round figures, the same on every symbol. */
  presets: Readonly<Record<Preset, number>> | undefined;
}

export const KINDS: Readonly<Record<ReadyKind, Kind>> = {
  volatility: {
    unit: 'percent',
    sided: false,
    windowed: true,
    bounds: { min: 0.1, max: 100 },
    presets: undefined,
  },
  move: { unit: 'percent', sided: true, windowed: true, bounds: { min: 0.1, max: 100 }, presets: undefined },
  price: {
    unit: 'price',
    sided: false,
    windowed: false,
    bounds: { min: 1e-9, max: 1e9 },
    presets: undefined,
  },
  volume: {
    unit: 'times',
    sided: false,
    windowed: true,
    bounds: { min: 1.5, max: 1_000 },
    presets: { calm: 10, normal: 5, lively: 3 },
  },
  ratio: {
    unit: 'times',
    sided: true,
    windowed: true,
    bounds: { min: 1.1, max: 1_000 },
    presets: { calm: 5, normal: 3, lively: 2 },
  },
  funding: {
    unit: 'percent',
    sided: true,
    windowed: false,
    bounds: { min: 0.001, max: 10 },
    presets: { calm: 0.1, normal: 0.05, lively: 0.03 },
  },
  liquidation: {
    unit: 'notional',
    sided: false,
    windowed: true,
    bounds: { min: 1_000, max: 1e12 },
    presets: { calm: 5e6, normal: 1e6, lively: 250_000 },
  },
};

/** The level at which a fired rule re-arms: back by three tenths of the way; a ratio, whose even state is 1, of what is above 1. */
export function rearmOf(kind: ReadyKind, threshold: number): number {
  const base = kind === 'ratio' ? 1 : 0;
  return Number((base + (threshold - base) * REARM_SHARE).toPrecision(12));
}

const REARM_SHARE = 0.7;

/** Is this kind one of those built so far? */
export function isReady(kind: string): kind is ReadyKind {
  return Object.hasOwn(KINDS, kind);
}
