import type { Brief, Window } from '../market/brief.ts';
import { PRICE_WINDOW } from './condition.ts';
import { fault } from './faults.ts';
import type { RuleDraft } from './grammar.ts';
import { KINDS, rearmOf } from './kinds.ts';
import { type ChangeShape, LEAST_PROPOSED, type Proposal } from './presets.ts';
import type { Direction, Preset, ReadyKind, Rule, RuleTerms } from './rule.ts';

export const DEFAULT_WINDOW: Window = '5m';
const DEFAULT_PRESET: Preset = 'normal';
export const DEFAULT_COOLDOWN_MS = 300_000;

/** Least distance of a price's re-arm level, in % of the level and in ticks. */
const REARM_PERCENT = 0.2;
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
  const { kind } = draft;
  if (kind === undefined) throw fault('kind-missing', draft.symbolText ?? '');
  const aim = kind === 'price' ? aimAtPrice(draft, context) : aimAtFigure(kind, draft, context);
  return {
    v: 1,
    chat: context.chat.uid,
    symbol: context.symbol,
    kind,
    ...aim,
    mode: draft.mode ?? (kind === 'price' ? 'once' : 'repeat'),
    ...cadenceOf(draft),
    until: draft.until === undefined ? undefined : endOfDay(draft.until, context),
    paused: false,
    createdBy: context.createdBy,
    createdAt: context.now,
  };
}

function cadenceOf(draft: Pick<RuleDraft, 'cooldownMs' | 'holdMs'>): Pick<Rule, 'cooldownMs' | 'holdMs'> {
  return { cooldownMs: draft.cooldownMs ?? DEFAULT_COOLDOWN_MS, holdMs: draft.holdMs ?? 0 };
}

type Aim = Pick<Rule, 'direction' | 'threshold' | 'window' | 'preset' | 'rearm'>;

/** The rule a draft asks for but for its threshold; undefined where no candles can count it. */
export function changeShapeOf(
  draft: Pick<RuleDraft, 'kind' | 'direction' | 'window' | 'cooldownMs' | 'holdMs'>,
): ChangeShape | undefined {
  const { kind } = draft;
  if (kind !== 'volatility' && kind !== 'move') return undefined;
  const direction = kind === 'volatility' ? 'up' : (draft.direction ?? 'either');
  return { kind, direction, window: draft.window ?? DEFAULT_WINDOW, ...cadenceOf(draft) };
}

function aimAtFigure(kind: Exclude<ReadyKind, 'price'>, draft: RuleDraft, context: RuleContext): Aim {
  const { sided, windowed } = KINDS[kind];
  const window = windowed ? (draft.window ?? DEFAULT_WINDOW) : PRICE_WINDOW;
  const direction: Direction = sided ? (draft.direction ?? 'either') : 'up';
  const aim = (threshold: number, preset: Preset | undefined): Aim => {
    return { direction, threshold, window, preset, rearm: rearmOf(kind, threshold) };
  };
  if (draft.threshold !== undefined) return aim(draft.threshold, undefined);
  const preset = draft.preset ?? DEFAULT_PRESET;
  const counted = context.proposals?.[preset].threshold ?? KINDS[kind].presets?.[preset];
  return aim(counted ?? presetThreshold(preset, window, context.brief), preset);
}

function aimAtPrice(draft: RuleDraft, { brief, symbol, tickSize }: RuleContext): Aim {
  const level = draft.threshold;
  if (level === undefined) throw fault('price-missing', 'price');
  const last = brief?.last;
  if (last === undefined) throw fault('price-unknown', symbol);
  const distance = rearmDistance(level, brief, tickSize);
  if (Math.abs(level - last) < distance) throw fault('price-too-near', String(level), { last, distance });
  const direction = last < level ? 'up' : 'down';
  const rearm = Number((direction === 'up' ? level - distance : level + distance).toPrecision(12));
  return { direction, threshold: level, window: PRICE_WINDOW, preset: undefined, rearm };
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
