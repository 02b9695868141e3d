import { ALL_SYMBOLS, type WatchedRule } from '../alerts/rule.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { RuleEndedNotice } from '../notice/notice.ts';
import { shardOf } from '../store/keys.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { AllRules } from './all-rules.ts';
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
  allRules: Pick<AllRules, 'expire'>;
  post: Post;
  relay: Relay;
  log: Log;
}): Endings {
  const { rules, shards, book, allRules, post, relay, log } = options;
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
      const fired = rule.symbol === ALL_SYMBOLS ? shards.owned() : [shardOf(rule.symbol)];
      try {
        // What it fired before it ended is told first.
        await shards.writerOf(rule.symbol)?.idle();
        await Promise.all(fired.map(relay.flush));
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
      // Of a rule on all symbols each instance ends where it is, which is told once.
      const own = book.expire(time).filter(({ all }) => !all);
      for (const rule of [...own, ...allRules.expire(time)]) {
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
