import type { Window } from '../market/brief.ts';
import { KINDS } from './kinds.ts';
import type { Preset, RuleKind } from './rule.ts';

type Figures = Readonly<Record<Preset, number>>;

/**
 * Presets of rules on all symbols. A threshold that barks three times a day on one symbol barks a thousand times a day on
 * all of them, so these are what is remarkable on any: in steps as exchanges' own market-wide alerts use them (3 / 7 / 11 %
 * and 5 % within 5 minutes, 10 % within a day).
 */
const CHANGE: Readonly<Record<Window, Figures>> = {
  '1m': { calm: 6, normal: 3, lively: 2 },
  '5m': { calm: 10, normal: 5, lively: 3 },
  '15m': { calm: 15, normal: 8, lively: 5 },
  '1h': { calm: 20, normal: 10, lively: 6 },
  '4h': { calm: 30, normal: 15, lively: 10 },
  '24h': { calm: 50, normal: 30, lively: 20 },
};

const FIGURES: Readonly<Partial<Record<RuleKind, Figures>>> = {
  volume: { calm: 50, normal: 20, lively: 10 },
  funding: { calm: 1, normal: 0.5, lively: 0.2 },
  liquidation: { calm: 1e7, normal: 3e6, lively: 1e6 },
};

/** The threshold of a preset on all symbols, in the unit of the kind; for kinds with a threshold. */
export function presetOnAll(kind: RuleKind, preset: Preset, window: Window): number {
  return (FIGURES[kind] ?? KINDS[kind].presets ?? CHANGE[window])[preset];
}
