import type { Brief, Window } from '../market/brief.ts';
import type { AimDraft } from './aim-words.ts';
import { PRICE_WINDOW } from './condition.ts';
import { fault } from './faults.ts';
import type { RuleDraft } from './grammar.ts';
import { KINDS, rearmOf } from './kinds.ts';
import { type ChangeShape, LEAST_PROPOSED, type Proposal } from './presets.ts';
import { presetOnAll } from './presets-on-all.ts';
import { ALL_SYMBOLS, type Preset, type Rule, type RuleKind, type RulePart, type RuleTerms } from './rule.ts';

export const DEFAULT_WINDOW: Window = '5m';
const DEFAULT_PRESET: Preset = 'normal';
export const DEFAULT_COOLDOWN_MS = 300_000;

/** Least distance of a price's re-arm level, in % of the level and in ticks. */
const REARM_PERCENT = 0.2;
/** The same where it must do for every symbol. */
const REARM_PERCENT_ON_ALL = 1;
const REARM_TICKS = 3;

const YEAR_MS = 31_536_000_000;
const QUARTER_MS = 900_000;

/**
 * What each preset means until a symbol's own history is counted. `sigma`: multiples of one standard deviation over the
 * window, calibrated to about one (calm) and three (normal) alerts a day on 1-minute candles of seven majors; the
 * last two windows and `lively` (about ten) are continued by the same ratios. `percent`: the same for a symbol whose
 * deviation is not known, from BTCUSDT.
 */
const PRESET_TABLE: Readonly<
  Record<Preset, { sigma: Readonly<Record<Window, number>>; percent: Readonly<Record<Window, number>> }>
> = {
  calm: {
    sigma: { '1m': 6.2, '5m': 5, '15m': 4.2, '1h': 3, '4h': 1.8, '24h': 1.9 },
    percent: { '1m': 0.5, '5m': 0.8, '15m': 1.2, '1h': 1.8, '4h': 2.5, '24h': 5 },
  },
  normal: {
    sigma: { '1m': 4.7, '5m': 3.6, '15m': 3, '1h': 1.9, '4h': 1.2, '24h': 1.2 },
    percent: { '1m': 0.38, '5m': 0.58, '15m': 0.86, '1h': 1.1, '4h': 1.6, '24h': 3.2 },
  },
  lively: {
    sigma: { '1m': 3.5, '5m': 2.6, '15m': 2.1, '1h': 1.3, '4h': 0.8, '24h': 0.8 },
    percent: { '1m': 0.28, '5m': 0.42, '15m': 0.6, '1h': 0.75, '4h': 1.1, '24h': 2.1 },
  },
};

const SHARE_OF_QUARTER: Readonly<Record<Window, number>> = {
  '1m': 1 / 15,
  '5m': 1 / 3,
  '15m': 1,
  '1h': 4,
  '4h': 16,
  '24h': 96,
};

/**
 * One standard deviation of the price over 15 minutes, in %, from the brief's realised volatility (annualised,
 * square-root-of-time); of the longest window that is known. Undefined while none is.
 */
export function sigma15m(brief: Brief | undefined): number | undefined {
  for (const window of ['24h', '4h', '1h'] as const) {
    const annual = brief?.windows[window].realisedVolatility;
    if (annual !== undefined && annual > 0) return annual * Math.sqrt(QUARTER_MS / YEAR_MS);
  }
  return undefined;
}

/** The threshold of a preset in %, for volatility and moves of this window; scaled by the symbol's deviation if known. */
export function presetThreshold(preset: Preset, window: Window, brief: Brief | undefined): number {
  const line = PRESET_TABLE[preset];
  const sigma = sigma15m(brief);
  const percent =
    sigma === undefined
      ? line.percent[window]
      : line.sigma[window] * sigma * Math.sqrt(SHARE_OF_QUARTER[window]);
  const { min, max } = KINDS.move.bounds;
  return Math.min(max, Math.max(min, LEAST_PROPOSED, Number(percent.toPrecision(2))));
}

/** How far beyond its level a price must be to re-arm: 0.2 % of the level, one σ of 15 minutes or three ticks. */
export function rearmDistance(level: number, brief: Brief | undefined, tickSize: number): number {
  const percent = Math.max(REARM_PERCENT, sigma15m(brief) ?? 0);
  return Math.max((level * percent) / 100, REARM_TICKS * tickSize);
}

/** What a draft needs to become a rule. */
export interface RuleContext {
  /** The chat that will be told, and whose local days `until` counts. */
  chat: { uid: string; timezone: string };
  /** One symbol, or `ALL_SYMBOLS`: then there is no `brief`, and no tick size that counts. */
  symbol: string;
  /** `platform:userId`. */
  createdBy: string;
  /** Wall clock, Unix ms. */
  now: number;
  /** The symbol's latest; undefined: none yet. */
  brief: Brief | undefined;
  /** Its presets as counted on its own candles for this draft's `changeShapeOf`; without them a table serves. */
  proposals?: Readonly<Record<Preset, Proposal>> | undefined;
  tickSize: number;
}

/**
 * Makes the terms of a rule of a draft, every gap filled by its default. Throws `UserError`: `kind-missing`,
 * `price-missing`, `price-unknown` (no price yet to tell the side from), `price-too-near` (the level lies within the
 * re-arm distance of the price; with `last` and `distance`), `until-past`.
 */
