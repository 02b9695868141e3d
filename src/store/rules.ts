import type { InstanceState, Rule } from '../alerts/rule.ts';
import type { Store } from './redis.ts';

/** What the shard's owner says after it took a changed rule in. */
export interface RuleAnswer {
  /** `armed`: watching; `already`: the condition is true now, the next crossing will alert; `warming`: no value yet; `removed`, `paused`: as asked. */
  state: 'armed' | 'already' | 'warming' | 'removed' | 'paused';
  /** The metric's value now. */
  value: number | undefined;
}

/** Word to the shard's owner that a rule was written, changed or removed. */
export interface RuleCommand {
  streamId: string;
  shard: number;
  commandId: string;
  ruleId: string;
  symbol: string;
}

/** Everything kept of one shard, as a feed loads it when it takes the shard over. */
export interface ShardRules {
  rules: Rule[];
  /** `<ruleId>:<symbol>` → state. */
  instances: Map<string, InstanceState>;
  /** symbol → cursor JSON. */
  cursors: Map<string, string>;
  /** Stream id after which commands are still to be read. */
  commandsFrom: string;
}

/** Rules of chats. A rule is resolved only within the chat that owns it. */
export interface RulesRepository {
  /** Writes a new or changed rule and tells the shard's owner; refuses (false) a new one beyond `maxPerChat`. */
  save(rule: Rule, maxPerChat: number): Promise<{ saved: boolean; commandId: string }>;
  /** Removes a rule of this chat and tells the owner; undefined when the chat has no such rule. */
  remove(chat: string, ruleId: string): Promise<{ rule: Rule; commandId: string } | undefined>;
  get(chat: string, ruleId: string): Promise<Rule | undefined>;
  list(chat: string): Promise<Rule[]>;
  /** The states of these rules' instances, by `<ruleId>:<symbol>`. */
  instances(rules: readonly Rule[]): Promise<Map<string, InstanceState>>;
  /** The owner's answer, or undefined after `timeoutMs` ("saved, active when the feed is back"). Needs a connection of its own. */
  awaitAnswer(symbol: string, commandId: string, timeoutMs: number): Promise<RuleAnswer | undefined>;
  /** Keeps rules for ten minutes so that Undo can bring them back; returns the token. */
  keepForUndo(chat: string, rules: readonly Rule[]): Promise<string>;
  takeUndo(chat: string, token: string): Promise<Rule[]>;

  // For the feed.
  loadShard(shard: number): Promise<ShardRules>;
  /** Waits up to `blockMs` for commands after the given ids (by shard). */
  readCommands(from: ReadonlyMap<number, string>, blockMs: number): Promise<RuleCommand[]>;
  answer(command: RuleCommand, answer: RuleAnswer): Promise<void>;
  /** How many rules each symbol has: those stay in use. */
  symbolsWithRules(): Promise<Set<string>>;
}

export function createRulesRepository(_store: Store): RulesRepository {
  throw new Error('not built yet');
}
