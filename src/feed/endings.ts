import type { WatchedRule } from '../alerts/rule.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { RuleEndedNotice } from '../notice/notice.ts';
import { shardOf } from '../store/keys.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';
import { endedNotice } from './notices.ts';
import type { Relay } from './relay.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';

/** Ends rules that have run out or whose symbol is gone, and tells their chats. */
export interface Endings {
  /** Rules whose `until` lies at or before `time` (market time). */
  expire(time: number): Promise<void>;
  /** Rules of symbols that the exchange lists as ended. */
  delist(ended: (symbol: string) => boolean): Promise<void>;
}

export function createEndings(options: {
  rules: RulesRepository;
  shards: Shards;
  book: RuleBook;
  post: Post;
  relay: Relay;
  log: Log;
}): Endings {
  const { rules, shards, book, post, relay, log } = options;
  /** Ended in memory, but not yet in the store and told. */
  const pending = new Map<string, { rule: WatchedRule; reason: RuleEndedNotice['reason'] }>();

  let settled = Promise.resolve();

  /** One after another, so that nothing is told twice. */
  function settle(): Promise<void> {
    settled = settled.then(settleAll);
    return settled;
  }

  async function settleAll(): Promise<void> {
    for (const [id, { rule, reason }] of pending) {
      const shard = shardOf(rule.symbol);
      try {
        // What it fired before it ended is told first.
        await shards.writerOf(rule.symbol)?.idle();
        await relay.flush(shard);
        await post.post(rule.chat, 'hi', [endedNotice(rule, reason)]);
        await rules.remove(rule.chat, rule.id, 'ended');
        pending.delete(id);
      } catch (error) {
        log.error({ rule: id, error: describeError(error) }, 'ended rule could not be told of yet');
        return;
      }
    }
  }

  return {
    async expire(time) {
      for (const rule of book.expire(time)) {
        pending.set(rule.id, { rule, reason: 'expired' });
      }
      await settle();
    },
    async delist(ended) {
      for (const symbol of book.symbols().filter(ended)) {
        for (const ruleId of book.rulesOf(symbol)) {
          const rule = await rules.stored(symbol, ruleId);
          // A rule on all symbols goes on with the others.
          if (rule?.symbol !== symbol) continue;
          book.remove(symbol, ruleId);
          pending.set(ruleId, { rule, reason: 'delisted' });
        }
      }
      await settle();
    },
  };
}
