import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Batch } from '../store/mailbox.ts';
import { quietReason } from '../store/quiet.ts';
import type { RuleUse, RuleUseKind } from '../store/rule-use.ts';
import type { AfterBatch } from './outcomes.ts';
import type { Sender } from './sender.ts';

type Deliver = (chat: Chat, batch: Batch, sender: Sender) => Promise<AfterBatch>;

/** `<rule>:<symbol>.<episode>`; a test alert has none. */
const EPISODE = /\.\d+$/;

/**
 * Counts for each rule its barks that were told and those that were withheld, once its batch is done. Nothing waits for
 * it: a letter on Sundays may err by one.
 */
export function createCountUse(deps: {
  deliver: Deliver;
  ruleUse: Pick<RuleUse, 'count'>;
  clock: Clock;
  log: Log;
}): Deliver {
  const { deliver, ruleUse, clock, log } = deps;
  return async function counted(chat, batch, sender) {
    const now = clock.now();
    const result = await deliver(chat, batch, sender);
    if (result.type === 'done') count(chat, batch, now);
    return result;
  };

  function count(chat: Chat, batch: Batch, now: number): void {
    const barks = batch.notices.filter(({ type, eventId }) => type === 'alert' && EPISODE.test(eventId));
    for (const [ruleId, of] of Map.groupBy(barks, ({ eventId }) => eventId.split(':', 1)[0] ?? '')) {
      const withheld = of.filter((notice) => quietReason(chat, notice, now) !== undefined).length;
      note(chat.uid, ruleId, 'withheld', withheld);
      note(chat.uid, ruleId, 'fired', of.length - withheld);
    }
  }

  function note(uid: string, ruleId: string, what: RuleUseKind, times: number): void {
    if (times === 0) return;
    ruleUse.count(uid, ruleId, what, times).catch((error: unknown) => {
      log.debug({ chat: uid, error: describeError(error) }, 'a bark was not counted');
    });
  }
}
