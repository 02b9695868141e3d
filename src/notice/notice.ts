import type { Firing, Rule } from '../alerts/rule.ts';
import type { MarketSource } from '../market/events.ts';
import type { Standouts } from '../market/overview.ts';

/** An alert: one firing of a rule with what a reader needs, all of it measured. Times are market time, Unix ms. */
export interface AlertNotice {
  type: 'alert';
  eventId: string;
  rule: Pick<
    Rule,
    | 'id'
    | 'symbol'
    | 'kind'
    | 'direction'
    | 'threshold'
    | 'unit'
    | 'window'
    | 'mode'
    | 'cooldownMs'
    | 'preset'
    | 'and'
    | 'tellNormal'
  > & {
    /** The rule is on all symbols; `symbol` is the one that this is about. */
    all?: true | undefined;
  };
  firing: Firing;
  source: MarketSource;
  tickSize: number;
  /** From where to where the price went: the window's extreme that was left (or the low/high of the range) and the last price. */
  from: { price: number; time: number } | undefined;
  to: { price: number; time: number };
  /** Of `listing`: what the exchange says of the symbol; `to.price` is 0 where none is known yet. */
  listing?: { event: 'listed' | 'settling' | 'delisted'; at: number } | undefined;
  /** Notional of the window ÷ the usual notional of such a window; undefined when not known. */
  volumeRatio: number | undefined;
  /** Found while repairing a gap: when the market did it (firing.time) is long past. */
  late: boolean;
  /** Wall clock when the feed decided, Unix ms. */
  decidedAt: number;
  /** How long it waited to be sent, ms; set at the sending when that was long. */
  waitedMs?: number;
  /** Nothing happened: somebody wanted to see what the alert looks like. */
  test?: true | undefined;
  /** Older alerts of the same rule that it stands for in its message; set at the sending. */
  earlier?: number;
}

/** Alerts that waited so long that each by itself is worth nothing any more, as one notice; made at the sending. */
export interface DigestNotice {
  type: 'digest';
  eventId: string;
  source: MarketSource;
  /** How many alerts there were in all. */
  count: number;
  /** Of each rule and symbol (the most frequent ones): its last alert, and how many there were. */
  rows: readonly { last: AlertNotice; count: number }[];
  /** Market time of the first and the last, Unix ms. */
  from: number;
  to: number;
}

/** A day's AI cost, posted once a day in the chats that asked for it. Money in nano-USD. */
export interface CostNotice {
  type: 'cost';
  eventId: string;
  /** Local day in the chat's time zone, YYYY-MM-DD. */
  day: string;
  timezone: string;
  summary: CostSummary;
  source: MarketSource;
  /** Set when it could not be posted on time. */
  late: boolean;
}

/** What the AI cost over a period; the ledger's own figures. */
export interface CostSummary {
  /** First and last day, YYYY-MM-DD (equal for one day). */
  from: string;
  to: string;
  timezone: string;
  calls: number;
  /** Calls whose charge is an estimate (aborted, or the gateway sent no usage). */
  estimatedCalls: number;
  failedCalls: number;
  /** Analyses that needed no call (shared or cached). */
  sharedAnalyses: number;
  deniedByBudget: number;
  promptTokens: number;
  completionTokens: number;
  costNano: number;
  reservedNano: number;
  /** Undefined: unlimited. */
  budgetNano: number | undefined;
  perModel: readonly {
    model: string;
    calls: number;
    promptTokens: number;
    completionTokens: number;
    costNano: number;
  }[];
}

