import { z } from 'zod';
import { ALL_SYMBOLS, type InstanceState, type Rule } from '../alerts/rule.ts';
import { longId } from '../kit/id.ts';
import { keys, SHARDS, shardOf } from './keys.ts';
import { defineScript, type Store } from './redis.ts';
import { createCommandReader, openOwn } from './rule-commands.ts';
import { holdRuleId, reserveRuleId, restRuleId } from './rule-ids.ts';
import { instanceSchema, readJson, ruleSchema } from './rule-json.ts';
import { removeLeftovers } from './rule-leftovers.ts';
import { NOTE_SINCE, recentlyBegun, termsOf } from './rule-since.ts';

/** What the shard's owner says after it took a changed rule in. */
export interface RuleAnswer {
  /** `armed`: watching; `already`: the condition is true now, the next crossing will alert; `warming`: no value yet; `removed`, `paused`: as asked. */
  state: 'armed' | 'already' | 'warming' | 'removed' | 'paused';
  /** The metric's value now. */
  value: number | undefined;
}

/** When an instance of a rule on all symbols fired last, market time (Unix ms), and how often in all. */
export interface SymbolFiring {
  symbol: string;
  time: number;
  episode: number;
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
  /** Rule → since when it is watched with its terms, see `recentlyBegun`. */
  since: ReadonlyMap<string, number>;
  /** Ids of rules that are kept in a form this version cannot read; they stay untouched. */
  unreadable: string[];
}

/** Rules of chats. A rule is resolved only within the chat that owns it. */
export interface RulesRepository {
  /**
   * An id that no rule of any chat has, nor had within the last two days (events carry it that long). Reserved for two
   * days; a saved rule keeps it for good.
   */
  newId(): Promise<string>;
  /** Writes a new or changed rule and tells the shard's owner; refuses (false) a new one beyond `maxPerChat`. */
  save(rule: Rule, maxPerChat: number): Promise<{ saved: boolean; commandId: string }>;
  /**
   * Removes a rule of this chat and tells the owner; undefined when the chat has no such rule. `asked` (a person did it)
   * also drops its barks that wait in the outbox or in the mailbox; `ended` (expired, delisted) leaves them to be delivered.
   */
  remove(
    chat: string,
    ruleId: string,
    why?: 'asked' | 'ended',
  ): Promise<{ rule: Rule; commandId: string } | undefined>;
  get(chat: string, ruleId: string): Promise<Rule | undefined>;
  list(chat: string): Promise<Rule[]>;
  /** The states of these rules' instances, by `<ruleId>:<symbol>`. */
  instances(rules: readonly Pick<Rule, 'id' | 'symbol'>[]): Promise<Map<string, InstanceState>>;
  /**
   * Since when rules are watched with their terms (Unix ms by Redis' clock): since they were made, edited in what they wait
   * for, paused or resumed. Only of those that began so in the last two hours.
   */
  recentlyBegun(rules: readonly Pick<Rule, 'id' | 'symbol'>[]): Promise<Map<string, number>>;
  /** On which of these symbols a rule on all symbols has fired, the newest first, at most `count`. */
  firings(ruleId: string, symbols: readonly string[], count: number): Promise<SymbolFiring[]>;
  /** The owner's answer, or undefined after `timeoutMs` ("saved, active when the feed is back"). Opens a connection of its own. */
  awaitAnswer(symbol: string, commandId: string, timeoutMs: number): Promise<RuleAnswer | undefined>;
  /** Keeps rules for ten minutes so that Undo can bring them back; returns the token. */
  keepForUndo(chat: string, rules: readonly Rule[]): Promise<string>;
  /** The rules kept under this token, once; empty when it is too late. Saved again, they go on with their next episode. */
  takeUndo(chat: string, token: string): Promise<Rule[]>;

