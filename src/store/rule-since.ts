import { conditionsOf, conditionText, isNumeric, isWatchable } from '../alerts/condition.ts';
import type { Rule } from '../alerts/rule.ts';
import { keys, shardOf } from './keys.ts';
import type { Store } from './redis.ts';

/** No repair tells of trades that are older than this: which rules were there by then is of no matter. */
const RECENT_MS = 7_200_000;

/**
 * What a rule is watched for, as text: where it changes the rule begins anew. A pause counts, and so does its end; how an
 * alert comes, how often and until when does not.
 */
export function termsOf(rule: Rule): string {
  const watched =
    isNumeric(rule) && isWatchable(rule) ? conditionText(conditionsOf(rule), rule.mode) : rule.kind;
  return rule.paused ? `${watched}:paused` : watched;
}

/** Lua function that notes, in the hash `key`, since when a rule is watched with these terms: it stays as long as they do. */
export const NOTE_SINCE = `
local function noteSince(key, rule, terms)
  local noted = redis.call('HGET', key, rule)
  if noted and noted:match('^%d+ (.*)$') == terms then return end
  local t = redis.call('TIME')
  redis.call('HSET', key, rule, string.format('%d %s', t[1] * 1000 + math.floor(t[2] / 1000), terms))
end`;

/** Since when rules are watched with their terms, Unix ms by Redis' clock; only of those that began in the last two hours. */
export async function recentlyBegun(
  store: Store,
  rules: readonly Pick<Rule, 'id' | 'symbol'>[],
): Promise<Map<string, number>> {
  const since = new Map<string, number>();
  const oldest = Date.now() - RECENT_MS;
  for (const [shard, here] of Map.groupBy(rules, ({ symbol }) => shardOf(symbol))) {
    const noted = await store.hmget(keys.ruleSince(shard), ...here.map(({ id }) => id));
    for (const [index, { id }] of here.entries()) {
      const at = Number.parseInt(noted[index] ?? '', 10);
      if (at > oldest) since.set(id, at);
    }
  }
  return since;
}
