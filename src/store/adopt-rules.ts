import { keys } from './keys.ts';
import type { Store } from './redis.ts';
import { createRulesRepository } from './rules.ts';

/**
 * Gives all rules of one chat (uid) to another, with their ids and states: who goes on there did not ask twice for nothing.
 * Safe to repeat, after a crash in between too: the truth is in the rule, and its pointer is forgotten last.
 */
export async function adoptRules(store: Store, from: string, to: string): Promise<void> {
  const rules = createRulesRepository(store);
  const pointers = keys.chatRules(from);
  for (const [ruleId, symbol] of Object.entries(await store.hgetall(pointers))) {
    const rule = await rules.stored(symbol, ruleId);
    // One that cannot be read stays where it is.
    if (!rule) continue;
    if (rule.chat === from) await rules.save({ ...rule, chat: to }, Number.MAX_SAFE_INTEGER);
    await store.hdel(pointers, ruleId);
  }
}