  // For the feed.
  loadShard(shard: number): Promise<ShardRules>;
  /** Every rule on all symbols, of all chats. */
  rulesOnAll(): Promise<Rule[]>;
  /** Another text whenever a rule on all symbols was made, changed or removed. */
  versionOnAll(): Promise<string>;
  /** The rule that a command speaks of, as it is kept now; undefined: it was removed. */
  stored(symbol: string, ruleId: string): Promise<Rule | undefined>;
  /** Waits up to `blockMs` (at most 10 s) for commands after the given ids (by shard), on a connection of its own. */
  readCommands(from: ReadonlyMap<number, string>, blockMs: number): Promise<RuleCommand[]>;
  answer(command: RuleCommand, answer: RuleAnswer): Promise<void>;
  /** Removes what a shard keeps of rules that are gone for good; returns how many fields that were. */
  removeLeftovers(shard: number): Promise<number>;
  /** The symbols that have rules: those stay in use. */
  symbolsWithRules(): Promise<Set<string>>;
}

const UNDO_MS = 600_000;
/** A removed rule is remembered a little longer than Undo lasts. */
const REMEMBER_MS = UNDO_MS + 60_000;
const ANSWER_MS = 60_000;

/** KEYS chat's rules; ARGV rule, symbol, most rules. Returns the symbol the rule is filed under, or '' beyond the most. */
const FILE = defineScript(`
local c = redis.call
local filed = c('HGET', KEYS[1], ARGV[1])
if filed then return filed end
if c('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return '' end
c('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]`);

/**
 * KEYS rules, commands, symbols, episodes, since, removed, instances; ARGV rule, JSON, symbol, command, terms. A rule that
 * comes back by Undo goes on counting where it stopped, because an event id must never be used twice; its cooldown too.
 */
const SAVE = defineScript(`
local c = redis.call
${NOTE_SINCE}
if c('HSET', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  c('HINCRBY', KEYS[3], ARGV[3], 1)
  local kept = c('GET', KEYS[6])
  if kept then
    local instance = ARGV[1] .. ':' .. ARGV[3]
    local episode, fired = kept:match('^(%d+) ?(%d*)$')
    if tonumber(episode) > tonumber(c('HGET', KEYS[4], instance) or '0') then
      c('HSET', KEYS[4], instance, episode)
      local state = '{"phase":"init","since":0,"lastFire":%s,"episode":%s,"suppressed":0,"deferred":false}'
      if fired ~= '' then c('HSETNX', KEYS[7], instance, state:format(fired, episode)) end
    end
    c('DEL', KEYS[6])
  end
end
noteSince(KEYS[5], ARGV[1], ARGV[5])
c('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'id', ARGV[4], 'rule', ARGV[1], 'symbol', ARGV[3])
return 'ok'`);

/** KEYS rules, commands, symbols, episodes, since, removed, instances; ARGV rule, symbol, command, ms to remember or 0. */
const REMOVE = defineScript(`
local c = redis.call
local instance = ARGV[1] .. ':' .. ARGV[2]
if c('HDEL', KEYS[1], ARGV[1]) == 1 then
  if c('HINCRBY', KEYS[3], ARGV[2], -1) <= 0 then c('HDEL', KEYS[3], ARGV[2]) end
  if tonumber(ARGV[4]) > 0 then
    local fired = (c('HGET', KEYS[7], instance) or ''):match('"lastFire":(%d+)') or '0'
    c('SET', KEYS[6], (c('HGET', KEYS[4], instance) or '0') .. ' ' .. fired, 'PX', ARGV[4])
  end
  c('HDEL', KEYS[4], instance)
  c('HDEL', KEYS[5], ARGV[1])
  c('HDEL', KEYS[7], instance)
end
c('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'id', ARGV[3], 'rule', ARGV[1], 'symbol', ARGV[2])
return 'ok'`);

const answerSchema = z
  .object({
    state: z.enum(['armed', 'already', 'warming', 'removed', 'paused']),
    value: z.number().optional(),
  })
  .transform((answer): RuleAnswer => ({ state: answer.state, value: answer.value }));