/** The market at one moment, the AI's view of it, and the day before in this chat; posted daily or asked for. */
export interface ReportNotice {
  type: 'report';
  eventId: string;
  /** Local day in the chat's zone on which it is made, YYYY-MM-DD. */
  day: string;
  source: MarketSource;
  /** Undefined: no overview was there. `ageMs`: how old it was, when it was not of now. */
  market: { count: number; turnover: number; standouts: Standouts; ageMs: number | undefined } | undefined;
  /** The latest reading of BTC, where one was made within four hours; no call was made for the report. */
  view:
    | {
        symbol: string;
        sentiment: number;
        abstain: boolean;
        risk: 'low' | 'medium' | 'high' | 'extreme';
        /** The model's own words: hostile text. */
        summary: string;
        model: string | undefined;
        /** Wall clock, Unix ms. */
        madeAt: number;
      }
    | undefined;
  /** Alerts of the chat on the day before. */
  alertsYesterday: number;
  /** AI cost of the day before, by the bot's days. */
  cost: CostSummary;
  /** Set when it could not be posted on time. */
  late: boolean;
}

/** What was withheld while a chat was muted or slept, told when that is over. */
export interface WithheldNotice {
  type: 'withheld';
  eventId: string;
  /** How many alerts were withheld in all. */
  count: number;
  /** The rules that fired most, the most frequent first, with how often each fired and when last (market time). */
  rules: readonly { rule: AlertNotice['rule']; tickSize: number; count: number; last: number }[];
  /** Of quiet hours, not of a mute: when they began and ended (wall clock), and for how long of them there was no market data. */
  night: { from: number; to: number; blindMs: number } | undefined;
  source: MarketSource;
}

/** How a rule fared in a week. */
export interface LetterRow {
  rule: AlertNotice['rule'];
  /** How often it barked, those that were withheld included. */
  barks: number;
  withheld: number;
  /** How often somebody did something about a bark: looked closer, saw to it, took it over. */
  acted: number;
  /** A higher threshold in %, and how often a day it would have barked. */
  quieter?: { threshold: number; perDay: number } | undefined;
}

/** The week of a chat's rules, ranked by use and noise; on Sundays. Of each sort the first few are named. */
export interface LetterNotice {
  type: 'letter';
  eventId: string;
  /** First and last day that is counted, YYYY-MM-DD, UTC's. */
  from: string;
  to: string;
  /** Of all rules that the chat has now. */
  barks: number;
  /** What people acted on, the most used first. */
  useful: readonly LetterRow[];
  /** What barked much and moved nobody, the noisiest first. */
  noisy: readonly LetterRow[];
  /** What barked now and then, the most frequent first. */
  others: readonly LetterRow[];
  /** What never barked all week and might have, the oldest first. */
  silent: readonly AlertNotice['rule'][];
  /** Rules that are not named for want of room. */
  unnamed: number;
  source: MarketSource;
}

/** The feed lost the market for more than a minute, or has it back. */
export interface FeedNotice {
  type: 'feed';
  eventId: string;
  state: 'degraded' | 'recovered';
  /** Wall clock, Unix ms. */
  since: number;
  until: number | undefined;
}

/** A rule ended without firing: expired, or its symbol left trading. */
export interface RuleEndedNotice {
  type: 'rule-ended';
  eventId: string;
  rule: AlertNotice['rule'];
  reason: 'expired' | 'delisted';
}

/**
 * A word to the operators, or of its own chat to who set its rules: budget at 50/80/100 %, key refused, balance empty, a destination gone, every destination refused, a new chat that asks
 * for approval (args `uid`, `chat`).
 */
export interface OperatorNotice {
  type: 'operator';
  eventId: string;
  code:
    | 'budget'
    | 'gateway-auth'
    | 'gateway-balance'
    | 'gateway-over'
    | 'gateway-other'
    | 'gateway-changed'
    | 'chat-paused'
    | 'chat-closed'
    | 'everybody-refused'
    | 'ambiguous-delivery'
    | 'approval';
  args: Readonly<Record<string, string | number>>;
}

/** What is to be told to a chat unasked. No markup, no language: it is put into words when it is sent. */
export type Notice =
  | AlertNotice
  | DigestNotice
  | CostNotice
  | ReportNotice
  | WithheldNotice
  | LetterNotice
  | FeedNotice
  | RuleEndedNotice
  | OperatorNotice;