export function completeRule(draft: RuleDraft, context: RuleContext): RuleTerms {
  const { kind, and } = draft;
  if (kind === undefined) throw fault('kind-missing', draft.symbolText ?? '');
  const preset = presetOf({ ...draft, kind });
  return {
    v: 1,
    chat: context.chat.uid,
    symbol: context.symbol,
    ...aimOf({ ...draft, kind }, preset, context),
    preset,
    mode: draft.mode ?? (kind === 'price' && context.symbol !== ALL_SYMBOLS ? 'once' : 'repeat'),
    ...cadenceOf(draft),
    until: draft.until === undefined ? undefined : endOfDay(draft.until, context),
    paused: false,
    // What candles proposed is for the first condition.
    and: and && aimOf(and, presetOf(and), { ...context, proposals: undefined }),
    createdBy: context.createdBy,
    createdAt: context.now,
  };
}

function cadenceOf(draft: Pick<RuleDraft, 'cooldownMs' | 'holdMs'>): Pick<Rule, 'cooldownMs' | 'holdMs'> {
  return { cooldownMs: draft.cooldownMs ?? DEFAULT_COOLDOWN_MS, holdMs: draft.holdMs ?? 0 };
}

/** The rule a draft asks for but for its threshold; undefined where no candles can count it. */
export function changeShapeOf(
  draft: Pick<RuleDraft, 'kind' | 'direction' | 'window' | 'cooldownMs' | 'holdMs'>,
): ChangeShape | undefined {
  const { kind } = draft;
  if (kind !== 'volatility' && kind !== 'move' && kind !== 'volume' && kind !== 'ratio') return undefined;
  const direction = KINDS[kind].sided ? (draft.direction ?? 'either') : 'up';
  return { kind, direction, window: draft.window ?? DEFAULT_WINDOW, ...cadenceOf(draft) };
}

type Aimed = AimDraft & { kind: RuleKind };

/** The preset that fills in for a threshold that was not said; undefined where one was, or where there is none. */
function presetOf({ kind, threshold, preset }: Aimed): Preset | undefined {
  if (threshold !== undefined || kind === 'price' || kind === 'listing') return undefined;
  return preset ?? DEFAULT_PRESET;
}

function aimOf(aim: Aimed, preset: Preset | undefined, context: RuleContext): RulePart {
  const { kind, unit } = aim;
  if (kind === 'listing') {
    return { kind, direction: 'up', threshold: 1, unit: undefined, window: PRICE_WINDOW, rearm: 0 };
  }
  if (kind === 'price') return aimAtPrice(aim, context);
  const { sided, windowed } = KINDS[kind];
  const window = windowed ? (aim.window ?? DEFAULT_WINDOW) : PRICE_WINDOW;
  const direction = sided
    ? (aim.direction ?? 'either')
    : kind === 'sentiment'
      ? (aim.direction ?? 'up')
      : 'up';
  const threshold = aim.threshold ?? presetFigure(kind, preset ?? DEFAULT_PRESET, window, context);
  return { kind, direction, threshold, unit, window, rearm: rearmOf(kind, threshold, direction === 'down') };
}

/** What a preset means: as counted on the symbol's candles, or a round figure, or by the table. */
function presetFigure(
  kind: Exclude<RuleKind, 'price' | 'listing'>,
  preset: Preset,
  window: Window,
  { symbol, brief, proposals }: RuleContext,
): number {
  if (symbol === ALL_SYMBOLS) return presetOnAll(kind, preset, window);
  const counted = proposals?.[preset].threshold ?? KINDS[kind].presets?.[preset];
  return counted ?? presetThreshold(preset, window, brief);
}

function aimAtPrice(
  aim: Pick<AimDraft, 'threshold' | 'direction'>,
  { brief, symbol, tickSize }: RuleContext,
): RulePart {
  const level = aim.threshold;
  if (level === undefined) throw fault('price-missing', 'price');
  const at = (direction: 'up' | 'down', distance: number): RulePart => {
    const rearm = Number((direction === 'up' ? level - distance : level + distance).toPrecision(12));
    return { kind: 'price', direction, threshold: level, unit: undefined, window: PRICE_WINDOW, rearm };
  };
  // Each symbol has its own price, so only what was said tells the side.
  if (symbol === ALL_SYMBOLS) {
    return at(aim.direction === 'down' ? 'down' : 'up', (level * REARM_PERCENT_ON_ALL) / 100);
  }
  const last = brief?.last;
  if (last === undefined) throw fault('price-unknown', symbol);
  const distance = rearmDistance(level, brief, tickSize);
  if (Math.abs(level - last) < distance) throw fault('price-too-near', String(level), { last, distance });
  return at(last < level ? 'up' : 'down', distance);
}

/** The last millisecond of a local day, Unix ms. */
function endOfDay(day: string, { chat, now }: RuleContext): number {
  const midnight = Date.parse(day) + 86_400_000;
  // The zone's offset is looked up twice: the first guess may lie on the other side of a change of clocks.
  const guess = midnight - offsetAt(midnight, chat.timezone);
  const until = midnight - offsetAt(guess, chat.timezone) - 1;
  if (until <= now) throw fault('until-past', day);
  return until;
}

/** How far a zone's clocks are ahead of UTC at a moment, ms. */
function offsetAt(time: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(time)
    .find((part) => part.type === 'timeZoneName');
  const match = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(parts?.value ?? '');
  if (!match) return 0;
  const [, sign, hours, minutes, seconds = '0'] = match;
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}
