import { isNumeric } from '../alerts/condition.ts';
import { ALL_SYMBOLS } from '../alerts/rule.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { shardOf } from '../store/keys.ts';
import type { RuleAnswer, RuleCommand, RulesRepository } from '../store/rules.ts';
import { valueNow } from './metrics.ts';
import type { RuleBook } from './rule-book.ts';
import type { Shards } from './shards.ts';
import type { SymbolWatch } from './symbol-watch.ts';
import type { FeedTimings } from './timings.ts';

/** Where commands of rules on all symbols come: every feed hears them, the shard's owner answers. */
const SHARD_OF_ALL = shardOf(ALL_SYMBOLS);
/** Between two reads, so that a store that fails at once is not asked without pause. */
const PAUSE_MS = 20;

/**
 * Takes changed rules in as their commands come and answers each: at once where the symbol is warm, otherwise as soon as
 * it is, at the latest after `answerWithinMs`.
 */
export function startRuleCommands(options: {
  rules: RulesRepository;
  shards: Shards;
  book: RuleBook;
  /** Puts a symbol in use; undefined when the exchange does not have it. */
  use: (symbol: string) => SymbolWatch | undefined;
  /** Takes changed rules on all symbols in. */
  refreshAll: () => Promise<void>;
  timings: FeedTimings;
  log: Log;
}): Loop {
  const { rules, shards, book, use, refreshAll, timings, log } = options;
  const answering = new Set<Promise<void>>();
  /** Stream id up to which commands of rules on all symbols have been heard. */
  let heardOfAll: string | undefined;

  async function take(command: RuleCommand): Promise<void> {
    const { symbol, ruleId } = command;
    const rule = await rules.stored(symbol, ruleId);
    if (symbol === ALL_SYMBOLS) {
      await refreshAll();
      const state = rule ? (rule.paused ? 'paused' : 'armed') : 'removed';
      await rules.answer(command, { state, value: undefined });
      return;
    }
    if (!rule) {
      book.remove(symbol, ruleId);
      await rules.answer(command, { state: 'removed', value: undefined });
      return;
    }
    // A rule already held goes on with its own state; one that comes back (Undo) with what is kept of it.
    const known = book.engine.state(ruleId, symbol) !== undefined;
    const kept = known ? undefined : (await rules.instances([rule])).get(`${ruleId}:${symbol}`);
    const since = (await rules.recentlyBegun([rule])).get(ruleId);
    // Another feed got the shard meanwhile; it takes the rule in and answers.
    if (!shards.holds(symbol)) return;
    book.add(rule, kept, since);
    if (!isNumeric(rule)) {
      await rules.answer(command, { state: rule.paused ? 'paused' : 'armed', value: undefined });
      return;
    }
    const watch = use(symbol);
    const answer = async () => {
      if (watch && !watch.warm) await Promise.race([watch.whenWarm, delay(timings.answerWithinMs)]);
      if (!shards.holds(symbol)) return;
      const now = watch?.warm ? valueNow(rule, watch.known) : undefined;
      // It begins from the value that its setter is told.
      const begun = now && book.begin(rule, now);
      if (begun) shards.keep(symbol, ruleId, begun);
      await rules.answer(command, { state: stateOf(rule.paused, now), value: now?.value });
    };
    const work = answer()
      .catch((error: unknown) => log.error({ error: describeError(error) }, 'rule command not answered'))
      .finally(() => answering.delete(work));
    answering.add(work);
  }

  async function step(): Promise<void> {
    heardOfAll ??= (await rules.versionOnAll()) || '0-0';
    const from = new Map([[SHARD_OF_ALL, heardOfAll], ...shards.commandsFrom]);
    for (const command of await rules.readCommands(from, timings.commandBlockMs)) {
      const { shard, symbol, streamId } = command;
      if (shards.commandsFrom.has(shard)) await take(command);
      else if (symbol === ALL_SYMBOLS) await refreshAll();
      shards.commandsReadTo(shard, streamId);
      if (shard === SHARD_OF_ALL) heardOfAll = streamId;
    }
  }

  const loop = startLoop('rule commands', PAUSE_MS, step, log);
  return {
    async stop() {
      await loop.stop();
      await Promise.all(answering);
    },
  };
}

function stateOf(paused: boolean, now: { beyond: boolean } | undefined): RuleAnswer['state'] {
  if (paused) return 'paused';
  if (!now) return 'warming';
  return now.beyond ? 'already' : 'armed';
}
