import { shortId } from '../kit/id.ts';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';

/** Mailboxes and the ledger know events by their ids for 48 h; an id rests a little longer than that. */
const REST_SECONDS = 49 * 3_600;
/** Stands in place of its chat's uid as long as the id of a rule rests that a person removed. */
const REMOVED = 'removed';

/** An id that no rule of any chat has, nor had within the last two days; reserved for as long. */
export async function reserveRuleId(store: Store): Promise<string> {
  for (;;) {
    const id = shortId();
    if ((await store.set(keys.ruleId(id), '', 'EX', REST_SECONDS, 'NX')) === 'OK') return id;
  }
}

/** A rule of this chat (uid) has the id, until it rests. */
export async function holdRuleId(store: Store, id: string, chat: string): Promise<void> {
  await store.set(keys.ruleId(id), chat);
}

/** No rule has the id any more; where a person removed it, that is remembered while the id rests. */
export async function restRuleId(store: Store, id: string, isRemoved: boolean): Promise<void> {
  if (isRemoved) await store.set(keys.ruleId(id), REMOVED, 'EX', REST_SECONDS);
  else await store.expire(keys.ruleId(id), REST_SECONDS);
}

/** Those of these rules that a person removed within the last two days, and did not bring back. */
export async function removedRules(store: Store, ids: readonly string[]): Promise<Set<string>> {
  // A key each, so that a cluster may keep them anywhere; asked for all at once.
  const holders = await Promise.all(ids.map((id) => store.get(keys.ruleId(id))));
  return new Set(ids.filter((_, i) => holders[i] === REMOVED));
}
