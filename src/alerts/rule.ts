import type { Window } from '../market/brief.ts';

/** All kinds of the contract. */
export const RULE_KINDS = [
  'volatility',
  'move',
  'price',
  'volume',
  'ratio',
  'funding',
  'oi',
  'liquidation',
  'sentiment',
  'listing',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export const DIRECTIONS = ['up', 'down', 'either'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export const PRESETS = ['calm', 'normal', 'lively'] as const;
export type Preset = (typeof PRESETS)[number];
export const RULE_MODES = ['once', 'repeat'] as const;

/** In place of a symbol: every trading USDT coin perpetual with at least 50 million USDT in 24 h, each an instance of its own. */
export const ALL_SYMBOLS = 'all';

/** The second condition of a rule: both must hold at once. Fields as in `Rule`. */
export interface RulePart {
  kind: RuleKind;
  direction: Direction;
  threshold: number;
  unit?: 'sigma' | undefined;
  window: Window;
  rearm: number;
}

/** A chat's wish to be told. Thresholds in the unit of the kind, see kinds.ts. */
export interface Rule {
  v: 1;
  /** Six letters or digits, without `#`. */
  id: string;
  /** Internal uid of the chat that owns it. */
  chat: string;
  /** One symbol, or `ALL_SYMBOLS`. */
  symbol: string;
  kind: RuleKind;
  /**
   * `either` only for kinds with two sides; others are always `up`, but price and sentiment: there the way in which the
   * level is crossed.
   */
  direction: Direction;
  /** Always positive; a move of −2 % is direction `down`, threshold 2. A listing has none: 1. */
  threshold: number;
  /** `sigma`: threshold and rearm are multiples of the symbol's own standard deviation over the window. Absent: the kind's own unit. */
  unit?: 'sigma' | undefined;
  window: Window;
  preset: Preset | undefined;
  /** Metric value (same unit as threshold, along the direction) that re-arms a fired rule. */
  rearm: number;
  mode: 'once' | 'repeat';
  /** Least time between two firings, ms of market time. */
  cooldownMs: number;
  /** How long the condition must hold before it fires, ms; 0 = at once. */
  holdMs: number;
  /** Unix ms after which the rule ends. */
  until: number | undefined;
  paused: boolean;
  and?: RulePart | undefined;
  /** Tell also when the metric is back beyond the re-arm level. */
  tellNormal?: true | undefined;
  /** `platform:userId` of who set it. */
  createdBy: string;
  createdAt: number;
}

/** What of a rule is needed to watch it and to tell of it: all but who set it and when. */
export type WatchedRule = Omit<Rule, 'createdBy' | 'createdAt'> & {
  /** An instance of a rule on `ALL_SYMBOLS`; `symbol` is then the one it is about. */
  all?: true | undefined;
};

/** A rule before it has its id, which only the store can give: it must be new in the whole bot. */
export type RuleTerms = Omit<Rule, 'id'>;

/** States of one instance (rule, symbol); see the state machine in book.ts. */
export const INSTANCE_PHASES = ['init', 'armed', 'pending', 'fired', 'done'] as const;
export type InstancePhase = (typeof INSTANCE_PHASES)[number];

/** What is kept of an instance across a restart. Times are market time, Unix ms. */
export interface InstanceState {
  phase: InstancePhase;
  /** Start of `pending`; 0 otherwise. */
  since: number;
  /** Time of the last firing; 0 when it never fired. */
  lastFire: number;
  episode: number;
  /** Crossings that the cooldown swallowed since the last firing. */
  suppressed: number;
  /** A swallowed crossing is to be told when the cooldown ends, if it still holds. */
  deferred: boolean;
  /** Of a move either way that is `pending` or `fired`: by which side, −1 the fall. Absent otherwise. */
  side?: 1 | -1 | undefined;
  /**
   * The condition this state was reached under (`conditionText`). When the rule's is another one by now, the state
   * counts as `init` and only episode and lastFire are kept: no order of edits, crashes and late writes can make an
   * edited rule bark from an old state. Absent: not checked.
   */
  condition?: string | undefined;
}

/** One firing, as it goes into the outbox and on to the chat. Event id: `<ruleId>:<symbol>.<episode>`. */
export interface Firing {
  eventId: string;
  ruleId: string;
  symbol: string;
  episode: number;
  /** `cross`: the condition came true now; `still`: it has held through a cooldown. */
  why: 'cross' | 'still';
  /** Market time, Unix ms. */
  time: number;
  /** The metric's value that fired it; in a notice signed for kinds with two sides (sellers, falls: below zero). */
  value: number;
  suppressed: number;
}