/** Rules in Redis: JSON in their shard is the truth, a hash per chat says in which shard each one lies. */
export function createRulesRepository(store: Store): RulesRepository {
  const stored = async (symbol: string, ruleId: string) =>
    readJson(ruleSchema, await store.hget(keys.rules(shardOf(symbol)), ruleId));

  const get = async (chat: string, ruleId: string) => {
    const symbol = await store.hget(keys.chatRules(chat), ruleId);
    const rule = symbol === null ? undefined : await stored(symbol, ruleId);
    return rule?.chat === chat ? rule : undefined;
  };

  const instances: RulesRepository['instances'] = async (rules) => {
    const states = new Map<string, InstanceState>();
    for (const [shard, here] of Map.groupBy(rules, (rule) => shardOf(rule.symbol))) {
      const names = here.map((rule) => `${rule.id}:${rule.symbol}`);
      const [texts, episodes] = await Promise.all([
        store.hmget(keys.instances(shard), ...names),
        store.hmget(keys.episodes(shard), ...names),
      ]);
      for (const [index, name] of names.entries()) {
        const state = withEpisode(readJson(instanceSchema, texts[index]), Number(episodes[index] ?? 0));
        if (state) states.set(name, state);
      }
    }
    return states;
  };

  const inEveryShard = (act: (shard: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: SHARDS }, (_, shard) => act(shard)));

  return {
    get,
    stored,
    newId: () => reserveRuleId(store),
    async save(rule, maxPerChat) {
      // First the chat's pointer: a crash in between leaves a pointer to nothing, never a rule that nobody can remove.
      const filed = await FILE.run(store, [keys.chatRules(rule.chat)], [rule.id, rule.symbol, maxPerChat]);
      const commandId = longId();
      if (filed === '') return { saved: false, commandId };
      if (filed !== rule.symbol) throw new Error(`rule ${rule.id} cannot move to another symbol`);
      const shard = shardOf(rule.symbol);
      await holdRuleId(store, rule.id, rule.chat);
      if (rule.symbol === ALL_SYMBOLS) await inEveryShard((each) => store.del(keys.removed(each, rule.id)));
      await SAVE.run(
        store,
        [...changedKeys(shard), keys.removed(shard, rule.id), keys.instances(shard)],
        [rule.id, JSON.stringify(rule), rule.symbol, commandId, termsOf(rule)],
      );
      return { saved: true, commandId };
    },
    async remove(chat, ruleId, why = 'asked') {
      const pointers = keys.chatRules(chat);
      const symbol = await store.hget(pointers, ruleId);
      if (symbol === null) return undefined;
      const rule = await get(chat, ruleId);
      const commandId = longId();
      if (rule) {
        const shard = shardOf(symbol);
        await REMOVE.run(
          store,
          [...changedKeys(shard), keys.removed(shard, ruleId), keys.instances(shard)],
          [ruleId, symbol, commandId, why === 'asked' ? REMEMBER_MS : 0],
        );
        // Its instances keep their episodes, should it come back; their barks that wait are dropped in each shard.
        if (symbol === ALL_SYMBOLS && why === 'asked') {
          await inEveryShard((each) => store.set(keys.removed(each, ruleId), '0', 'PX', REMEMBER_MS));
        }
      }
      await store.hdel(pointers, ruleId);
      await restRuleId(store, ruleId, rule !== undefined && why === 'asked');
      return rule && { rule, commandId };
    },
    async list(chat) {
      const rules: Rule[] = [];
      const pointers = Object.entries(await store.hgetall(keys.chatRules(chat)));
      for (const [shard, filed] of Map.groupBy(pointers, ([, symbol]) => shardOf(symbol))) {
        const texts = await store.hmget(keys.rules(shard), ...filed.map(([ruleId]) => ruleId));
        for (const text of texts) {
          const rule = readJson(ruleSchema, text);
          if (rule?.chat === chat) rules.push(rule);
        }
      }
      return rules.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },
    instances,
    recentlyBegun: (rules) => recentlyBegun(store, rules),
    async firings(ruleId, symbols, count) {
      const states = await instances(symbols.map((symbol) => ({ id: ruleId, symbol })));
      return symbols
        .flatMap((symbol) => {
          const state = states.get(`${ruleId}:${symbol}`);
          const fired = state !== undefined && state.episode > 0 && state.lastFire > 0;
          return fired ? [{ symbol, time: state.lastFire, episode: state.episode }] : [];
        })
        .sort((a, b) => b.time - a.time)
        .slice(0, count);
    },
    async rulesOnAll() {
      const texts = Object.values(await store.hgetall(keys.rules(shardOf(ALL_SYMBOLS))));
      return texts.flatMap((text) => {
        const rule = readJson(ruleSchema, text);
        return rule?.symbol === ALL_SYMBOLS ? [rule] : [];
      });
    },
    async versionOnAll() {
      const [newest] = await store.xrevrange(keys.commands(shardOf(ALL_SYMBOLS)), '+', '-', 'COUNT', 1);
      return newest?.[0] ?? '';
    },
    async awaitAnswer(symbol, commandId, timeoutMs) {
      const own = openOwn(store);
      try {
        const seconds = Math.max(1, timeoutMs) / 1000;
        const popped = await own.blpop(keys.answer(shardOf(symbol), commandId), seconds);
        return readJson(answerSchema, popped?.[1]);
      } finally {
        own.disconnect();
      }
    },
    async answer(command, answer) {
      const key = keys.answer(command.shard, command.commandId);
      await store.multi().rpush(key, JSON.stringify(answer)).pexpire(key, ANSWER_MS).exec();
    },
    async keepForUndo(chat, rules) {
      const token = longId();
      await store.set(keys.undo(chat, token), JSON.stringify(rules), 'PX', UNDO_MS);
      return token;
    },
    async takeUndo(chat, token) {
      return readJson(z.array(ruleSchema), await store.getdel(keys.undo(chat, token))) ?? [];
    },
    async loadShard(shard) {
      // Commands first: what changes while the rest is read comes again as a command.
      const [newest] = await store.xrevrange(keys.commands(shard), '+', '-', 'COUNT', 1);
      const [rules, instances, episodes, cursors] = await Promise.all([
        store.hgetall(keys.rules(shard)),
        store.hgetall(keys.instances(shard)),
        store.hgetall(keys.episodes(shard)),
        store.hgetall(keys.cursors(shard)),
      ]);
      const loaded = {
        rules: [] as Rule[],
        instances: new Map<string, InstanceState>(),
        cursors: new Map(Object.entries(cursors)),
        commandsFrom: newest?.[0] ?? '0-0',
        unreadable: [] as string[],
      };
      for (const [ruleId, text] of Object.entries(rules)) {
        const rule = readJson(ruleSchema, text);
        if (!rule) {
          loaded.unreadable.push(ruleId);
          continue;
        }
        loaded.rules.push(rule);
        const name = `${rule.id}:${rule.symbol}`;
        const state = withEpisode(readJson(instanceSchema, instances[name]), Number(episodes[name] ?? 0));
        if (state) loaded.instances.set(name, state);
      }
      return { ...loaded, since: await recentlyBegun(store, loaded.rules) };
    },
    readCommands: createCommandReader(store),
    removeLeftovers: (shard) => removeLeftovers(store, shard),
    async symbolsWithRules() {
      const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
      const symbols = await Promise.all(shards.map((shard) => store.hkeys(keys.ruleSymbols(shard))));
      return new Set(symbols.flat());
    },
  };
}

function changedKeys(shard: number): string[] {
  return [
    keys.rules(shard),
    keys.commands(shard),
    keys.ruleSymbols(shard),
    keys.episodes(shard),
    keys.ruleSince(shard),
  ];
}

/** The episode counter outlives the state (Undo, a lost write): the next event id must be a new one. */
function withEpisode(state: InstanceState | undefined, episode: number): InstanceState | undefined {
  if (state) return episode > state.episode ? { ...state, episode } : state;
  if (episode === 0) return undefined;
  return { phase: 'init', since: 0, lastFire: 0, episode, suppressed: 0, deferred: false };
}
