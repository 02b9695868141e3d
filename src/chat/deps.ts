import type { TellOperators } from '../clerk/operators.ts';
import type { Prices } from '../desk/prices.ts';
import type { Scoreboard } from '../desk/scoreboard.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { ReportNotice } from '../notice/notice.ts';
import type { Pictures } from '../notice/picture.ts';
import type { AiOff, Analysis } from '../store/analyses.ts';
import type { Budget, BudgetLimits } from '../store/budget.ts';
import type { Chat, Locale } from '../store/chat-model.ts';
import type { ChatChange, ChatsRepository } from '../store/chats.ts';
import type { Deliveries } from '../store/deliveries.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import type { RuleUse } from '../store/rule-use.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { AccessPolicy, QueueStatus } from './model.ts';

/** The AI side as the commands use it. */
export interface ChatDesk {
  /** An analysis, with or without a reading; never later than `deadlineMs` from now. */
  analyze(query: {
    symbol: string;
    locale: Locale;
    /** uid of the chat that asks and pays. */
    payer: string;
    /** The asker is an operator: the reserved fifth is open to him. */
    operator: boolean;
    trigger: 'interactive';
    deadlineMs: number;
  }): Promise<Analysis>;
  /** Why there is no AI; undefined: there is one. */
  readonly off: AiOff | undefined;
  /** Zone of the bot's days of money, IANA. */
  readonly timezone: string;
}

/** How long the commands wait, and when data counts as stale; all in ms. */
export interface ChatTimings {
  /** For the first brief of a symbol that was not watched. */
  briefWaitMs: number;
  /** For the feed's word on a rule. */
  answerWaitMs: number;
  /** For an analysis. */
  analyzeMs: number;
  /** For the count of what a rule would have done, once all else is known; later it is left out. */
  previewWaitMs: number;
  /** The same where the count is what was asked for. */
  countWaitMs: number;
  /** A brief or a health older than this is stale. */
  staleMs: number;
}

export const CHAT_TIMINGS: ChatTimings = {
  briefWaitMs: 3_000,
  answerWaitMs: 2_000,
  analyzeMs: 20_000,
  previewWaitMs: 100,
  countWaitMs: 1_500,
  staleMs: 5_000,
};

/** How much a person and a chat may do. */
export interface ChatLimits {
  commandsPerMinute: number;
  analysesPerHour: number;
  rulesPerChat: number;
  /** Rules of a chat that waits for approval. */
  rulesUnapproved: number;
}

export const CHAT_LIMITS: ChatLimits = {
  commandsPerMinute: 20,
  analysesPerHour: 30,
  rulesPerChat: 200,
  rulesUnapproved: 3,
};

/** Everything the commands need from the rest of the house. */
export interface ChatDeps {
  chats: ChatsRepository;
  /** On a connection of its own: it waits for the feed's answers. */
  rules: RulesRepository;
  /** Counts what people do about their rules, for the letter on Sundays. */
  ruleUse: Pick<RuleUse, 'count'>;
  market: MarketRepository;
  /** What became of what was told. */
  deliveries: Pick<Deliveries, 'get' | 'ofEvent'>;
  desk: ChatDesk;
  /** Symbols whose view rules watch are analysed every so often, without being asked. */
  analysesUnasked: boolean;
  pictures: Pictures;
  budget: Budget;
  /** What other models of the table would have cost. */
  prices: Pick<Prices, 'compare'>;
  /** How the AI's past calls turned out. */
  scoreboard: Scoreboard;
  limits: BudgetLimits;
  status(): Promise<QueueStatus>;
  /** Changes a chat and brings in line what is done for it at times of its zone. */
  changeChat(uid: string, change: ChatChange): Promise<Chat | undefined>;
  /** Composes a chat's market report as of now. */
  report(chat: Chat): Promise<ReportNotice>;
  tellOperators: TellOperators;
  /** What is told to a chat besides the answer itself: a test alert, a word added to an alert. */
  post: Pick<Post, 'post'>;
  access: AccessPolicy;
  defaults: { locale: Locale; timezone: string };
  clock: Clock;
  log: Log;
  timings?: Partial<ChatTimings>;
  quotas?: Partial<ChatLimits>;
}
